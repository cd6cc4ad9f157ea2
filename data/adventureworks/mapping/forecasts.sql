-- Sales' own forecast: the quarterly quotas of the sales people, known once set, for the resellers they look after.
-- A quota is spread over the months as the resellers' revenue of the same quarter a year earlier was, over products still
-- on sale and territories as their revenue of the last six months, and turned into units at the price they brought.
WITH quota AS (
    SELECT CASE WHEN extract(day FROM QuotaDate) > 15 THEN date_trunc('month', QuotaDate) + INTERVAL '1 month'
                ELSE date_trunc('month', QuotaDate) END AS quarter,
           sum(SalesQuota) AS money
    FROM 'SalesPersonQuotaHistory.csv' WHERE QuotaDate <= :as_of GROUP BY quarter
), lines AS (
    SELECT ProductID, TerritoryID, date_trunc('month', OrderDate) AS month, OrderQty, LineTotal
    FROM 'SalesOrderDetail.parquet' JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
    WHERE OnlineOrderFlag = 0 AND OrderDate < :as_of
), coming AS (
    SELECT quarter, money, quarter + k * INTERVAL '1 month' AS bucket
    FROM quota, (VALUES (0), (1), (2)) AS months(k)
), season AS (
    SELECT quarter, bucket, money, coalesce(sum(LineTotal), 0) AS year_before
    FROM coming LEFT JOIN lines ON month = bucket - INTERVAL '12 months'
    GROUP BY quarter, bucket, money
), share AS (
    SELECT bucket, money * year_before / nullif(sum(year_before) OVER (PARTITION BY quarter), 0) AS money
    FROM season
), mix AS (
    SELECT ProductID, ProductNumber, TerritoryID, sum(OrderQty) AS units, sum(LineTotal) AS revenue
    FROM lines JOIN _known USING (ProductID)
    WHERE month >= :as_of - INTERVAL '6 months' AND discontinue IS NULL
    GROUP BY ProductID, ProductNumber, TerritoryID
)
SELECT 'sales' AS stream,
       ProductNumber AS item_id,
       'PLANT' AS location_id,
       'Reseller ' || t.Name AS customer_id,
       bucket,
       share.money / (SELECT sum(revenue) FROM mix) * mix.units AS qty,
       :as_of AS as_of
FROM share, mix JOIN 'SalesTerritory.csv' t USING (TerritoryID)
WHERE bucket >= :as_of AND share.money > 0
