"""What every meeting page is made of: text stays text, figures to the right, charts that follow light and dark."""

import base64
import re

import altair as alt
import pandas as pd
import pytest

from sopbench.views.meetings import parts
from sopbench.views.meetings.look import repainted, style
from sopbench.views.theme import COLORS, DARK, NEUTRAL, titled

HOSTILE = '<img src=x onerror="alert(1)">'


def chart() -> alt.TopLevelMixin:
    drawn = alt.Chart(pd.DataFrame({"name": [HOSTILE], "units": [3.0]})).mark_bar(color=COLORS["plan"])
    return titled(drawn.encode(x="units:Q", y="name:N"), f"Three {HOSTILE}", "how to read it")


def held(link: str) -> str:
    """What the link's file holds."""
    return base64.b64decode(re.search(r"base64,([^\"]*)", link)[1]).decode("utf-8-sig")


@pytest.mark.parametrize(
    "made",
    [
        parts.rows_table((HOSTILE, "units"), [(HOSTILE, "3")]),
        parts.section("", HOSTILE),
        parts.sentence(HOSTILE, HOSTILE),
        parts.problem(HOSTILE),
        parts.done(HOSTILE),
        parts.figure(chart(), pd.DataFrame({HOSTILE: [HOSTILE]}), HOSTILE),
    ],
)
def test_whatever_is_said_is_shown_as_text(made):
    assert "<img" not in made
    assert "&lt;img" in made


def test_text_stands_to_the_left_and_figures_tell_better_from_worse():
    made = parts.rows_table(("family", "than budget"), [("pumps", "+3"), ("kits", "−2"), ("taps", "0")])
    assert made.count("class=text") == 4
    assert '<td class="good">+3</td>' in made and '<td class="short">−2</td>' in made and '<td class="">0</td>' in made


def test_the_table_behind_a_chart_comes_along_and_opens_in_a_sheet():
    frame = pd.DataFrame({"item": ["pump", "=1+1", "-5"], "units": [1.5, 2.0, -3.0]})
    assert held(parts.download(frame, "rows")) == "item,units\npump,1.5\n'=1+1,2.0\n-5,-3.0\n"


def test_an_empty_table_is_taken_away_with_its_heads():
    assert held(parts.download(pd.DataFrame({"item": [], "units": []}), "rows")) == "item,units\n"


def test_a_table_too_long_for_a_page_is_named_instead():
    assert "21,000 rows" in parts.download(pd.DataFrame({"units": range(21_000)}), "rows")


def test_a_charts_colours_follow_the_page_and_no_other_attribute_changes():
    drawn = f'<path fill="{COLORS["plan"].upper()}" stroke="white" d="#1f6feb"/><text fill="#123456">fill</text>'
    assert repainted(drawn) == (
        f'<path fill="var(--plan,{COLORS["plan"].upper()})" stroke="var(--card,white)" d="#1f6feb"/>'
        '<text fill="#123456">fill</text>'
    )


def test_a_chart_in_shades_keeps_its_paper():
    assert "var(--" not in parts.figure(chart(), paper=True) and 'class="drawn paper"' in parts.figure(
        chart(), paper=True
    )


def test_every_colour_is_said_for_a_light_and_for_a_dark_page():
    light, dark = re.findall(r"\{(.*?)\}", style())
    assert [each.split(":")[0] for each in light.split(";")] == [each.split(":")[0] for each in dark.split(";")]
    assert set(DARK) == set(COLORS)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["text", "label", "quiet", "good", "short"])
def test_letters_stand_out_from_their_card(name, page):
    """At least 4.5 to 1, as WCAG 2.1 AA asks of text."""
    colour = NEUTRAL[name][page] if name in NEUTRAL else (COLORS, DARK)[page][name]
    pair = sorted((luminance(colour), luminance(NEUTRAL["card"][page])))
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


def test_a_long_text_in_a_table_may_break_at_each_underscore_is_cut_and_told_whole_when_pointed_at():
    name, reason = "machines_" * 5, "because " * 60
    made = parts.rows_table(("what", "why"), [(name, reason), ("short_name", "so")], text_columns=2)
    assert f'<td class=text title="{name}">{"machines_<wbr>" * 5}</td>' in made
    shown = re.search(r">(because[^<]*)<", made)[1]
    assert shown.endswith(" …") and reason.startswith(shown[:-2]) and len(shown) <= parts.LONGEST + 2
    assert f'title="{reason}"' in made and "<td class=text>short_name</td>" in made


def test_a_chart_says_how_wide_it_was_drawn_so_that_a_narrow_page_does_not_stretch_it():
    assert re.search(r'<svg style="--natural:[1-9][\d.]*px" preserveAspectRatio', parts.figure(chart()))
