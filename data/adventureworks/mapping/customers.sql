-- A customer group is a channel in a territory; CustomerID is not comparable across the two channels.
-- Resellers, who order for their shelves, come before private buyers when stock is short.
SELECT channel || ' ' || Name AS customer_id, channel, Name AS region, priority
FROM 'SalesTerritory.csv', (VALUES ('Reseller', 1.2), ('Online', 1.0)) AS channels(channel, priority)
