-- The work centres: locations with an hourly rate. The data knows no overtime; it is taken at one and a half the rate.
SELECT Name AS resource_id, 'PLANT' AS location_id, CostRate AS cost_regular, 1.5 * CostRate AS cost_overtime
FROM 'Location.csv' WHERE CostRate > 0
