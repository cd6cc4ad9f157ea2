-- Units in what a product is bought by: paint comes in gallons, a dozen is 12. Empty for bulk small parts: nobody says what
-- a case, container, canister or pack of them holds.
SELECT ProductID, max(CASE trim(UnitMeasureCode) WHEN 'EA' THEN 1 WHEN 'GAL' THEN 1 WHEN 'DZ' THEN 12 END) AS units
FROM 'ProductVendor.csv' GROUP BY ProductID
