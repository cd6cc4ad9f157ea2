-- ActualResourceHrs is the same for every work order whatever its lot: hours per lot, none per unit. An order that
-- visits a work centre twice takes the hours of both visits.
SELECT ProductNumber AS item_id,
       'PLANT' AS location_id,
       l.Name AS resource_id,
       0 AS hours_per_unit,
       sum(ActualResourceHrs) / count(DISTINCT WorkOrderID) AS setup_hours
FROM 'WorkOrderRouting.parquet'
JOIN 'Location.csv' l USING (LocationID)
JOIN _known USING (ProductID)
WHERE ActualEndDate < :as_of AND CostRate > 0
GROUP BY item_id, resource_id
