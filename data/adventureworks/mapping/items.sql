-- What is sold, and what goes into it. A product is known from its first day of sale; the end of its sale is known
-- once it has come. Cost is the standard cost in force at :as_of (raw material and small parts have none: it is part of
-- their parents'); price is what a unit brought in the year before, or the list price in force where none was sold.
WITH used AS (
    SELECT ComponentID AS ProductID, any_value(trim(UnitMeasureCode)) AS unit
    FROM 'BillOfMaterials.csv'
    WHERE ProductAssemblyID IS NOT NULL AND StartDate <= :as_of AND (EndDate IS NULL OR EndDate >= :as_of)
    GROUP BY ProductID
), standard AS (
    SELECT ProductID, arg_max(StandardCost, StartDate) AS cost
    FROM 'ProductCostHistory.csv' WHERE StartDate <= :as_of GROUP BY ProductID
), list AS (
    SELECT ProductID, arg_max(ListPrice, StartDate) AS price
    FROM 'ProductListPriceHistory.csv' WHERE StartDate <= :as_of GROUP BY ProductID
), sold AS (
    SELECT ProductID, sum(LineTotal) / sum(OrderQty) AS price
    FROM 'SalesOrderDetail.parquet' JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
    WHERE OrderDate < :as_of AND OrderDate >= :as_of - INTERVAL 12 MONTH GROUP BY ProductID
)
SELECT ProductNumber AS item_id,
       p.Name AS description,
       CASE WHEN c.Name = 'Bikes' OR s.Name LIKE '% Frames' THEN s.Name
            WHEN c.Name IS NOT NULL THEN c.Name
            WHEN MakeFlag = 1 THEN 'Parts Made' ELSE 'Parts Bought' END AS family,
       coalesce(s.Name, '') AS category,
       CASE unit WHEN 'OZ' THEN 'GAL' WHEN 'IN' THEN 'IN' ELSE 'EA' END AS uom,
       coalesce(standard.cost, StandardCost) AS unit_cost,
       CASE WHEN FinishedGoodsFlag = 1 THEN coalesce(sold.price, list.price, ListPrice) ELSE 0 END AS unit_price,
       SellStartDate AS launch,
       CASE WHEN SellEndDate < :as_of THEN SellEndDate + INTERVAL 1 DAY END AS discontinue
FROM 'Product.csv' p
LEFT JOIN 'ProductSubcategory.csv' s USING (ProductSubcategoryID)
LEFT JOIN 'ProductCategory.csv' c USING (ProductCategoryID)
LEFT JOIN used USING (ProductID)
LEFT JOIN standard USING (ProductID)
LEFT JOIN list USING (ProductID)
LEFT JOIN sold USING (ProductID)
WHERE SellStartDate <= :as_of AND (FinishedGoodsFlag = 1 OR used.ProductID IS NOT NULL)
