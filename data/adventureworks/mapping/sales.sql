-- Orders by month; nothing says when they were shipped, so shipped is taken as ordered. The first order day,
-- 2011-05-31, is left out: one day is no month.
SELECT ProductNumber AS item_id,
       'PLANT' AS location_id,
       CASE OnlineOrderFlag WHEN 1 THEN 'Online ' ELSE 'Reseller ' END || t.Name AS customer_id,
       date_trunc('month', OrderDate) AS bucket,
       sum(OrderQty) AS qty_ordered,
       sum(LineTotal) AS revenue
FROM 'SalesOrderDetail.parquet'
JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
JOIN _known USING (ProductID)
JOIN 'SalesTerritory.csv' t USING (TerritoryID)
WHERE OrderDate < :as_of AND OrderDate >= DATE '2011-06-01'
GROUP BY item_id, customer_id, bucket
