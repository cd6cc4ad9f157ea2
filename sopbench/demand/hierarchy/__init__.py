"""Forecasts of several levels made to add up, around what is locked."""
