-- The products the plan knows at :as_of: those whose sale has begun, and all that goes into them at any level, which may
-- go on sale by itself later. Bolts and nuts used nowhere are not among them. Cost and list price are those in force; what
-- has none yet costs nothing by itself: its cost is in the standard cost of what it goes into.
WITH RECURSIVE known(ProductID) AS (
    SELECT ProductID FROM 'Product.csv' WHERE FinishedGoodsFlag = 1 AND SellStartDate <= :as_of
    UNION
    SELECT ComponentID FROM known JOIN _bom ON ProductAssemblyID = ProductID
), cost AS (
    SELECT DISTINCT ON (ProductID) ProductID, CASE WHEN StartDate <= :as_of THEN StandardCost ELSE 0 END AS unit_cost
    FROM 'ProductCostHistory.csv' ORDER BY ProductID, StartDate <= :as_of DESC, StartDate DESC
), list AS (
    SELECT DISTINCT ON (ProductID) ProductID, CASE WHEN StartDate <= :as_of THEN ListPrice ELSE 0 END AS list_price
    FROM 'ProductListPriceHistory.csv' ORDER BY ProductID, StartDate <= :as_of DESC, StartDate DESC
)
SELECT ProductID, ProductNumber, Name, ProductSubcategoryID,
       MakeFlag = 1 AS made,
       FinishedGoodsFlag = 1 AND SellStartDate <= :as_of AS sold,
       CASE WHEN SellStartDate <= :as_of THEN SellStartDate END AS launch,
       CASE WHEN SellEndDate < :as_of THEN SellEndDate + INTERVAL '1 day' END AS discontinue,
       coalesce(unit_cost, StandardCost) AS unit_cost,
       coalesce(list_price, ListPrice) AS list_price,
       SafetyStockLevel AS safety_stock
FROM known JOIN 'Product.csv' USING (ProductID) LEFT JOIN cost USING (ProductID) LEFT JOIN list USING (ProductID)
