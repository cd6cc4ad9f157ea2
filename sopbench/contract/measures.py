"""What each measure of table kpis is: its unit, and which way is good. Its formula stands in docs/6_monitor.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measure:
    """A measure: what it is called, its unit (buckets, a share, money, times a year), and which way is good.

    Good is "up", "down", or "near": as near its target as can be.
    """

    title: str
    unit: Literal["share", "money", "times", "buckets"]
    good: Literal["up", "down", "near"]


MEASURES = {
    "service": Measure("service", "share", "up"),
    "otif": Measure("on time in full", "share", "up"),
    "demand": Measure("demand", "money", "near"),
    "revenue": Measure("revenue, against plan", "money", "up"),
    "revenue_to_budget": Measure("revenue, against budget", "money", "up"),
    "gross_margin": Measure("gross margin", "money", "up"),
    "production": Measure("production", "money", "near"),
    "attainment": Measure("production attainment", "share", "up"),
    "adherence": Measure("schedule adherence", "share", "up"),
    "purchases": Measure("purchases received of those due", "money", "up"),
    "purchase_attainment": Measure("purchase attainment", "share", "up"),
    "stock": Measure("inventory value", "money", "near"),
    "turns": Measure("stock turns", "times", "up"),
    "cover": Measure("cover", "buckets", "near"),
    "excess": Measure("excess stock", "money", "down"),
    "obsolete": Measure("obsolete stock", "money", "down"),
    "plan_changes": Measure("changes of the near plan", "money", "down"),
    "nervousness": Measure("nervousness", "share", "down"),
}
"""Every measure of table kpis, in the order people read them."""
