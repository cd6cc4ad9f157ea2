-- The bills of material in force at :as_of, for one unit of stock of the component. Rows without an assembly name the end
-- item itself. Paint is used in ounces and bought in gallons (128).
SELECT ProductAssemblyID, ComponentID, trim(UnitMeasureCode) AS unit,
       PerAssemblyQty / CASE trim(UnitMeasureCode) WHEN 'OZ' THEN 128 ELSE 1 END AS qty
FROM 'BillOfMaterials.csv'
WHERE ProductAssemblyID IS NOT NULL AND StartDate <= :as_of AND (EndDate IS NULL OR EndDate >= :as_of)
