-- Work orders started and not finished, purchase orders placed and not yet due, as :as_of found them. Orders for bulk
-- small parts are left out: nobody says how many a case, container, canister or pack holds.
SELECT 'MO-' || WorkOrderID AS receipt_id, 'MO' AS kind, ProductNumber AS item_id, 'PLANT' AS location_id,
       greatest(DueDate, :as_of) AS due, OrderQty AS qty
FROM 'WorkOrder.parquet' JOIN 'Product.csv' USING (ProductID)
WHERE StartDate < :as_of AND (EndDate IS NULL OR EndDate >= :as_of)
UNION ALL
SELECT 'PO-' || PurchaseOrderDetailID, 'PO', ProductNumber, 'PLANT', d.DueDate, d.OrderQty * units
FROM 'PurchaseOrderDetail.csv' d
JOIN 'PurchaseOrderHeader.csv' USING (PurchaseOrderID)
JOIN 'Product.csv' p USING (ProductID)
JOIN (
    SELECT ProductID, max(CASE trim(UnitMeasureCode) WHEN 'EA' THEN 1 WHEN 'GAL' THEN 1 WHEN 'DZ' THEN 12 END) AS units
    FROM 'ProductVendor.csv' GROUP BY ProductID
) USING (ProductID)
WHERE OrderDate < :as_of AND d.DueDate >= :as_of AND units IS NOT NULL
  AND (FinishedGoodsFlag = 1 OR ProductID IN (
      SELECT ComponentID FROM 'BillOfMaterials.csv'
      WHERE ProductAssemblyID IS NOT NULL AND StartDate <= :as_of AND (EndDate IS NULL OR EndDate >= :as_of)))
