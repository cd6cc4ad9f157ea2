"""Where the analyst tries things on a gathered cycle; nothing here writes a cycle's tables."""

from sopbench.lab.forecast_lab import ForecastLab

__all__ = ["ForecastLab"]
