"""How far off a forecast may be: bands for one bucket and for the demand over a lead time."""
