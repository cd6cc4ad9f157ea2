-- What goes into what is known. Scrap is the share of its parent's work orders, finished by :as_of, that was lost.
WITH scrapped AS (
    SELECT ProductID, 1.0 * sum(ScrappedQty) / sum(OrderQty) AS share
    FROM 'WorkOrder.parquet' WHERE EndDate < :as_of GROUP BY ProductID
)
SELECT parent.ProductNumber AS item_id, component.ProductNumber AS component_id, qty AS qty_per,
       coalesce(share, 0) AS scrap
FROM _bom
JOIN _known parent ON parent.ProductID = ProductAssemblyID
JOIN _known component ON component.ProductID = ComponentID
LEFT JOIN scrapped ON scrapped.ProductID = ProductAssemblyID
