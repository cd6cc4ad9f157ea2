"""Supply planning: what to make, buy, subcontract, move and hold so that the demand plan is met at least cost."""

from sopbench.supply.answers.balance import CHECKED, check_balances
from sopbench.supply.answers.grid import GRIDDED, item_covers, sop_grid
from sopbench.supply.answers.pegging import PEGGED, hanging_on_receipts, peg, peg_demand, peg_supply, pegging_table
from sopbench.supply.model.inputs import INPUTS
from sopbench.supply.plan import inventory_targets, plan
from sopbench.supply.rough_cut import BILLED, bill_of_resources, rough_cut
from sopbench.supply.what_if import WhatIf

__all__ = [
    "BILLED",
    "CHECKED",
    "GRIDDED",
    "INPUTS",
    "PEGGED",
    "WhatIf",
    "bill_of_resources",
    "check_balances",
    "hanging_on_receipts",
    "inventory_targets",
    "item_covers",
    "peg",
    "peg_demand",
    "peg_supply",
    "pegging_table",
    "plan",
    "rough_cut",
    "sop_grid",
]
