"""Forecasting methods: sktime estimators over whole panels, made from spec strings."""
