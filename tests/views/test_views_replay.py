"""The replay's chart and lines: the message is in the title, and says when a difference may be luck."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table
from sopbench.views.render import svg
from sopbench.views.replay import message, money_against_accuracy, score_lines, scores_table


def scores(low: float = 10_000.0) -> pd.DataFrame:
    """Three ways of planning, the middle one of them the company's own."""
    rows = {
        "candidate": ["foresight", "as_planned", "naive"],
        "rank": [1, 2, 3],
        "bound": [True, False, True],
        "buckets": 24,
        "margin": [2_640_000.0, 2_400_000.0, 1_920_000.0],
        "cost": 9e6,
        "revenue": 12e6,
        "service": [1.0, 0.98, 0.95],
        "lost_share": 0.0,
        "stock": [4e6, 4.4e6, 6e6],
        "wape": [0.0, 0.12, 0.21],
        "bias": 0.0,
        "gained": [1.0, 2 / 3, 0.0],
        "against": ["as_planned", "", "as_planned"],
        "difference": [10_000.0, None, -20_000.0],
        "low": [5_000.0, None, -30_000.0],
        "high": [15_000.0, None, -low],
        "naive_difference": [30_000.0, 20_000.0, None],
        "naive_low": [20_000.0, low, None],
        "naive_high": [40_000.0, 30_000.0, None],
    }
    return checked(pd.DataFrame(rows), table("replay_scores"))


def test_the_message_is_what_the_company_earns_more_than_by_the_naive_policy():
    assert message(scores(), "EUR") == "As planned earned 20 k EUR a month more than the naive policy"


def test_the_message_says_where_it_may_be_luck():
    assert message(scores(low=-10_000.0), "EUR").endswith(", which may be luck")


def test_the_chart_can_be_drawn_and_names_every_candidate():
    drawn = svg(money_against_accuracy(scores(), "EUR"))
    assert all(f">{name}<" in drawn for name in ("foresight", "as planned", "naive"))
    assert "As planned earned 20 k EUR" in drawn


def test_the_table_and_the_lines_are_ranked_by_money():
    assert scores_table(scores())["candidate"].tolist() == ["foresight", "as planned", "naive"]
    said = score_lines(scores(), "EUR")
    assert [line.split()[0] for line in said[1:4]] == ["foresight", "as_planned", "naive"]
    assert "-20 k EUR (-30 k EUR to -10 k EUR)" in said[3]


def test_without_the_naive_policy_the_message_is_what_was_earned():
    alone = scores()[lambda rows: rows["candidate"] == "as_planned"].assign(naive_difference=float("nan"))
    assert message(alone, "EUR") == "As planned earned 100 k EUR a month"
