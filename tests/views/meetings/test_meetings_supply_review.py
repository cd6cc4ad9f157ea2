"""The page of the supply review, driven in Python: what each choice shows, and how empty and very long plans look."""

import asyncio
import shutil

import ipywidgets
import pytest
import tiny_supply
from in_a_kernel import in_a_kernel

import tiny
from sopbench.contract import table
from sopbench.cycle import open_cycle
from sopbench.views.meetings import supply_review, supply_review_pegging
from sopbench.views.meetings.drawers import drawers
from sopbench.views.meetings.grid import Grid

DRAWERS = ("Shortages", "Stock", "Purchases to approve", "S&OP grid")


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_supply.PARAMS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folders of finished cycles by the regular hours of LINE: checking and writing tables takes its time."""
    folders = {}

    def of(hours):
        if hours not in folders:
            folders[hours] = tmp_path_factory.mktemp("finished")
            path = folders[hours] / "tiny.yaml"
            path.write_text(tiny_supply.PARAMS, encoding="utf-8")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SOPBENCH_CYCLES", str(folders[hours] / "cycles"))
                tiny_supply.write(open_cycle(path), tiny_supply.planned(hours))
        return folders[hours] / "cycles"

    return of


@pytest.fixture
def opened(params_file, finished, tmp_path):
    """Open the page of the company, LINE having so many hours, or with other tables of step supply or items."""

    def opened_on(hours=100.0, items=None, **supply):
        shutil.copytree(finished(hours), tmp_path / "cycles")
        cycle = open_cycle(params_file)
        if items is not None:
            cycle.write("gather", items=items)
        if supply:
            tables = tiny_supply.planned(hours) | supply
            cycle.write("supply", **{name: tables[name] for name in tiny_supply.MADE})
        return Page(supply_review.page(params_file))

    return opened_on


class Page:
    """The page, used as a visitor would."""

    def __init__(self, page):
        self.page = page

    def within(self, widget=None):
        """The widget and all that stands in it."""
        widget = widget or self.page
        return [widget, *(each for child in getattr(widget, "children", ()) for each in self.within(child))]

    def of(self, kind, name=""):
        return [each for each in self.within() if isinstance(each, kind) and getattr(each, "description", "") == name]

    @property
    def text(self) -> str:
        return " ".join(each.value for each in self.within() if isinstance(each, ipywidgets.HTML))

    @property
    def behind(self) -> str:
        return next(each.value for each in self.within() if "behind" in each._dom_classes)

    @property
    def grid(self) -> Grid:
        return next(each for each in self.within() if isinstance(each, Grid))

    def pick(self, row: int, column: int) -> str:
        """Pick a cell as the browser says it; what then stands beside the cells."""
        self.grid.picked = {"row": row, "column": column, "count": self.grid.picked.get("count", 0) + 1}
        return self.behind

    def show(self, name: str) -> str:
        self.of(ipywidgets.ToggleButtons, "Show")[0].value = name
        return self.text


def test_the_three_questions_are_answered_in_figures(opened):
    text = opened(40.0).text
    assert "Full, overtime included: LINE in 4 months." in text
    assert "15 k EUR at risk, 15 k EUR of it lost; 100.0% as LINE is full." in text
    assert "orders at 1 supplier for" in text


def test_a_plan_in_which_nothing_is_short_says_so(opened):
    page = opened()
    assert '<p class="good">Every order is shipped on time.</p>' in page.text
    assert "Every order is shipped in the time it is wanted in." in page.show("Shortages")


def test_the_tightest_cell_is_picked_first(opened):
    page = opened(40.0)
    assert (page.grid.names, page.grid.kinds) == (["LINE"], ["picked"])
    assert page.grid.columns[:2] == ["Sep 25", "Oct 25"]
    assert page.grid.picked == {"row": 0, "column": 1}  # an hour of October is worth most
    assert "All 60 hours are used, 20 of them overtime; one more hour would save 67 EUR." in page.behind


def test_a_cell_opens_to_the_items_and_customers_behind_it(opened):
    behind = opened().pick(0, 1)
    assert "LINE, Oct 2025" in behind
    # 120 hours make 120 pumps; 90 a month go to SHOP (60) and WEB (30), all of them sold at 100
    assert '<td class=text>PUMP &lt;b&gt;Pump&lt;/b&gt;</td><td class="">120</td>' in behind
    assert "12 k</td></tr>" in behind
    assert "<td class=text>SHOP</td>" in behind and "<td class=text>WEB</td>" in behind


def test_a_cell_without_work_has_nothing_behind_it(opened):
    behind = opened().pick(0, 5)
    assert "0 of 120 hours are used, no overtime." in behind and "<table>" not in behind


def test_a_plan_run_again_behind_the_page_is_not_followed_unseen(opened, params_file):
    page = opened()
    tables = tiny_supply.planned(40.0)
    open_cycle(params_file).write("supply", **{name: tables[name] for name in tiny_supply.MADE})
    assert "was run again after this page was opened" in page.pick(0, 1)
    assert "<table>" not in page.behind


def test_a_plan_is_followed_beside_the_page_and_then_shown(opened):
    async def wait(page):
        while "Following" in page.behind:
            await asyncio.sleep(0.05)
        return page.behind

    async def visited():
        page = opened()
        assert "Following the hours to the customers" in page.behind
        return await asyncio.wait_for(wait(page), 60)

    assert "customer served" in in_a_kernel(visited)


def test_a_very_large_plan_is_followed_only_when_somebody_asks(opened, monkeypatch):
    monkeypatch.setattr(supply_review_pegging, "BEFOREHAND", 3)
    page = opened()
    assert "Pick a cell to see whom it serves." in page.behind
    assert "customer served" in page.pick(0, 1)


def test_a_cell_there_is_not_is_passed_over(opened):
    page = opened()
    before = page.behind
    assert page.pick(7, 99) == before


def test_a_short_delivery_is_followed_to_what_is_in_its_way_and_what_reaches_it(opened):
    page = opened(40.0)
    page.show("Shortages")
    (listed,) = page.of(ipywidgets.Select)
    assert listed.options[0][0] == "5,000 EUR: PUMP <b>Pump</b>, WEB, Dec 2025"
    assert len(listed.options) == 5 and listed.value == "0"
    listed.value = "1"
    text = page.text
    assert "of PUMP for WEB" in text and "PUMP comes from PLANT; LINE is full in Oct 2025." in text
    assert "<th scope=col class=text>LINE</th>" in text  # the hours in the way
    assert "What reaches it:" in text


def test_what_is_searched_for_does_not_choose_by_itself(opened):
    page = opened(40.0)
    (listed,), (field,) = page.of(ipywidgets.Select), page.of(ipywidgets.Text, "Delivery")
    before = page.text
    field.value = "nov"
    assert [said for said, _ in listed.options] == ["3,000 EUR: PUMP <b>Pump</b>, WEB, Nov 2025"]
    assert listed.value is None and page.text == before
    field.value = "no such item"
    assert listed.options == ()


def test_stock_is_shown_by_family_and_by_item(opened):
    page = opened()
    assert "All families: below safety stock in" in page.show("Stock")
    (family,), (listed,) = page.of(ipywidgets.Dropdown, "Family"), page.of(ipywidgets.Select)
    assert listed.options[0][0] == "PUMP <b>Pump</b>, DC: 800 EUR below in Dec 2025" and listed.value is None
    listed.value = listed.options[0][1]
    assert "PUMP at DC: below safety stock in 2 months, most in Dec 2025, 20" in page.text
    family.value = "kits"
    (listed,) = page.of(ipywidgets.Select)
    assert [said for said, _ in listed.options] == ["KIT Kit, 2 parts, DC: never below"]
    assert "kits: safety stock is there in every month" in page.text


def test_purchases_show_the_dearest_and_those_of_one_supplier(opened):
    tables = tiny_supply.planned()
    plan = tables["sourcing_plan"]
    two = plan["origin_id"].mask((plan["item_id"] == "KIT") & (plan["method"] == "buy"), "B <i>Ltd</i>")
    page = opened(sourcing_plan=plan.assign(origin_id=two))
    text = page.show("Purchases to approve")
    assert "4 orders at 2 suppliers for 1,630 EUR; 780 EUR in Sep 2025" in text
    assert "B &lt;i&gt;Ltd&lt;/i&gt; to DC" in text and "<i>" not in text
    assert '2025-10-01</td><td class="">Dec 2025</td><td class="">450</td>' in text
    (supplier,) = page.of(ipywidgets.Dropdown, "Supplier")
    supplier.value = "ACME"
    lines = next(each for each in page.within() if "lines" in each._dom_classes).children[1].value
    assert "SEAL" in lines and "KIT" not in lines
    assert 'download="purchases_to_approve.csv"' in text


def test_the_grid_is_shown_in_units_only_where_they_add_up(opened):
    page = opened()
    page.show("S&OP grid")
    (family,), (measure,) = page.of(ipywidgets.Dropdown, "Family"), page.of(ipywidgets.ToggleButtons, "In")
    assert [said for said, _ in family.options][:2] == ["pumps, made to stock", "kits, made to stock"]
    assert "Pumps: " in page.text and "demand, plan" in page.text
    before = page.text
    measure.value = "money"
    assert page.text != before and "in money at standard cost" in page.text


def test_a_plan_without_any_rows_still_opens(opened):
    page = opened(**{name: table(name).empty() for name in tiny_supply.MADE})
    assert "No resource has hours in this plan." in page.text and "Nothing has to be ordered now." in page.text
    for name in DRAWERS:
        assert page.show(name)


def test_a_page_of_thousands_of_items_carries_few_of_them(opened):
    page = opened(40.0, **tiny_supply.many(tiny_supply.planned(40.0), 1000))
    assert len(page.grid.names) == 24 and "The 24 tightest of 1,000." in page.text
    (field,) = page.of(ipywidgets.Text, "Find a resource")
    field.value = "00777"
    assert page.grid.names == ["LINE-00777"] and page.grid.picked == {}
    for name in DRAWERS[:3]:
        page.show(name)
        assert all(len(each.options) <= 12 for each in page.of(ipywidgets.Select))
    told = [each.value for each in page.within() if isinstance(each, ipywidgets.HTML)]
    assert sum(each.count("<tr>") for each in told) < 100


def test_a_cycle_not_planned_yet_is_said_in_a_sentence(params_file):
    said = supply_review.page(params_file).children[0].value
    assert "has not been run as far as the step supply" in said


def test_no_part_is_an_output_widget_and_every_control_has_a_name(opened):
    page = opened(40.0)
    for name in DRAWERS:
        page.show(name)
        assert not [each for each in page.within() if isinstance(each, ipywidgets.Output)]
        asked = [each for each in page.within() if isinstance(each, (ipywidgets.Text, ipywidgets.Dropdown))]
        assert all(each.description for each in asked)


def test_a_drawer_is_made_once_and_only_when_it_is_asked_for():
    made = []

    def maker(name):
        return lambda: made.append(name) or ipywidgets.HTML(name)

    box = drawers({"first": maker("first"), "second": maker("second")})
    chosen, inside = box.children[0].children[0], box.children[1]
    assert made == ["first"]
    for name in ("second", "first", "second"):
        chosen.value = name
        assert inside.children[0].value == name
    assert made == ["first", "second"] and not chosen.disabled


def test_the_bucket_of_the_page_is_the_cycle_s(opened):
    assert opened().grid.columns[0] == f"{tiny.START:%b %y}"
