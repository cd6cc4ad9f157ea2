-- Availability is hours a week of one station; how many stations a work centre has is nowhere said. It is taken as the
-- fewest that could work the hours of its busiest month by :as_of (demonstrated capacity). Overtime: a tenth on top.
WITH RECURSIVE worked AS (
    SELECT LocationID, date_trunc('month', ActualEndDate) AS month, sum(ActualResourceHrs) AS hours
    FROM 'WorkOrderRouting.parquet' WHERE ActualEndDate < :as_of GROUP BY LocationID, month
), busiest AS (  -- hours a week
    SELECT LocationID, max(hours / extract(day FROM month + INTERVAL '1 month' - INTERVAL '1 day') * 7) AS hours
    FROM worked GROUP BY LocationID
), horizon(bucket) AS (
    SELECT CAST(:as_of AS TIMESTAMP)
    UNION ALL
    SELECT bucket + INTERVAL '1 month' FROM horizon WHERE bucket < :as_of + INTERVAL '35 months'
), regular AS (
    SELECT Name, bucket,
           greatest(1, ceil(hours / Availability)) * Availability
           * extract(day FROM bucket + INTERVAL '1 month' - INTERVAL '1 day') / 7.0 AS hours
    FROM 'Location.csv' LEFT JOIN busiest USING (LocationID), horizon
    WHERE CostRate > 0
)
SELECT Name AS resource_id, bucket, hours AS regular_hours, 0.1 * hours AS overtime_hours
FROM regular
