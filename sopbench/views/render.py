"""How charts and tables reach a page with no internet: charts as SVG pictures made here, tables as plain HTML."""

from __future__ import annotations

import hashlib
import logging
import warnings
from html import escape
from typing import Any

import altair as alt
import pandas as pd
from IPython.display import HTML

import sopbench.views.theme  # noqa: F401 - registers the look
from sopbench.views.heads import heads, in_words
from sopbench.views.numbers import number_formats, speak

VEGALITE = "6.4"


def start(frequency: str = "month") -> None:
    """Set a notebook up: charts drawn as pictures, tables readable, buckets called what they are, no chatter."""
    speak(frequency)
    alt.renderers.register("sopbench", _picture)
    alt.renderers.enable("sopbench")
    alt.data_transformers.disable_max_rows()
    pd.set_option("display.max_columns", 30, "display.width", 160, "display.precision", 2)
    warnings.filterwarnings("ignore", category=FutureWarning)
    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)


def svg(chart: alt.TopLevelMixin) -> str:
    """The chart as an SVG picture."""
    import vl_convert

    return vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=VEGALITE)


def table(
    frame: pd.DataFrame,
    currency: str = "",
    money: tuple[str, ...] = (),
    share: tuple[str, ...] = (),
    signed: tuple[str, ...] = (),
    *,
    empty: str = "None.",
) -> HTML:
    """The frame as a plain table: heads in words, `money` columns whole, `share` in %, `signed` with their sign.

    A frame without rows is said in a sentence, `empty`.
    """
    if frame.empty:
        return HTML(f"<p>{escape(empty)}</p>" if empty else "")
    said = heads(frame, currency, money)
    formats = {said[name]: each for name, each in number_formats(frame, money, share, signed).items()}
    style = in_words(frame).rename(columns=said).style.hide(axis="index").format(formats, na_rep="–", escape="html")
    text = [number for number, name in enumerate(frame) if not pd.api.types.is_numeric_dtype(frame[name])]
    look = [
        {"selector": "th", "props": "text-align:right;font-weight:600;border-bottom:1px solid #c5ccd3"},
        {
            "selector": "td",
            "props": "text-align:right;padding:3px 10px;vertical-align:top;font-variant-numeric:tabular-nums",
        },
        *({"selector": f".col{number}", "props": "text-align:left"} for number in text),
    ]
    name = hashlib.sha256("".join(style.columns).encode()).hexdigest()[
        :8
    ]  # the same at every run, its own for each table
    return HTML(style.set_table_styles(look).set_uuid(name).to_html())


def _picture(spec: dict[str, Any], **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
    import vl_convert

    return {"image/svg+xml": vl_convert.vegalite_to_svg(spec, vl_version=VEGALITE)}, {}
