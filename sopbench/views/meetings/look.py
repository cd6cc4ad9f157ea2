"""The colours of the meeting pages on a light and on a dark ground, for the style sheet and inside charts."""

from __future__ import annotations

import re

from sopbench.views.theme import COLORS, DARK, NEUTRAL

_VARIABLES = {light: name for name, (light, _) in NEUTRAL.items()} | {
    colour: name for name, colour in COLORS.items() if name not in ("actual", "budget")
}
_VARIABLES |= {"#fff": "card", "white": "card", "black": "text", "#000": "text"}
_PAINT = re.compile(r'(fill|stroke|stop-color)="(#[0-9a-fA-F]{3,6}|white|black)"')
"""Colours stand in a chart's attributes; in its texts no quotation mark is left as it is."""


def style() -> str:
    """The style element that says every colour once for a light and once for a dark page."""
    light = COLORS | {name: pair[0] for name, pair in NEUTRAL.items()}
    dark = DARK | {name: pair[1] for name, pair in NEUTRAL.items()}
    return f"<style>:root{{{_said(light)}}}:root[data-theme=dark]{{{_said(dark)}}}</style>"


def repainted(svg: str) -> str:
    """A chart whose colours follow the page, light or dark."""
    return _PAINT.sub(_by_name, svg)


def _by_name(found: re.Match) -> str:
    where, colour = found.groups()
    name = _VARIABLES.get(colour.lower())
    return f'{where}="var(--{name},{colour})"' if name else found.group()


def _said(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())
