-- The safety stock the company keeps, of what has a place in the stores and is still sold or used. Accessories and
-- clothing all bear the same token level of 4: theirs is left open, to be worked out from how well they can be forecast,
-- and so is that of frames, most of which have no place in the stores. To hold a part without a standard cost for a month
-- costs a cent if it is made and a hundredth of that if it is bought: next to nothing, but none is laid in or worked up
-- for nothing.
SELECT ProductNumber AS item_id,
       'PLANT' AS location_id,
       CASE WHEN safety_stock > 4 THEN safety_stock END AS safety_stock,
       CASE WHEN unit_cost = 0 THEN CASE WHEN made THEN 0.01 ELSE 0.0001 END END AS holding_cost
FROM _known
WHERE ProductID IN (SELECT ProductID FROM 'ProductInventory.csv')
  AND (discontinue IS NULL OR ProductID IN (  -- no longer sold by itself, but still built in
      SELECT ComponentID FROM _bom JOIN _known parent ON parent.ProductID = ProductAssemblyID
      WHERE parent.discontinue IS NULL))
