-- Work orders started and not finished, purchase orders placed and not yet due, as :as_of found them. Orders for bulk
-- small parts are left out: nobody says how many pieces they bring.
SELECT 'MO-' || WorkOrderID AS receipt_id, 'MO' AS kind, ProductNumber AS item_id, 'PLANT' AS location_id,
       greatest(DueDate, :as_of) AS due, OrderQty AS qty
FROM 'WorkOrder.parquet' JOIN _known USING (ProductID)
WHERE StartDate < :as_of AND (EndDate IS NULL OR EndDate >= :as_of)
UNION ALL
SELECT 'PO-' || PurchaseOrderDetailID, 'PO', ProductNumber, 'PLANT', d.DueDate, d.OrderQty * units
FROM 'PurchaseOrderDetail.csv' d
JOIN 'PurchaseOrderHeader.csv' USING (PurchaseOrderID)
JOIN _known USING (ProductID)
JOIN _bought_by USING (ProductID)
WHERE OrderDate < :as_of AND d.DueDate >= :as_of AND units IS NOT NULL
