-- Made: within the month (a work order takes two weeks), in lots of the size usual in the year before :as_of. Bought: of
-- the cheapest active vendor, at standard cost; what arrives within a month arrives in the bucket it is ordered in.
WITH product AS (
    SELECT ProductID, ProductNumber, MakeFlag, StandardCost FROM 'Product.csv'
    WHERE SellStartDate <= :as_of
      AND (FinishedGoodsFlag = 1 OR ProductID IN (
          SELECT ComponentID FROM 'BillOfMaterials.csv'
          WHERE ProductAssemblyID IS NOT NULL AND StartDate <= :as_of AND (EndDate IS NULL OR EndDate >= :as_of)))
), standard AS (
    SELECT ProductID, arg_max(StandardCost, StartDate) AS cost
    FROM 'ProductCostHistory.csv' WHERE StartDate <= :as_of GROUP BY ProductID
), lots AS (
    SELECT ProductID, coalesce(avg(OrderQty) FILTER (EndDate >= :as_of - INTERVAL 12 MONTH), avg(OrderQty)) AS lot
    FROM 'WorkOrder.parquet' WHERE EndDate < :as_of GROUP BY ProductID
), vendor AS (  -- a dozen is 12, paint comes in gallons; what a case, container, canister or pack holds nobody says
    SELECT ProductID, AccountNumber, AverageLeadTime,
           MinOrderQty * CASE trim(UnitMeasureCode) WHEN 'EA' THEN 1 WHEN 'GAL' THEN 1 WHEN 'DZ' THEN 12 ELSE 0 END AS lot
    FROM 'ProductVendor.csv' JOIN 'Vendor.csv' USING (BusinessEntityID)
    QUALIFY row_number() OVER (
        PARTITION BY ProductID ORDER BY ActiveFlag DESC, StandardPrice, AverageLeadTime, AccountNumber) = 1
)
SELECT ProductNumber AS item_id, 'PLANT' AS location_id, 'make' AS method, '' AS origin_id,
       0 AS lead_time, 0 AS unit_cost, coalesce(lot, 0) AS lot_min
FROM product LEFT JOIN lots USING (ProductID)
WHERE MakeFlag = 1
UNION ALL
SELECT ProductNumber, 'PLANT', 'buy', AccountNumber,
       AverageLeadTime // 30, coalesce(standard.cost, StandardCost), lot
FROM product JOIN vendor USING (ProductID) LEFT JOIN standard USING (ProductID)
WHERE MakeFlag = 0
