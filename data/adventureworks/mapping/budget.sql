-- AdventureWorks keeps no budget. This one is set on 1 January with what was known then: each month sells what the same
-- month of last year did, times last year's growth, in the family mix, at the prices and costs of the last six months.
WITH year AS (
    SELECT CAST(date_trunc('year', :as_of) AS DATE) AS day
), standard AS (
    SELECT DISTINCT ON (ProductID) ProductID, StandardCost AS cost
    FROM 'ProductCostHistory.csv', year WHERE StartDate <= day ORDER BY ProductID, StartDate DESC
), lines AS (
    SELECT date_trunc('month', OrderDate) AS month, OrderQty, LineTotal, OrderQty * coalesce(cost, 0) AS cost,
           CASE WHEN c.Name = 'Bikes' OR s.Name LIKE '% Frames' THEN s.Name ELSE c.Name END AS family
    FROM 'SalesOrderDetail.parquet'
    JOIN 'SalesOrderHeader.parquet' USING (SalesOrderID)
    JOIN 'Product.csv' USING (ProductID)
    JOIN 'ProductSubcategory.csv' s USING (ProductSubcategoryID)
    JOIN 'ProductCategory.csv' c ON c.ProductCategoryID = s.ProductCategoryID
    LEFT JOIN standard USING (ProductID), year
    WHERE OrderDate < day AND OrderDate >= DATE '2011-06-01'
), growth AS (  -- over as many months as the year before knows
    SELECT coalesce(
        sum(LineTotal) FILTER (WHERE month >= day - INTERVAL '12 months'
                               AND month IN (SELECT month + INTERVAL '12 months' FROM lines))
        / sum(LineTotal) FILTER (WHERE month < day - INTERVAL '12 months'), 1) AS factor
    FROM lines, year
    WHERE month >= day - INTERVAL '24 months'
), total AS (
    SELECT month + INTERVAL '12 months' AS bucket, sum(LineTotal) * factor AS revenue
    FROM lines, growth, year WHERE month >= day - INTERVAL '12 months' GROUP BY bucket, factor
), mix AS (
    SELECT family, sum(OrderQty) AS units, sum(LineTotal) AS revenue, sum(cost) AS cost,
           sum(sum(LineTotal)) OVER () AS all_revenue
    FROM lines, year WHERE month >= day - INTERVAL '6 months' GROUP BY family
)
SELECT family,
       bucket,
       'Budget ' || extract(year FROM day) AS version,
       total.revenue * mix.units / all_revenue AS units,
       total.revenue * mix.revenue / all_revenue AS revenue,
       total.revenue * (mix.revenue - mix.cost) / all_revenue AS margin,
       day AS as_of
FROM total, mix, year
