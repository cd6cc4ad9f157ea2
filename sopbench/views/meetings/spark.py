"""A line as small as a word: how a measure went, its last value marked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, EDGE = 84, 18, 3


def spark(values: Sequence[float], said: str) -> str:
    """The values as a small SVG line, coloured by the page; one alone is a dot, none is nothing.

    Args:
        values: from the oldest to the last.
        said: what the line says, for whoever does not see it.
    """
    if not values:
        return ""
    low, high = min(values), max(values)
    reach, step = (high - low) or 1.0, (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    middle = HEIGHT / 2 if high == low else 0.0
    places = [
        (EDGE + number * step, middle or HEIGHT - EDGE - (value - low) / reach * (HEIGHT - 2 * EDGE))
        for number, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}">'
        f'<polyline points="{line}" fill="none" stroke="var(--target)" stroke-width="1.5"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="var(--plan)"/></svg>'
    )
