-- What is sold, and what goes into it. The end of sale is known once it has come.
WITH used AS (
    SELECT ComponentID AS ProductID, max(unit) AS unit FROM _bom GROUP BY ComponentID
)
SELECT ProductNumber AS item_id,
       k.Name AS description,
       CASE WHEN c.Name = 'Bikes' OR s.Name LIKE '% Frames' THEN s.Name
            WHEN c.Name IS NOT NULL THEN c.Name
            WHEN made THEN 'Parts Made' ELSE 'Parts Bought' END AS family,
       coalesce(s.Name, '') AS category,
       CASE unit WHEN 'OZ' THEN 'GAL' WHEN 'IN' THEN 'IN' ELSE 'EA' END AS uom,
       unit_cost,
       coalesce(price, 0) AS unit_price,
       CASE WHEN sold THEN launch END AS launch,
       discontinue
FROM _known k
LEFT JOIN 'ProductSubcategory.csv' s USING (ProductSubcategoryID)
LEFT JOIN 'ProductCategory.csv' c USING (ProductCategoryID)
LEFT JOIN used USING (ProductID)
LEFT JOIN _price USING (ProductID)
