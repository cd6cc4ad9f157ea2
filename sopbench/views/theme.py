"""The look of every chart: one hue a meaning, the same on every page, safe for the colour-blind."""

from __future__ import annotations

import altair as alt

COLORS = {
    "actual": "#1b1f24",  # what happened
    "plan": "#1f6feb",  # what we plan: consensus, shipments, load
    "forecast": "#5aa2e0",  # what the numbers alone say
    "stock": "#7a8a99",  # what lies on the shelf
    "target": "#9aa4ae",  # what it should be: safety stock, capacity
    "budget": "#1b1f24",  # what was promised: the budget's marks beside the plan
    "earlier": "#d9619f",  # what we said before: last cycle's plan
    "overtime": "#e8a33d",  # what costs extra: overtime, subcontracting, buying in a hurry
    "short": "#c8452f",  # what is missing: backlog, lost sales, gaps
    "good": "#2c8a57",  # better than meant
}
"""Meaning to colour (Okabe-Ito in spirit: distinct in hue and in lightness)."""

FONT = "DejaVu Sans, Verdana, sans-serif"


@alt.theme.register("sopbench", enable=True)
def sopbench_theme() -> alt.theme.ThemeConfig:
    """Titles to the left, light grid, no box, thousands separated."""
    return alt.theme.ThemeConfig(
        config={
            "font": FONT,
            "view": {"strokeWidth": 0, "continuousWidth": 620, "continuousHeight": 260},
            "title": {"anchor": "start", "fontSize": 15, "fontWeight": 600, "subtitleColor": "#59636e", "offset": 12},
            "axis": {
                "gridColor": "#eceff2",
                "domainColor": "#c5ccd3",
                "tickColor": "#c5ccd3",
                "labelColor": "#424a53",
                "titleColor": "#59636e",
                "titleFontWeight": "normal",
                "labelFontSize": 11,
                "titleFontSize": 11,
            },
            "header": {"labelFontSize": 12, "labelFontWeight": 600, "titleFontSize": 0},
            "legend": {"titleFontSize": 11, "labelFontSize": 11, "orient": "top", "titleColor": "#59636e"},
            "line": {"strokeWidth": 2},
            "bar": {"color": COLORS["plan"]},
        }
    )


def titled(chart: alt.TopLevelMixin, message: str, *notes: str) -> alt.TopLevelMixin:
    """The chart with a title that says its message, and below it, in a line or more, how to read it."""
    return chart.properties(title=alt.TitleParams(message, subtitle=[note for note in notes if note]))
