"""A forecaster as an analyst would write it."""

OWN = '''"""Ours."""

from sktime.forecasting.naive import NaiveForecaster


class LastTimes(NaiveForecaster):
    """The last bucket times a factor; cannot take a series of an item it does not like."""

    def __init__(self, factor=1.0):
        self.factor = factor
        super().__init__()

    def _predict(self, fh, X=None):
        return super()._predict(fh, X) * self.factor
'''
