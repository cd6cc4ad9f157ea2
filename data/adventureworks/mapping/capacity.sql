-- Availability is hours a week of one station; how many stations a work centre has is nowhere said. It is taken as the
-- fewest that could work the hours of its busiest month by :as_of (demonstrated capacity). Overtime: a tenth on top.
WITH worked AS (
    SELECT LocationID, date_trunc('month', ActualEndDate) AS month, sum(ActualResourceHrs) AS hours
    FROM 'WorkOrderRouting.parquet' WHERE ActualEndDate < :as_of GROUP BY ALL
), stations AS (
    SELECT LocationID, Name, Availability,
           greatest(1, ceil(max(hours / (day(last_day(month)) / 7.0)) / Availability)) AS number
    FROM 'Location.csv' LEFT JOIN worked USING (LocationID)
    WHERE CostRate > 0
    GROUP BY LocationID, Name, Availability
), month AS (
    SELECT unnest(generate_series(:as_of::TIMESTAMP, :as_of::TIMESTAMP + INTERVAL 35 MONTH, INTERVAL 1 MONTH)) AS bucket
)
SELECT Name AS resource_id,
       bucket,
       number * Availability * day(last_day(bucket)) / 7.0 AS regular_hours,
       0.1 * regular_hours AS overtime_hours
FROM stations, month
