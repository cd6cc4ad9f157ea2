-- What is sold, and what goes into it. A product is known from its first day of sale; the end of its sale is known
-- once it has come. Cost and price are those in force at :as_of; the price is what a unit brought in the last year.
WITH RECURSIVE product AS (
    SELECT ProductID, ProductNumber, p.Name, MakeFlag, FinishedGoodsFlag, StandardCost, SellStartDate, SellEndDate,
           s.Name AS subcategory, c.Name AS category
    FROM 'Product.csv' p
    LEFT JOIN 'ProductSubcategory.csv' s USING (ProductSubcategoryID)
    LEFT JOIN 'ProductCategory.csv' c ON c.ProductCategoryID = s.ProductCategoryID
    WHERE SellStartDate <= :as_of
), bom AS (
    SELECT ProductAssemblyID, ComponentID, trim(UnitMeasureCode) AS unit,
           PerAssemblyQty / CASE trim(UnitMeasureCode) WHEN 'OZ' THEN 128 ELSE 1 END AS qty  -- paint: US gallons
    FROM 'BillOfMaterials.csv'
    WHERE ProductAssemblyID IS NOT NULL AND StartDate <= :as_of AND (EndDate IS NULL OR EndDate >= :as_of)
), vendor_price AS (  -- of one unit; cases, containers, canisters and packs say nowhere what they hold
    SELECT ProductID, min(StandardPrice / CASE trim(UnitMeasureCode) WHEN 'DZ' THEN 12 ELSE 1 END) AS price
    FROM 'ProductVendor.csv' WHERE trim(UnitMeasureCode) IN ('EA', 'DZ', 'GAL') GROUP BY ProductID
), standard AS (
    SELECT ProductID, arg_max(StandardCost, StartDate) AS cost
    FROM 'ProductCostHistory.csv' WHERE StartDate <= :as_of GROUP BY ProductID
), kept AS (  -- a cost of its own: standard cost in force, else the cheapest vendor; nothing for bulk small parts
    SELECT ProductID,
           coalesce(standard.cost, nullif(StandardCost, 0), price, CASE WHEN MakeFlag = 0 THEN 0 END) AS cost
    FROM product LEFT JOIN standard USING (ProductID) LEFT JOIN vendor_price USING (ProductID)
), exploded(root, ProductID, qty) AS (  -- parts made without a cost of their own cost what goes into them
    SELECT ProductID, ProductID, 1.0::DOUBLE FROM kept WHERE cost IS NULL
    UNION ALL
    SELECT root, ComponentID, e.qty * bom.qty
    FROM exploded e JOIN kept USING (ProductID) JOIN bom ON ProductAssemblyID = e.ProductID
    WHERE kept.cost IS NULL
), rolled AS (
    SELECT root AS ProductID, sum(qty * cost) AS cost FROM exploded JOIN kept USING (ProductID) GROUP BY root
), list AS (
    SELECT ProductID, arg_max(ListPrice, StartDate) AS price
    FROM 'ProductListPriceHistory.csv' WHERE StartDate <= :as_of GROUP BY ProductID
), sold AS (
    SELECT ProductID, sum(LineTotal) / sum(OrderQty) AS price
    FROM 'SalesOrderDetail.parquet' JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
    WHERE OrderDate < :as_of AND OrderDate >= :as_of - INTERVAL 12 MONTH GROUP BY ProductID
), used AS (
    SELECT ComponentID AS ProductID, any_value(unit) AS unit FROM bom GROUP BY ComponentID
)
SELECT ProductNumber AS item_id,
       product.Name AS description,
       CASE WHEN category = 'Bikes' OR subcategory LIKE '% Frames' THEN subcategory
            WHEN category IS NOT NULL THEN category
            WHEN MakeFlag = 1 THEN 'Parts Made' ELSE 'Parts Bought' END AS family,
       coalesce(subcategory, '') AS category,
       CASE unit WHEN 'OZ' THEN 'GAL' WHEN 'IN' THEN 'IN' ELSE 'EA' END AS uom,
       coalesce(kept.cost, rolled.cost, 0) AS unit_cost,
       CASE WHEN FinishedGoodsFlag = 1 THEN coalesce(sold.price, list.price, 0) ELSE 0 END AS unit_price,
       SellStartDate AS launch,
       CASE WHEN SellEndDate < :as_of THEN SellEndDate + INTERVAL 1 DAY END AS discontinue
FROM product
JOIN kept USING (ProductID)
LEFT JOIN rolled USING (ProductID)
LEFT JOIN list USING (ProductID)
LEFT JOIN sold USING (ProductID)
LEFT JOIN used USING (ProductID)
WHERE FinishedGoodsFlag = 1 OR used.ProductID IS NOT NULL
