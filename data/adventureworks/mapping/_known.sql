-- The products the plan knows at :as_of: those whose sale has begun, and all that goes into them at any level, which may
-- go on sale by itself later. Bolts and nuts used nowhere are not among them. Cost and list price are those in force; what
-- has none yet costs nothing by itself: its cost is in the standard cost of what it goes into.
WITH RECURSIVE known(ProductID) AS (
    SELECT ProductID FROM 'Product.csv' WHERE FinishedGoodsFlag = 1 AND SellStartDate <= :as_of
    UNION
    SELECT ComponentID FROM known JOIN _bom ON ProductAssemblyID = ProductID
), cost AS (
    SELECT ProductID, coalesce(arg_max(StandardCost, StartDate) FILTER (StartDate <= :as_of), 0) AS unit_cost
    FROM 'ProductCostHistory.csv' GROUP BY ProductID
), list AS (
    SELECT ProductID, coalesce(arg_max(ListPrice, StartDate) FILTER (StartDate <= :as_of), 0) AS list_price
    FROM 'ProductListPriceHistory.csv' GROUP BY ProductID
)
SELECT ProductID, ProductNumber, Name, ProductSubcategoryID,
       MakeFlag = 1 AS made,
       FinishedGoodsFlag = 1 AND SellStartDate <= :as_of AS sold,
       CASE WHEN SellStartDate <= :as_of THEN SellStartDate END AS launch,
       CASE WHEN SellEndDate < :as_of THEN SellEndDate + INTERVAL 1 DAY END AS discontinue,
       coalesce(unit_cost, StandardCost) AS unit_cost,
       coalesce(list_price, ListPrice) AS list_price,
       SafetyStockLevel AS safety_stock
FROM known JOIN 'Product.csv' USING (ProductID) LEFT JOIN cost USING (ProductID) LEFT JOIN list USING (ProductID)
