-- Stock at :as_of: the count of 2014-06-30 less what came in since :as_of, plus what went out. Bulk small parts keep the
-- count, since nobody says how many a case, container, canister or pack holds. Below zero, the books do not agree: 0.
WITH counted AS (
    SELECT ProductID, sum(Quantity) AS qty FROM 'ProductInventory.csv' GROUP BY ProductID
), bom AS (
    SELECT ProductAssemblyID, ComponentID,
           PerAssemblyQty / CASE trim(UnitMeasureCode) WHEN 'OZ' THEN 128 ELSE 1 END AS qty
    FROM 'BillOfMaterials.csv'
    WHERE ProductAssemblyID IS NOT NULL AND StartDate <= :as_of AND (EndDate IS NULL OR EndDate >= :as_of)
), bought_by AS (
    SELECT ProductID, max(CASE trim(UnitMeasureCode) WHEN 'EA' THEN 1 WHEN 'GAL' THEN 1 WHEN 'DZ' THEN 12 END) AS units
    FROM 'ProductVendor.csv' GROUP BY ProductID
), moved AS (
    SELECT ProductID, StockedQty AS qty, EndDate AS day FROM 'WorkOrder.parquet'
    UNION ALL
    SELECT ProductID, StockedQty * units, DueDate FROM 'PurchaseOrderDetail.csv' JOIN bought_by USING (ProductID)
    UNION ALL
    SELECT ComponentID, -OrderQty * bom.qty, StartDate
    FROM 'WorkOrder.parquet' JOIN bom ON ProductAssemblyID = ProductID
    UNION ALL
    SELECT ProductID, -OrderQty, OrderDate
    FROM 'SalesOrderDetail.parquet' JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
), since AS (
    SELECT ProductID, sum(qty) AS qty FROM moved
    WHERE day >= :as_of AND day <= DATE '2014-06-30'
      AND ProductID NOT IN (SELECT ProductID FROM bought_by WHERE units IS NULL)
    GROUP BY ProductID
)
SELECT ProductNumber AS item_id,
       'PLANT' AS location_id,
       :as_of AS as_of,
       greatest(0, coalesce(counted.qty, 0) - coalesce(since.qty, 0)) AS qty
FROM 'Product.csv' p LEFT JOIN counted USING (ProductID) LEFT JOIN since USING (ProductID)
WHERE SellStartDate <= :as_of
  AND (FinishedGoodsFlag = 1 OR ProductID IN (SELECT ComponentID FROM bom))
