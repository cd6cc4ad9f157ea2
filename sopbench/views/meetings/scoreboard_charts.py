"""The charts of the scoreboard, drawn one group at a time: error, bias, service, stock, and what each cycle said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import altair as alt
import ipywidgets
import pandas as pd

from sopbench.contract.past import by_cycle
from sopbench.contract.words import in_share
from sopbench.views import monitor, monitor_value
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.parts import figure, rows_table
from sopbench.views.numbers import bucket_word

EVERY_FAMILY = "All families"
NOTHING = "<p>Nothing is measured yet: no earlier cycle was approved.</p>"


def charts(shown: Any, sitting: Sitting) -> dict[str, Callable[[], ipywidgets.Widget]]:
    """The groups of charts by what people call them; each makes its charts when it is asked for."""
    return {
        "Forecast error": partial(_error, shown),
        "Value added": partial(_value, shown, sitting.currency),
        "Bias": partial(_bias, shown, sitting),
        "Past forecasts": partial(_waterfall, sitting),
        "Service and attainment": partial(_shares, shown),
        "Stock and revenue": partial(_money, shown, sitting.currency),
    }


def _side_by_side(*drawn: str) -> ipywidgets.Widget:
    """Charts beside each other, or the sentence that there are none."""
    return ipywidgets.HBox([ipywidgets.HTML(each) for each in drawn] or [ipywidgets.HTML(NOTHING)]).add_class("pair")


def _error(shown: Any) -> ipywidgets.Widget:
    """Error by how far ahead the plan was made, beside every measure of the consensus at each lag."""
    rows = shown.accuracy
    if rows.empty:
        return _side_by_side()
    draw = monitor.error_by_lag if rows["lag"].max() > 0 else monitor.error_by_stream
    total = rows[rows["level"] == "total"]
    return _side_by_side(figure(draw(total), total, "accuracy"), _by_lag(total))


def _by_lag(total: pd.DataFrame) -> str:
    """The consensus at each lag: error, bias, scaled error, tracking signal, and the naive forecast's error."""
    rows = [
        (
            f"{row.lag + 1} {bucket_word(row.lag + 1)} ahead",
            *(_said(value, in_share) for value in (row.wape, row.wape_naive)),
            _said(row.bias, lambda bias: f"{abs(bias):.1%} too {'much' if bias >= 0 else 'little'}"),
            *(_said(value, "{:.2f}".format) for value in (row.mase, row.tracking_signal)),
            f"{row.observations:,}",
        )
        for row in total[total["stream"] == "consensus"].sort_values("lag").itertuples()
    ]
    heads = ("consensus", "error", "naive", "bias", "MASE", "tracking signal", "measured")
    return rows_table(heads, rows)


def _said(value: float, say: Callable[[float], str]) -> str:
    return "" if pd.isna(value) else say(value)


def _value(shown: Any, currency: str) -> ipywidgets.Widget:
    """Each stream's error, and what each step of the forecast added."""
    if shown.accuracy.empty or shown.value_added.empty:
        return _side_by_side()
    total = shown.accuracy[shown.accuracy["level"] == "total"]
    steps = shown.value_added[(shown.value_added["level"] == "total") & (shown.value_added["lag"] == 0)]
    return _side_by_side(
        figure(monitor_value.stairstep(steps, currency), steps, "value_added"),
        figure(monitor.error_by_stream(total), total, "error_by_stream"),
    )


def _bias(shown: Any, sitting: Sitting) -> ipywidgets.Widget:
    """Which families are planned too high or too low."""
    rows = shown.accuracy
    if rows.empty:
        return _side_by_side()
    behind = rows[(rows["stream"] == "consensus") & (rows["level"] == "family")]
    return _side_by_side(
        figure(monitor.bias_by_family(behind, sitting.cycle.params.monitor.bias_limit), behind, "bias")
    )


def _shares(shown: Any) -> ipywidgets.Widget:
    """Service and attainment by family."""
    return _of_kpis(shown.kpis, ("service", "attainment"), partial(monitor.share_by_family, shown.kpis))


def _money(shown: Any, currency: str) -> ipywidgets.Widget:
    """Stock and revenue by family, beside their plan."""
    return _of_kpis(shown.kpis, ("stock", "revenue"), lambda kpi: monitor.money_against_plan(shown.kpis, kpi, currency))


def _of_kpis(kpis: pd.DataFrame, names: tuple[str, ...], draw: Callable[[str], alt.TopLevelMixin]) -> ipywidgets.Widget:
    known = [name for name in names if (kpis["kpi"] == name).any()]
    return _side_by_side(*(figure(draw(name), kpis[kpis["kpi"] == name], name) for name in known))


def _waterfall(sitting: Sitting) -> ipywidgets.Widget:
    """What each cycle said of each bucket beside what was ordered, of everything or of a family."""
    from sopbench.monitor import waterfall

    cycle, currency = sitting.cycle, sitting.currency
    plans = by_cycle("demand_plan", {each.start: each.read("executive", "demand_plan") for each in cycle.earlier()})
    if plans.empty:
        return _side_by_side()
    said = waterfall(plans, cycle.read("gather", "sales"), cycle.read("gather", "items"))
    ordered = said.loc[said["said_in"] == "ordered", "bucket"]
    if ordered.empty:
        return _side_by_side()
    names = sorted(name for name in said["family"].unique() if name)
    options = [(EVERY_FAMILY, ""), *((name.replace("_", " "), name) for name in names)]
    family, chart = ipywidgets.Dropdown(options=options, description="Family"), ipywidgets.HTML()

    def draw(_: object = None) -> None:
        rows = said[said["family"] == family.value] if family.value else said
        drawn = monitor.forecast_waterfall(rows, currency)
        chart.value = figure(drawn, rows, "past_forecasts", paper=True)

    family.observe(draw, "value")
    draw()
    return ipywidgets.VBox([ipywidgets.HBox([family]).add_class("meeting-asked"), chart.add_class("waterfall")])
