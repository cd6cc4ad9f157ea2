-- The bill of materials in force at :as_of. Rows without an assembly name the end item itself. Paint is used in ounces
-- and bought in gallons (128). Scrap is the share of its parent's work orders, finished by :as_of, that was lost.
WITH scrapped AS (
    SELECT ProductID, sum(ScrappedQty) / sum(OrderQty) AS share
    FROM 'WorkOrder.parquet' WHERE EndDate < :as_of GROUP BY ProductID
)
SELECT parent.ProductNumber AS item_id,
       component.ProductNumber AS component_id,
       PerAssemblyQty / CASE trim(UnitMeasureCode) WHEN 'OZ' THEN 128 ELSE 1 END AS qty_per,
       coalesce(share, 0) AS scrap
FROM 'BillOfMaterials.csv' b
JOIN 'Product.csv' parent ON parent.ProductID = ProductAssemblyID AND parent.SellStartDate <= :as_of
JOIN 'Product.csv' component ON component.ProductID = ComponentID AND component.SellStartDate <= :as_of
LEFT JOIN scrapped ON scrapped.ProductID = ProductAssemblyID
WHERE b.StartDate <= :as_of AND (b.EndDate IS NULL OR b.EndDate >= :as_of)
