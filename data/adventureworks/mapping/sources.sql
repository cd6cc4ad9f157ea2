-- Made: within the month (a work order takes two weeks), in lots of the size usual in the year before :as_of. Bought: of
-- the cheapest active vendor, at standard cost; what arrives within a month arrives in the bucket it is ordered in.
WITH lots AS (
    SELECT ProductID, coalesce(avg(OrderQty) FILTER (WHERE EndDate >= :as_of - INTERVAL '12 months'), avg(OrderQty)) AS lot
    FROM 'WorkOrder.parquet' WHERE EndDate < :as_of GROUP BY ProductID
), vendor AS (
    SELECT DISTINCT ON (ProductID) ProductID, AccountNumber, AverageLeadTime, MinOrderQty
    FROM 'ProductVendor.csv' JOIN 'Vendor.csv' USING (BusinessEntityID)
    ORDER BY ProductID, ActiveFlag DESC, StandardPrice, AverageLeadTime, AccountNumber
)
SELECT ProductNumber AS item_id, 'PLANT' AS location_id, 'make' AS method, '' AS origin_id,
       0 AS lead_time, 0 AS unit_cost, coalesce(lot, 0) AS lot_min
FROM _known LEFT JOIN lots USING (ProductID)
WHERE made
UNION ALL
SELECT ProductNumber, 'PLANT', 'buy', AccountNumber,
       floor(AverageLeadTime / 30.0), unit_cost, coalesce(MinOrderQty * units, 0)
FROM _known JOIN vendor USING (ProductID) JOIN _bought_by USING (ProductID)
WHERE NOT made
