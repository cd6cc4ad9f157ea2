"""Theta and Holt-Winters for whole panels, as one sktime forecaster."""

from __future__ import annotations

from typing import Any

import numpy as np

from sopbench.demand.methods.adjustment import season_profile, with_season, without_season
from sopbench.demand.methods.panel import PanelForecaster
from sopbench.demand.methods.smoothing import holt_winters, theta

MODELS = ("theta", "holt_winters")


class SmoothingPanel(PanelForecaster):
    """Exponential smoothing of every series at once.

    The season of a series is shrunk towards its family's, and towards none, as far as its years agree. Theta takes it
    out and puts it back; Holt-Winters starts from it and lets it move.

    Parameters
    ----------
    model : str
        "theta" (a level that moves by half the line through the history) or "holt_winters" (a trend that fades, a
        season that moves)
    season_length : int
        buckets in a season
    additive : bool
        True: a season adds units; False: it multiplies the level

    Examples
    --------
    >>> from sktime.utils._testing.hierarchical import _make_hierarchical
    >>> from sopbench.demand.methods.smoothing_panel import SmoothingPanel
    >>> forecaster = SmoothingPanel("theta", season_length=12)
    >>> forecast = forecaster.fit(_make_hierarchical()).predict(fh=[1, 2, 3])
    """

    def __init__(self, model: str = "theta", season_length: int = 1, additive: bool = False):
        self.model = model
        self.season_length = season_length
        self.additive = additive
        super().__init__()

    def check_arguments(self) -> None:
        """Raise ValueError for a model that there is not."""
        if self.model not in MODELS:
            raise ValueError(f"model is one of {', '.join(MODELS)}, not {self.model!r}")

    def forecast_panel(self, values: np.ndarray, families: np.ndarray, ahead: int) -> tuple[np.ndarray, dict[int, str]]:
        """What the model says of every series (rows; NaN where unknown)."""
        self.check_arguments()
        multiplicative, seen = not self.additive, values.shape[1]
        profile = season_profile(values, families, self.season_length, multiplicative)
        if self.model == "holt_winters":
            return holt_winters(values, profile, ahead, multiplicative), {}
        said = theta(without_season(values, profile, multiplicative), self.season_length, ahead)
        return with_season(said, profile, seen, multiplicative), {}

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [{"model": "holt_winters", "season_length": 3}, {"season_length": 2, "additive": True}]
