-- Special offers for a time, at the price a unit then brings over all customers. How much more was sold is nowhere
-- measured, so they move no demand.
SELECT 'SO-' || SpecialOfferID || '-' || ProductNumber AS event_id,
       'item:' || ProductNumber AS scope,
       StartDate AS start,
       EndDate AS "end",
       price - DiscountPct * list_price * reseller_share AS price,
       StartDate AS as_of
FROM _offer JOIN _known USING (ProductID) JOIN _price USING (ProductID)
WHERE reseller_share > 0
