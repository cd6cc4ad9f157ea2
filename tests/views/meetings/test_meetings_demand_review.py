"""The demand review as a planner uses it: doubts, one selection, a draft and its effect, saving, what others say."""

import getpass

import ipywidgets
import numpy as np
import pandas as pd
import pytest
import tiny_demand

import tiny
from sopbench.book import Book
from sopbench.contract import PlanningError, table
from sopbench.cycle import open_cycle
from sopbench.views.meetings import demand_review
from sopbench.views.meetings.demand_review_draft import Said, in_their_place, overrides_of, understood
from sopbench.views.meetings.grid import Grid

PUMP = {"item_id": "PUMP", "start": "2025-11", "end": "2025-11", "kind": "absolute", "value": 120.0}


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_demand.PARAMS, encoding="utf-8")
    return path


@pytest.fixture
def cycle(params_file):
    opened = open_cycle(params_file)
    tiny_demand.write(opened)
    return opened


def every_widget(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every_widget(child)


class Page:
    """The page used as a visitor would."""

    def __init__(self, params_file):
        self.page = demand_review.page(params_file)
        self.all = list(every_widget(self.page))
        self.doubts, self.cells = (each for each in self.all if isinstance(each, Grid))

    def control(self, said: str):
        """The control so described."""
        return next(each for each in self.all if getattr(each, "description", "") == said)

    def toggle(self, option: str):
        """Press a toggle button."""
        toggles = next(
            each
            for each in self.all
            if isinstance(each, ipywidgets.ToggleButtons) and option in [said for said, _ in each.options]
        )
        toggles.value = dict(toggles.options)[option]

    def type(self, column: int, text: str):
        self.cells.typed = {"row": 2, "column": column, "text": text, "count": len(text) + column}

    def save(self, reason: str, owner: str = "Ada"):
        self.control("Owner").value, self.control("Reason").value = owner, reason
        self.control("Save the override").click()

    def press(self, said: str):
        self.all = list(every_widget(self.page))
        self.control(said).click()
        self.all = list(every_widget(self.page))

    @property
    def text(self) -> str:
        return " ".join(
            each.value for each in every_widget(self.page) if isinstance(each, ipywidgets.HTML) and each.value
        )


def book_of(cycle) -> Book:
    return Book(cycle.book_url)


def test_the_items_that_differ_most_in_money_come_first(cycle, params_file):
    page = Page(params_file)
    assert page.doubts.names == ["PUMP", "KIT"]
    # pumps: 90 a month and 150 in December are 600; a tenth of that at 100 EUR
    assert page.doubts.texts[0] == ["+6,000", "–", "–", "–"]
    assert page.doubts.texts[1][0] == "0"
    page.toggle("Families")
    # at the budget's price of 100: 99 units in five months and 165 in December, against 90 in each
    assert page.doubts.texts[page.doubts.names.index("pumps")][:2] == ["+6,000", "+12 k"]
    assert "pumps: 12 k EUR above the budget." in page.text


def test_a_cell_picked_is_looked_at(cycle, params_file):
    page = Page(params_file)
    page.doubts.picked = {"row": 1, "column": 0, "count": 1}
    assert page.cells.texts[2] == ["45"] * 6
    page.doubts.picked = {"row": 7, "column": 0, "count": 2}
    assert page.cells.texts[2] == ["45"] * 6


def test_the_grid_shows_a_year_ago_statistical_consensus_percent_and_revenue(cycle, params_file):
    cells = Page(params_file).cells
    assert cells.columns[:2] == ["Sep 25", "Oct 25"]
    ordered = tiny_demand.history().set_index(["item_id", "bucket"])["ordered"].loc["PUMP"]
    assert cells.texts[0][0] == f"{ordered.loc['2024-09-01']:,.0f}"
    assert [row[0] for row in cells.texts[1:]] == ["90", "99", "+10%", "9.9"]
    assert cells.names[4] == "Revenue, k EUR" and cells.kinds[2] == "typed"


def test_a_customer_or_channel_shows_their_part_and_what_they_bought(cycle, params_file):
    page = Page(params_file)
    page.control("Who").value = "channel:online"
    assert page.cells.texts[2][0] == "33"
    sales = tiny.tables()["sales"]
    web = sales[(sales["customer_id"] == "WEB") & (sales["item_id"] == "PUMP") & (sales["bucket"] == "2024-09-01")]
    assert page.cells.texts[0][0] == f"{web['qty_ordered'].item():,.0f}"
    page.control("Who").value = "customer_id:SHOP"
    assert page.cells.texts[2][0] == "66"


def test_a_typed_override_shows_its_effect_on_units_revenue_and_capacity_before_it_is_saved(cycle, params_file):
    page = Page(params_file)
    page.type(2, "+15")
    assert page.cells.texts[2][2] == "114" and page.cells.looks[2][2] == "changed"
    assert "+15 (" in page.text and "+1,500 EUR at list price, all pumps" in page.text
    assert "LINE in Sep 2025: 90% → 105%" in page.text
    assert book_of(cycle).overrides_written("2025-09").empty


def test_without_a_supply_plan_capacity_is_said_to_be_unknown(params_file):
    tiny_demand.write(open_cycle(params_file), supply=False)
    page = Page(params_file)
    page.type(2, "+15")
    assert "known once the step supply has run" in page.text


def test_units_money_and_percent_are_typed_as_they_are_shown(cycle, params_file):
    page = Page(params_file)
    page.toggle("Money")
    assert page.cells.texts[2][0] == "9.9" and page.cells.names[2] == "Consensus, k EUR"
    page.type(0, "12")
    page.toggle("Percent")
    page.type(1, "5")
    page.toggle("Units")
    assert page.cells.texts[2][:3] == ["120", "104", "99"]
    page.save("a fair")
    rows = book_of(cycle).overrides_written("2025-09")
    assert list(rows["kind"]) == ["absolute", "percent"] and list(rows["value"].round(6)) == [120.0, 0.05]


def test_saving_needs_a_reason_and_keeps_who_what_and_why(cycle, params_file):
    page = Page(params_file)
    page.type(2, "120")
    page.type(3, "120")
    page.save("")
    assert "reason is empty" in page.text and book_of(cycle).overrides_written("2025-09").empty
    page.save("a fair")
    (row,) = book_of(cycle).overrides_written("2025-09").to_dict("records")
    assert (row["item_id"], row["start"], row["end"]) == ("PUMP", "2025-11-01", "2025-12-01")
    assert (row["value"], row["owner"], row["reason"]) == (120.0, "Ada", "a fair")
    assert "--cycle 2025-09 --to presop" in page.text and "waits for the next run" in page.text
    assert page.cells.texts[2][2:4] == ["120", "120"] and page.cells.looks[2][2] == ""


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (("Everything", ""), {}),
        (("Family: pumps", "family:pumps"), {"family": "pumps"}),
        (("KIT", "item_id:KIT"), {"item_id": "KIT"}),
    ],
)
def test_any_level_can_be_overridden_for_a_place_and_a_customer(cycle, params_file, scope, expected):
    page = Page(params_file)
    select = next(each for each in page.all if isinstance(each, ipywidgets.Select))
    assert scope in select.options
    select.value = scope[1]
    page.control("Where").value = "location_id:DC"
    page.control("Who").value = "channel:retail"
    page.type(0, "-10%")
    page.save("less")
    row = book_of(cycle).overrides_written("2025-09").iloc[0]
    named = {name: row[name] for name in ("item_id", "family", "category", "location_id", "region", "customer_id")}
    assert {name: value for name, value in named.items() if value} == {**expected, "location_id": "DC"}
    assert (row["channel"], row["kind"], row["value"]) == ("retail", "percent", -0.1)


def test_what_is_typed_waits_while_another_item_is_looked_at(cycle, params_file):
    page = Page(params_file)
    page.type(2, "120")
    page.doubts.picked = {"row": 1, "column": 0, "count": 1}
    assert "typed elsewhere and not saved: 1" in page.text and page.control("Save the override").disabled
    page.doubts.picked = {"row": 0, "column": 0, "count": 2}
    assert page.cells.texts[2][2] == "120"
    page.press("Discard")
    assert page.cells.texts[2][2] == "99"


def test_what_cannot_be_understood_is_said_and_changes_nothing(cycle, params_file):
    page = Page(params_file)
    page.type(2, "<b>many</b>")
    assert "no number (found: &lt;b&gt;many&lt;/b&gt;)" in page.text and page.cells.texts[2][2] == "99"
    page.cells.typed = {"row": 0, "column": 0, "text": "5", "count": 99}
    assert page.control("Save the override").disabled


def clashing(cycle, params_file) -> Page:
    """A page whose draft of November meets what Bob said meanwhile of November and December."""
    page = Page(params_file)
    page.type(2, "130")
    book_of(cycle).add_override("2025-09", PUMP | {"end": "2025-12", "owner": "Bob <i>", "reason": "a contract"})
    page.save("a fair")
    return page


def test_who_saves_on_what_changed_meanwhile_sees_both_and_nothing_is_written(cycle, params_file):
    page = clashing(cycle, params_file)
    for said in ("Bob &lt;i&gt;", "a contract", "a fair", "Nov 2025 – Dec 2025", "= 120", "= 130"):
        assert said in page.text
    assert len(book_of(cycle).overrides_written("2025-09")) == 1


def test_keeping_theirs_gives_the_draft_up(cycle, params_file):
    page = clashing(cycle, params_file)
    page.press("Keep theirs")
    assert page.cells.texts[2][2:4] == ["120", "120"]
    assert len(book_of(cycle).overrides_written("2025-09")) == 1


def test_putting_mine_in_its_place_leaves_them_the_months_i_say_nothing_of(cycle, params_file):
    page = clashing(cycle, params_file)
    page.press("Put mine in its place")
    assert page.cells.texts[2][2:4] == ["130", "120"]
    rows = book_of(cycle).overrides("2025-09")
    assert list(zip(rows["owner"], rows["start"].dt.month, rows["end"].dt.month, strict=True)) == [
        ("Ada", 11, 11),
        ("Bob <i>", 12, 12),
    ]


def test_both_may_count_mine_last(cycle, params_file):
    page = clashing(cycle, params_file)
    page.press("Let both count, mine last")
    assert page.cells.texts[2][2:4] == ["130", "120"]
    assert len(book_of(cycle).overrides("2025-09")) == 2


def test_who_decides_on_what_changed_once_more_is_asked_again(cycle, params_file):
    page = clashing(cycle, params_file)
    book_of(cycle).add_override("2025-09", PUMP | {"value": 99.0, "owner": "Eve", "reason": "no"}, replaces=1)
    page.press("Put mine in its place")
    assert "Eve" in page.text and len(book_of(cycle).overrides_written("2025-09")) == 2


def test_an_override_is_withdrawn_with_who_and_why(cycle, params_file):
    number = book_of(cycle).add_override("2025-09", PUMP | {"owner": "Bob", "reason": "a contract"})
    page = Page(params_file)
    assert page.cells.texts[2][2] == "120"
    page.press("Withdraw it")
    assert "Choose the override" in page.text
    page.control("Withdraw").value = number
    page.press("Withdraw it")
    assert "reason is empty" in page.text
    page.control("Because").value = "the contract fell through"
    page.press("Withdraw it")
    assert page.cells.texts[2][2] == "99" and "withdrawn" in page.text


def test_a_viewer_reads_and_cannot_type(cycle, params_file):
    params_file.write_text(tiny_demand.PARAMS + f"meetings: {{roles: {{{getpass.getuser()}: viewer}}}}\n")
    page = Page(params_file)
    assert "typed" not in page.cells.kinds and "overrides are for planners" in page.text
    page.type(2, "120")
    assert page.cells.texts[2][2] == "99"
    with pytest.raises(StopIteration):
        page.control("Save the override")


def test_a_name_proven_by_a_proxy_is_the_owner_and_cannot_be_changed(cycle, params_file, monkeypatch):
    params_file.write_text(tiny_demand.PARAMS + "meetings: {roles: {eve: planner}}\n")
    monkeypatch.setenv("SOPBENCH_USER_HEADER", "X-User")
    monkeypatch.setenv("HTTP_X_USER", "eve")
    owner = Page(params_file).control("Owner")
    assert owner.value == "eve" and owner.disabled


def test_a_browser_that_says_another_name_was_typed_changes_no_proven_name(cycle, params_file, monkeypatch):
    params_file.write_text(tiny_demand.PARAMS + "meetings: {roles: {eve: planner}}\n")
    monkeypatch.setenv("SOPBENCH_USER_HEADER", "X-User")
    monkeypatch.setenv("HTTP_X_USER", "eve")
    page = Page(params_file)
    page.type(0, "+1")
    page.save("because", owner="ada")
    page.control("Withdraw").value = page.control("Withdraw").options[1][1]
    page.control("Withdrawn by").value, page.control("Because").value = "ada", "not so"
    page.control("Withdraw it").click()
    assert book_of(cycle).overrides_written("2025-09")["owner"].tolist() == ["eve", "eve"]


@pytest.mark.parametrize("text", ["9" * 400, "9" * 20, "+" + "9" * 20, "9" * 20 + "%"])
def test_a_number_no_bucket_can_hold_is_refused_and_the_next_one_is_taken(cycle, params_file, text):
    page = Page(params_file)
    page.type(0, text)
    assert "absurdly large" in page.text
    page.type(0, "+1")
    assert page.cells.texts[2][0] == "100" and "absurdly large" not in page.text


@pytest.mark.parametrize("text", ["99", "+0", "-0", "0%"])
def test_a_number_that_moves_nothing_is_taken_and_said_to_move_nothing(cycle, params_file, text):
    page = Page(params_file)
    page.type(0, text)
    assert page.cells.texts[2][0] == "99" and "+0 EUR at list price" in page.text
    assert not page.control("Save the override").disabled


def test_a_second_press_saves_nothing_twice_and_leaves_what_the_first_said(cycle, params_file):
    page = Page(params_file)
    page.type(0, "+1")
    page.save("because")
    page.control("Save the override").click()
    assert "1 override saved" in page.text and len(book_of(cycle).overrides_written("2025-09")) == 1


def test_what_tables_and_people_say_is_text(cycle, params_file):
    items = tiny.tables()["items"].assign(description=["<img src=x onerror=alert(1)>", "Kit", "Seal"])
    tiny_demand.write(cycle, items=items)
    book_of(cycle).add_override("2025-09", PUMP | {"owner": "<script>", "reason": "<b>because</b>"})
    page = Page(params_file)
    for view in ("Who says what", "Earlier forecasts", "What forecasts were worth", "Events, launches, ends"):
        page.toggle(view)
        assert "<img src=x" not in page.text and "<script>" not in page.text and "<b>because" not in page.text


def test_an_event_says_what_it_is_of_in_the_names_people_use(cycle, params_file):
    events = pd.DataFrame({"event_id": ["E1", "E2"], "scope": ["item:PUMP", "family:pumps"], "uplift": 0.1})
    tiny_demand.write(cycle, events=events.assign(start="2025-10-01", end="2025-10-01"))
    page = Page(params_file)
    page.toggle("Events, launches, ends")
    assert "item:PUMP" not in page.text and "<td class=text>PUMP" in page.text
    assert "family:pumps" not in page.text and "<td class=text>pumps</td>" in page.text


def test_every_view_draws_and_says_its_message(cycle, params_file):
    page = Page(params_file)
    assert "consensus" in page.text and "+10.0% on what history says" in page.text
    page.toggle("Who says what")
    # sales says 117 where the consensus is 99
    assert "sales says +18.2% against the consensus, where it speaks" in page.text
    page.toggle("Earlier forecasts")
    assert "no earlier cycle was planned" in page.text


def test_earlier_forecasts_and_last_cycle_stand_beside_todays(cycle, params_file):
    before = open_cycle(params_file, "2025-08")
    tiny_demand.write(before)
    plan = tiny_demand.demand_plan()
    rest = {name: before.read("demand", name) for name in ("history", "override_effects", "override_conflicts")}
    before.write("demand", demand_plan=plan.assign(consensus=plan["consensus"] / 1.1), **rest)
    page = Page(params_file)
    assert page.doubts.texts[0][1] == "+6,000"
    page.toggle("Earlier forecasts")
    assert "consensus +10.0% on last cycle" in page.text


def test_nobodys_page_shows_anything_it_has_not_and_a_cycle_without_demand_says_so(params_file):
    said = demand_review.page(params_file).children[0].value
    assert "has not been run as far as the step demand" in said


def test_a_page_without_history_events_or_anything_said_opens(params_file):
    cycle = open_cycle(params_file)
    empty = {name: table(name).empty() for name in ("sales", "events", "budget")}
    tiny_demand.write(cycle, **empty)
    rest = {"demand_plan": tiny_demand.demand_plan(), "history": table("history").empty()}
    rest |= {name: table(name).empty() for name in ("override_effects", "override_conflicts")}
    cycle.write("demand", **rest)
    page = Page(params_file)
    assert page.cells.texts[0] == ["–"] * 6 and "Nobody has said anything" in page.text


def test_a_horizon_shorter_than_a_year_is_set_beside_the_same_months_a_year_before(cycle, params_file):
    said = Page(params_file).text
    known = tiny_demand.history().query("item_id == 'PUMP'").set_index("bucket")["ordered"]
    before = known.loc["2024-09-01":"2025-02-01"].sum()
    assert f"consensus {(99 * 5 + 165) / before - 1:+.1%} on the same time last year" in said
    assert "be doubted? (next 6 months, EUR)" in said


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("1,200", "units", Said("absolute", 1200.0)),
        ("1200.5", "units", Said("absolute", 1200.5)),
        ("−200", "units", Said("delta", -200.0)),
        ("+5 %", "units", Said("percent", 0.05)),
        ("5", "percent", Said("percent", 0.05)),
        ("+50", "money", Said("delta", 5.0)),
        (" ", "units", None),
    ],
)
def test_what_is_typed_is_understood_as_people_write_it(text, unit, said):
    assert understood(text, unit, price=10.0) == said


@pytest.mark.parametrize("text", ["many", "1,2", "--5", "5 %%x", "+", "1e9", "-101%", "nan"])
def test_what_is_no_number_is_refused_with_how_to_write_it(text):
    with pytest.raises(PlanningError, match="Mend"):
        understood(text, "units", price=10.0)


@pytest.mark.parametrize(
    ("text", "mend"),
    [("1.000", "write 1,000 or 1$"), ("+12.500", "write 12,500 or 12.5$"), ("-1.234 %", "write 1,234 or 1.2340$")],
)
def test_a_number_that_half_of_europe_reads_otherwise_is_refused_with_both_ways_to_write_it(text, mend):
    with pytest.raises(PlanningError, match=mend):
        understood(text, "units", price=10.0)


@pytest.mark.parametrize("text", ["1,000", "0.125", "1234.567", "1,234.567", "1.0000", "12.5"])
def test_a_number_that_can_be_read_in_one_way_only_is_taken(text):
    assert understood(text, "units", price=10.0).value == float(text.replace(",", ""))


def test_money_says_nothing_where_there_is_no_price():
    with pytest.raises(PlanningError, match="say it in units"):
        understood("50", "money", price=0.0)


def test_neighbouring_months_that_say_the_same_are_one_override():
    same, other = Said("percent", 0.1), Said("absolute", 5.0)
    rows = overrides_of({0: same, 1: same, 3: same, 4: other}, {}, tiny.BUCKETS, "Ada", "why")
    assert [(row["start"], row["end"]) for row in rows] == [
        ("2025-09-01", "2025-10-01"),
        ("2025-12-01", "2025-12-01"),
        ("2026-01-01", "2026-01-01"),
    ]


def test_each_of_theirs_is_replaced_and_what_they_said_of_other_months_stays():
    mine = overrides_of({2: Said("absolute", 7.0)}, {}, tiny.BUCKETS, "Ada", "why")
    theirs = pd.DataFrame(
        {
            "id": [4, 9],
            "start": ["2025-09-01", "2025-11-01"],
            "end": ["2025-11-01", "2025-11-01"],
            "kind": "percent",
            "value": [0.1, 0.2],
            "owner": "Bob",
            "reason": "so",
        }
    )
    rows, replaces = in_their_place(mine, theirs, tiny.BUCKETS)
    assert replaces == [4, 4, 9]
    assert [(row["owner"], row["start"], row["end"]) for row in rows[:2]] == [
        ("Ada", "2025-11-01", "2025-11-01"),
        ("Bob", "2025-09-01", "2025-10-01"),
    ]
    assert (rows[2]["kind"], rows[2]["value"], rows[2]["owner"]) == ("delta", 0.0, "Ada")
    assert np.isclose(rows[1]["value"], 0.1)


def test_what_should_be_doubted_is_there_before_the_widgets_are(cycle, params_file):
    said = demand_review.first(params_file).data
    assert "PUMP: 6,000 EUR above what history says." in said and "Tiny &lt;b&gt;Pumps" in said
    assert "+6,000" in said and "against last cycle" in said
