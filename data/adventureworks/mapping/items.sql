-- What is sold, and what goes into it. The price is what a unit brought in the year before, as resellers pay less than
-- list; the list price in force where none was sold. The end of sale is known once it has come.
WITH year AS (
    SELECT ProductID, sum(LineTotal) / sum(OrderQty) AS price
    FROM 'SalesOrderDetail.parquet' JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
    WHERE OrderDate < :as_of AND OrderDate >= :as_of - INTERVAL 12 MONTH GROUP BY ProductID
), used AS (
    SELECT ComponentID AS ProductID, any_value(unit) AS unit FROM _bom GROUP BY ComponentID
)
SELECT ProductNumber AS item_id,
       k.Name AS description,
       CASE WHEN c.Name = 'Bikes' OR s.Name LIKE '% Frames' THEN s.Name
            WHEN c.Name IS NOT NULL THEN c.Name
            WHEN made THEN 'Parts Made' ELSE 'Parts Bought' END AS family,
       coalesce(s.Name, '') AS category,
       CASE unit WHEN 'OZ' THEN 'GAL' WHEN 'IN' THEN 'IN' ELSE 'EA' END AS uom,
       unit_cost,
       CASE WHEN sold THEN coalesce(price, list_price) ELSE 0 END AS unit_price,
       CASE WHEN sold THEN launch END AS launch,
       discontinue
FROM _known k
LEFT JOIN 'ProductSubcategory.csv' s USING (ProductSubcategoryID)
LEFT JOIN 'ProductCategory.csv' c USING (ProductCategoryID)
LEFT JOIN used USING (ProductID)
LEFT JOIN year USING (ProductID)
