-- Stock at :as_of: the count of 2014-06-30 less what came in since :as_of, plus what went out. Bulk small parts keep the
-- count, since receipts in cases cannot be taken off pieces. Below zero the books do not agree: 0. What has no place in
-- the stores has no stock.
WITH counted AS (
    SELECT ProductID, sum(Quantity) AS qty FROM 'ProductInventory.csv' GROUP BY ProductID
), moved AS (
    SELECT ProductID, StockedQty AS qty, EndDate AS day FROM 'WorkOrder.parquet'
    UNION ALL
    SELECT ProductID, StockedQty * units, DueDate FROM 'PurchaseOrderDetail.csv' JOIN _bought_by USING (ProductID)
    UNION ALL
    SELECT ComponentID, -OrderQty * qty, StartDate FROM 'WorkOrder.parquet' JOIN _bom ON ProductAssemblyID = ProductID
    UNION ALL
    SELECT ProductID, -OrderQty, OrderDate
    FROM 'SalesOrderDetail.parquet' JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
), since AS (
    SELECT ProductID, sum(qty) AS qty FROM moved
    WHERE day >= :as_of AND day <= DATE '2014-06-30'
      AND ProductID NOT IN (SELECT ProductID FROM _bought_by WHERE units IS NULL)
    GROUP BY ProductID
)
SELECT ProductNumber AS item_id,
       'PLANT' AS location_id,
       :as_of AS as_of,
       greatest(0, counted.qty - coalesce(since.qty, 0)) AS qty
FROM _known JOIN counted USING (ProductID) LEFT JOIN since USING (ProductID)
