-- Made: within the month (work orders take two weeks), in lots of the size usual in the year before :as_of.
-- Bought: from every active vendor, at the item's cost times what the vendor asks above the cheapest one.
WITH bom AS (
    SELECT ProductAssemblyID, ComponentID FROM 'BillOfMaterials.csv'
    WHERE ProductAssemblyID IS NOT NULL AND StartDate <= :as_of AND (EndDate IS NULL OR EndDate >= :as_of)
), product AS (
    SELECT ProductID, ProductNumber, MakeFlag, StandardCost FROM 'Product.csv'
    WHERE SellStartDate <= :as_of
      AND (FinishedGoodsFlag = 1 OR ProductID IN (SELECT ComponentID FROM bom))
), standard AS (
    SELECT ProductID, arg_max(StandardCost, StartDate) AS cost
    FROM 'ProductCostHistory.csv' WHERE StartDate <= :as_of GROUP BY ProductID
), lots AS (
    SELECT ProductID,
           coalesce(avg(OrderQty) FILTER (EndDate >= :as_of - INTERVAL 12 MONTH), avg(OrderQty)) AS lot
    FROM 'WorkOrder.parquet' WHERE EndDate < :as_of GROUP BY ProductID
), vendor AS (  -- units in what it is sold by; empty where a case, container, canister or pack hides the number
    SELECT ProductID, BusinessEntityID, AccountNumber, AverageLeadTime, MinOrderQty, ActiveFlag,
           CASE trim(UnitMeasureCode) WHEN 'EA' THEN 1 WHEN 'GAL' THEN 1 WHEN 'DZ' THEN 12 END AS units,
           StandardPrice / min(StandardPrice) OVER (PARTITION BY ProductID, ActiveFlag) AS dearer,
           min(StandardPrice) OVER (PARTITION BY ProductID, ActiveFlag) AS cheapest,
           max(ActiveFlag) OVER (PARTITION BY ProductID) AS any_active
    FROM 'ProductVendor.csv' JOIN 'Vendor.csv' USING (BusinessEntityID)
)
SELECT ProductNumber AS item_id, 'PLANT' AS location_id, 'make' AS method, '' AS origin_id,
       0 AS lead_time, 0 AS unit_cost, coalesce(lot, 0) AS lot_min
FROM product LEFT JOIN lots USING (ProductID)
WHERE MakeFlag = 1
UNION ALL
SELECT ProductNumber, 'PLANT', 'buy', AccountNumber,
       AverageLeadTime // 30,  -- days; what arrives within a month arrives in the bucket it is ordered in
       dearer * coalesce(standard.cost, nullif(StandardCost, 0), cheapest / units, 0),
       coalesce(MinOrderQty * units, 0)
FROM product JOIN vendor USING (ProductID) LEFT JOIN standard USING (ProductID)
WHERE MakeFlag = 0 AND ActiveFlag = any_active
