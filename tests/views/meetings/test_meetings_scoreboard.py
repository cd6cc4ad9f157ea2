"""The scoreboard, driven in Python: what it says before anything is measured, and what each choice shows."""

import ipywidgets
import pandas as pd
import pytest
import tiny_meeting

import tiny
from sopbench.contract import checked, table
from sopbench.cycle import open_cycle
from sopbench.views.meetings import scoreboard
from sopbench.views.meetings.spark import spark

JUL, AUG = pd.date_range("2025-07-01", periods=2, freq="MS")


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS, encoding="utf-8")
    return path


def accuracy() -> pd.DataFrame:
    """Pumps and kits one and two months ahead: the consensus 10 % off, the naive forecast 20 %."""
    keys = [("total", "all"), ("family", "pumps"), ("family", "<i>kits</i>")]
    rows = [
        {"stream": stream, "level": level, "key": key, "lag": lag, "wape": wape, "bias": bias}
        for stream, wape, bias in (("consensus", 0.1, 0.05), ("naive", 0.2, 0.1), ("statistical", 0.12, 0.0))
        for level, key in keys
        for lag in (0, 1)
    ]
    same = {"observations": 4, "stockouts": 0, "demand_value": 1000.0, "over_value": 75.0, "under_value": 25.0}
    same |= {"mase": 0.8, "rmsse": 0.9, "tracking_signal": 1.0, "wape_naive": 0.2}
    return checked(pd.DataFrame(rows).assign(**same), table("accuracy"))


def kpis() -> pd.DataFrame:
    """Service, attainment, stock and revenue of two months, over everything and of pumps."""
    said = {"service": (0.99, 0.97), "attainment": (0.9, 0.95), "stock": (1000.0, 900.0), "revenue": (500.0, 600.0)}
    rows = [
        {"kpi": kpi, "level": level, "key": key, "bucket": bucket, "value": value, "target": target}
        for kpi, (value, target) in said.items()
        for level, key in (("total", "all"), ("family", "pumps"))
        for bucket in (JUL, AUG)
    ]
    return checked(pd.DataFrame(rows), table("kpis"))


def exceptions(count: int = 2) -> pd.DataFrame:
    """The first is production's; money falls from 100 k on."""
    rows = [
        {
            "rule": "attainment" if not number else "accuracy",
            "key": f"<b>K{number}</b>",
            "bucket": AUG,
            "severity": "high",
            "value_at_risk": 100_000.0 - number,
            "message": f"<b>K{number}</b>: not as planned",
            "owner": "production" if not number else "demand planning",
            "status": "open",
        }
        for number in range(count)
    ]
    return checked(pd.DataFrame(rows), table("exceptions")) if rows else table("exceptions").empty()


NOTHING = {
    name: table(name).empty() for name in ("accuracy", "kpis", "exceptions", "value_added", "override_value")
} | {"released_orders": table("released_orders").empty()}


@pytest.fixture
def opened(params_file):
    """Open the page of a cycle in which step monitor wrote these tables."""

    def opened_on(**tables):
        open_cycle(params_file).write("monitor", **NOTHING | tables)
        return Page(scoreboard.page(params_file))

    return opened_on


class Page:
    """The page, used as a visitor would."""

    def __init__(self, page):
        self.page = page

    def within(self, widget=None):
        widget = widget or self.page
        return [widget, *(each for child in getattr(widget, "children", ()) for each in self.within(child))]

    def named(self, name):
        return next(each for each in self.within() if getattr(each, "description", "") == name)

    @property
    def text(self) -> str:
        return " ".join(each.value for each in self.within() if isinstance(each, ipywidgets.HTML))


def test_before_anything_is_measured_it_says_so(opened):
    text = opened().text
    assert "No earlier cycle was approved: nothing is measured yet." in text
    assert "Nothing lies beyond its limits." in text and "0 overdue" in text


def test_measures_stand_with_target_and_verdict(opened):
    text = opened(accuracy=accuracy(), kpis=kpis(), exceptions=exceptions()).text
    assert "6 of 7 measures are on target; off: Attainment." in text
    assert "<b>Attainment</b>, made as planned</td><td>90.0%</td><td>≥ 95.0%</td><td>90.0%</td>" in text
    assert '<td class="short">off target</td>' in text and '<td class="good">on target</td>' in text


def test_exceptions_are_ranked_by_money_and_narrowed_by_owner(opened):
    page = opened(exceptions=exceptions(3))
    assert "3 exceptions." in page.text
    assert page.text.index("K0") < page.text.index("K1") and "<b>K0</b>" not in page.text
    page.named("Owner").value = "demand planning"
    lines = next(each.value for each in page.within() if "exceptions.csv" in str(getattr(each, "value", "")))
    assert "K0" not in lines and "K1" in lines and "K2" in lines


def test_many_exceptions_are_counted_and_not_all_named(opened):
    text = opened(exceptions=exceptions(200)).text
    assert "200 exceptions." in text and "188 more" in text and "K150" not in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Forecast error", "From one to 2 months ahead the error goes from 10.0% to 10.0%"),
        ("Bias", "No family planned more than 10.0% off to one side"),
        ("Service and attainment", "Production attainment 90.0% in Aug 2025: 1 of 1 families below 95.0%"),
        ("Stock and revenue", "Stock 1,000 EUR in Aug 2025, 100 EUR above plan"),
        ("Past forecasts", "Nothing is measured yet"),
    ],
)
def test_charts_are_drawn_when_they_are_asked_for(opened, name, said):
    page = opened(accuracy=accuracy(), kpis=kpis())
    page.named("Show").value = name
    assert said in page.text


def test_every_group_of_charts_opens_where_nothing_is_measured(opened):
    page = opened()
    for name in page.named("Show").options:
        page.named("Show").value = name
        assert "Nothing is measured yet" in page.text


def test_past_forecasts_stand_beside_what_was_ordered_of_everything_or_a_family(opened, params_file):
    before = open_cycle(params_file, "2025-08")
    plan = tiny.demand_plan()
    shifted = plan.assign(bucket=plan["bucket"] - pd.DateOffset(months=1))
    before.write("gather", items=tiny.tables()["items"])
    tiny_meeting.write(before)
    names = {name: before.read("executive", name) for name in before.names("executive")}
    before.write("executive", **names, demand_plan=shifted)
    before.approve("Ada")
    open_cycle(params_file).write("gather", items=tiny.tables()["items"], sales=tiny.tables()["sales"])
    page = opened(accuracy=accuracy(), kpis=kpis())
    page.named("Show").value = "Past forecasts"
    august = tiny.tables()["sales"].query("bucket == @AUG")
    ordered = (august["qty_ordered"] * august["item_id"].map({"PUMP": 100.0, "KIT": 25.0})).sum()
    off = (90 * 100 + 45 * 25) / ordered - 1  # 90 pumps and 45 kits were planned
    everything = page.text
    assert f"Aug 2025: planned {abs(off):.1%} too {'much' if off > 0 else 'little'} when it was next" in everything
    family = page.named("Family")
    assert [said for said, _ in family.options] == ["All families", "kits", "pumps"]
    family.value = "kits"
    assert page.text != everything


def test_what_stands_in_the_registers_is_shown_where_something_does(opened, params_file):
    cycle = open_cycle(params_file)
    tiny_meeting.write(cycle)
    kept = {name: cycle.read("executive", name) for name in cycle.names("executive")}
    said = {"entry_id": [1], "cycle": "2025-08", "carried": True, "kind": "action", "text": "Call <b>ACME</b>"}
    said |= {"owner": "Ada", "due": pd.Timestamp("2025-08-20"), "overdue": True, "status": "open"}
    entries = checked(pd.DataFrame(said).assign(scenario="", outcome=""), table("registers"))
    cycle.write("executive", **kept, registers=entries)
    text = opened(kpis=kpis()).text
    assert "Call &lt;b&gt;ACME&lt;/b&gt;" in text and "1 overdue" in text
    assert "off: Attainment, Registers." in text


def test_a_cycle_not_monitored_yet_is_said_in_a_sentence(params_file):
    assert "has not been run as far as the step monitor" in scoreboard.page(params_file).children[0].value


def test_a_spark_ends_in_its_last_value_and_says_what_it_shows():
    drawn = spark((1.0, 3.0, 2.0), "it <rose>")
    assert 'points="3.0,15.0 42.0,3.0 81.0,9.0"' in drawn and 'cx="81.0" cy="9.0"' in drawn
    assert "it &lt;rose&gt;" in drawn
    assert 'points="3.0,9.0"' in spark((5.0,), "")
    assert spark((), "") == ""


def test_a_family_in_an_exception_is_called_as_people_write_it_and_an_item_as_it_is_numbered(opened):
    said = {"key": ["big_pumps", "K_1"], "message": ["big_pumps: stock 5 % above its plan", "K_1: not as planned"]}
    families = accuracy().replace({"key": {"pumps": "big_pumps"}})
    text = opened(accuracy=families, exceptions=exceptions(2).assign(**said)).text
    assert "big pumps: stock 5 % above its plan" in text and "K_1: not as planned" in text
