-- The safety stock the company keeps, of what it keeps in stock at all and still sells or uses. Accessories and clothing
-- all bear the same token level of 4: theirs is left open, to be worked out from how well they can be forecast, and so
-- is that of frames which have no place in the stores. To hold a part without a standard cost for a month costs a cent if
-- it is made and a hundredth of that if it is bought: next to nothing, but none is laid in or worked up for nothing.
SELECT ProductNumber AS item_id,
       'PLANT' AS location_id,
       CASE WHEN SafetyStockLevel > 4 THEN SafetyStockLevel END AS safety_stock,
       CASE WHEN StandardCost = 0 THEN CASE MakeFlag WHEN 1 THEN 0.01 ELSE 0.0001 END END AS holding_cost
FROM 'Product.csv'
WHERE SellStartDate <= :as_of
  AND (SellEndDate IS NULL OR SellEndDate >= :as_of)
  AND ProductID IN (SELECT ProductID FROM 'ProductInventory.csv')
  AND (FinishedGoodsFlag = 1 OR ProductID IN (
      SELECT ComponentID FROM 'BillOfMaterials.csv'
      WHERE ProductAssemblyID IS NOT NULL AND StartDate <= :as_of AND (EndDate IS NULL OR EndDate >= :as_of)))
