-- What a unit brings when no special offer holds: what was paid in the year before, and what special offers took off it
-- (sales say only in part which offer they had; a price nearer to the offer's than to 60 % of list had it); and the
-- resellers' share of the units. The list price in force where none was sold.
WITH line AS (
    SELECT d.ProductID, OrderQty, OnlineOrderFlag = 0 AS reseller,
           UnitPrice + CASE WHEN OnlineOrderFlag = 0 AND UnitPrice < (0.6 - DiscountPct / 2) * list_price
                            THEN DiscountPct * list_price ELSE 0 END AS price
    FROM 'SalesOrderDetail.parquet' d
    JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
    JOIN _known k ON k.ProductID = d.ProductID
    LEFT JOIN _offer o ON o.ProductID = d.ProductID AND OrderDate BETWEEN o.StartDate AND o.EndDate
    WHERE OrderDate < :as_of AND OrderDate >= :as_of - INTERVAL '12 months'
)
SELECT ProductID,
       coalesce(sum(price * OrderQty) / sum(OrderQty), list_price) AS price,
       coalesce(1.0 * sum(OrderQty) FILTER (WHERE reseller) / sum(OrderQty), 0) AS reseller_share
FROM _known LEFT JOIN line USING (ProductID)
WHERE sold
GROUP BY ProductID, list_price
