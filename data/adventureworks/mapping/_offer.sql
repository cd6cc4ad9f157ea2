-- Special offers for a time, known with their end once they have begun: a share of the list price that resellers, who
-- pay 60 % of it, are let off besides. Volume discounts always hold; offers to private buyers never showed in a price.
SELECT SpecialOfferID, ProductID, StartDate, EndDate, DiscountPct
FROM 'SpecialOffer.csv' JOIN 'SpecialOfferProduct.csv' USING (SpecialOfferID)
WHERE Category = 'Reseller' AND Type <> 'Volume Discount' AND StartDate <= :as_of
