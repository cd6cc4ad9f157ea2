"""The scenarios side by side as a table of a page, with the what-if of the moment below base."""

from __future__ import annotations

from html import escape

import pandas as pd

from sopbench.contract.words import in_money
from sopbench.views.executive import best_and_worst, scenario_cells
from sopbench.views.meetings.parts import download, rows_table, section
from sopbench.views.meetings.presop_what_if import NAME

SHOWN = {
    "units": "units shipped",
    "revenue": "revenue",
    "contribution": "contribution",
    "service": "served on time",
    "late_or_lost": "late or lost",
    "inventory_average": "stock on average",
    "overtime_hours": "overtime",
    "bottlenecks": "bottle­necks",
}
"""The measures of the table, and what its heads call them."""

KINDS = {"option": "option", "risk": "risk", "base": "the plan as it stands"}

WAITS = {
    "": "move a lever",
    "ready": "getting ready …",
    "planning": "planning …",
    "asked": "press Plan it",
    "refused": "could not be planned",
}
"""What the row of the what-if says while there is no answer that belongs to the levers."""


def side_by_side(
    kpis: pd.DataFrame, scenarios: pd.DataFrame, currency: str, what_if: pd.DataFrame | None = None, waits: str = ""
) -> str:
    """The table as HTML: base, the what-if, options, risks; the value, and below it the difference to base.

    Args:
        kpis, scenarios: all scenarios of step presop.
        currency: of the money.
        what_if: the measures of the what-if, in the same form; None = there is no answer.
        waits: one of WAITS, said where there is no answer.
    """
    cells = scenario_cells(kpis, scenarios, currency, SHOWN)
    message, found = best_and_worst(cells, currency), _by_scenario(cells)
    asked = '<td class="waits" colspan=8>' + escape(WAITS[waits]) + "</td>"
    if what_if is not None:
        kind = pd.DataFrame({"scenario": [NAME], "kind": ["option"]})
        asked = _figures(_by_scenario(scenario_cells(what_if, kind, currency, SHOWN))[NAME])
    rows = []
    for each in _ordered(scenarios).to_dict("records"):
        name, note = each["scenario"].replace("_", " "), KINDS[each["kind"]]
        figures = _figures(found.get(each["scenario"], {}))
        rows.append(_row(name, note, figures, each["question"], ""))
        if each["kind"] == "base":
            rows.append(_row("What if", "the levers as they stand", asked, "", "asked"))
    heads = "".join(f"<th scope=col>{escape(said)}</th>" for said in SHOWN.values())
    table = f"<table><thead><tr><th scope=col>{escape(currency)}, over the horizon</th>{heads}</tr></thead>"
    table += f"<tbody>{''.join(rows)}</tbody></table>"
    inner = f'<p>{escape(message)}</p><div class="scroll">{table}</div>'
    note = "Below each figure its difference to base; green is better for us. " + download(kpis, "scenario_kpis")
    inner += f'<p class="hint">{note}</p>' + _questions(scenarios, currency)
    return section(inner, "Scenarios side by side")


def _ordered(scenarios: pd.DataFrame) -> pd.DataFrame:
    """Base, options, risks, each by name."""
    order = scenarios["kind"].map({"base": 0, "option": 1, "risk": 2})
    return scenarios.assign(order=order).sort_values(["order", "scenario"])


def _questions(scenarios: pd.DataFrame, currency: str) -> str:
    """What each scenario asks and changes, to be opened."""
    rows = [
        (
            each["scenario"].replace("_", " "),
            each["question"],
            each["changes"] + (f"; costs {in_money(each['cost'], currency)} once" if each["cost"] else ""),
            each["owner"],
        )
        for each in _ordered(scenarios[scenarios["kind"] != "base"]).to_dict("records")
    ]
    if not rows:
        return ""
    table = rows_table(("scenario", "question", "what it changes", "owner"), rows, text_columns=4)
    return f"<details><summary>What the scenarios ask and change</summary>{table}</details>"


def _row(name: str, note: str, figures: str, question: str, look: str) -> str:
    title = f' title="{escape(question)}"' if question else ""
    head = f"<th scope=row{title}>{escape(name)}<small>{escape(note)}</small></th>"
    return f'<tr class="{look}">{head}{figures}</tr>'


def _by_scenario(cells: pd.DataFrame) -> dict[str, dict[str, dict]]:
    """The cells by scenario and measure."""
    found: dict[str, dict[str, dict]] = {}
    for each in cells.to_dict("records"):
        found.setdefault(each["scenario"], {})[each["kpi"]] = each
    return found


def _figures(cells: dict[str, dict]) -> str:
    nothing = {"said": "–", "than": "", "side": ""}
    each = [cells.get(kpi, nothing) for kpi in SHOWN]
    texts = [
        f'<td>{escape(one["said"])}<small class="{one["side"]}">{escape(one["than"])}</small></td>' for one in each
    ]
    return "".join(texts)
