-- Work orders by the month they were finished in.
SELECT ProductNumber AS item_id, 'PLANT' AS location_id, date_trunc('month', EndDate) AS bucket, sum(StockedQty) AS qty
FROM 'WorkOrder.parquet' JOIN _known USING (ProductID)
WHERE EndDate < :as_of
GROUP BY item_id, bucket
