"""Doubts about data that is whole in itself, a module for each thing they look at."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.checks import (
    assumptions,
    buckets,
    capacity,
    history,
    items,
    life_cycle,
    money,
    network,
    stock,
    units,
)
from sopbench.gather.checks.facts import facts_of

CHECKS = (
    buckets.silent_buckets,
    buckets.incomplete_last_bucket,
    buckets.copied_buckets,
    buckets.doubled_buckets,
    buckets.stopped,
    units.unit_spellings,
    units.streams_off_scale,
    units.production_off_scale,
    units.budget_off_scale,
    history.unit_breaks,
    history.out_of_proportion,
    history.sales_below_zero,
    money.prices_and_costs,
    money.invoiced_far_from_list,
    money.bought_far_from_cost,
    money.bought_for_nothing,
    money.components_dearer_than_the_whole,
    network.sold_without_source,
    network.moved_from_nowhere,
    network.components_without_source,
    network.bills_not_made,
    network.made_from_nothing,
    network.made_without_routing,
    network.shares_below_all,
    network.sources_that_bring_nothing,
    capacity.hours,
    stock.no_stock,
    stock.no_stock_where_sold,
    stock.counted_earlier,
    stock.stock_and_needs,
    stock.stock_without_policy,
    stock.covers_crossed,
    stock.receipts_out_of_time,
    stock.old_orders,
    stock.huge_orders,
    assumptions.never_in_force,
    assumptions.overrides_that_say_too_much,
    assumptions.shares_in_percent,
    assumptions.streams_that_end,
    assumptions.budget_holes,
    items.life_spans,
    items.like_items,
    items.names_alike,
    items.items_alike,
    life_cycle.life_cycle_doubts,
)
"""Every doubt: facts in, warnings and notes out."""


def doubts(tables: dict[str, pd.DataFrame], start: pd.Timestamp) -> list[Problem]:
    """Warnings and notes on tables that conform to the contract and to one another.

    `tables` holds every input table, the calendar filled up.
    """
    facts = facts_of(tables, start)
    return [problem for check in CHECKS for problem in check(facts)]
