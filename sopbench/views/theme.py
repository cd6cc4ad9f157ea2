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
    "good": "#257a4c",  # better than meant
}
"""Meaning to colour (Okabe-Ito in spirit: distinct in hue and in lightness)."""

DARK = {
    "actual": "#e6e9ed",
    "plan": "#5b9bff",
    "forecast": "#7cc0f5",
    "stock": "#9dacba",
    "target": "#7d8894",
    "budget": "#e6e9ed",
    "earlier": "#e88bbd",
    "overtime": "#efb85f",
    "short": "#f0816c",
    "good": "#5cc48a",
}
"""The same meanings on a dark page."""

NEUTRAL = {
    "text": ("#1b1f24", "#e6e9ed"),
    "label": ("#424a53", "#c2c9d1"),
    "quiet": ("#59636e", "#a3adb8"),
    "grid": ("#eceff2", "#2a3036"),
    "axis": ("#c5ccd3", "#4a535c"),
    "line": ("#dfe3e8", "#363d45"),
    "card": ("#ffffff", "#1c2126"),
    "ground": ("#f3f5f7", "#12161a"),
}
"""What bears no meaning: letters, lines and grounds, on a light and on a dark page."""

FONT = "DejaVu Sans, Verdana, sans-serif"

PLAIN = "replace(datum.label, /_/g, ' ')"
"""Label of an axis of families: as people write them, home machines."""


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
