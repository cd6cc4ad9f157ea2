"""What was learned, as people read it: a setting is proposed only where its gain is more than luck."""

from __future__ import annotations

import pandas as pd
import pytest

from sopbench.contract import checked, table
from sopbench.views.learned import gains_out_of_sample, learned_lines, learned_table, message
from sopbench.views.render import svg


def learned(low: float = 2_000.0) -> pd.DataFrame:
    """A factor that earned something, a margin that earned nothing, weights of which nothing could be tried."""
    rows = {
        "parameter": ["supply.safety_factor", "demand.choice_margin", "demand.stream_weights"],
        "now": ["1", "0.3", "{statistical: 1}"],
        "tried": ["0.5, 0.75", "0.1, 0.5", ""],
        "best": ["0.75", "0.1", ""],
        "seen": [15_000.0, 4_000.0, None],
        "buckets": [12, 12, 0],
        "difference": [12_000.0, -1_000.0, None],
        "low": [low, -4_000.0, None],
        "high": [22_000.0, 2_000.0, None],
        "proposed": [low > 0, False, False],
        "reason": ["choosing it earned more than luck", "it may be luck", "no past streams to learn from"],
    }
    return checked(pd.DataFrame(rows), table("replay_learned"))


def test_the_message_names_what_is_proposed_with_its_money():
    assert message(learned(), "EUR") == "supply.safety_factor 0.75 instead of 1: 12 k EUR a month more"


def test_where_all_may_be_luck_the_message_is_to_keep_what_there_is():
    assert message(learned(low=-2_000.0), "EUR").startswith("Keep what you have")


def test_the_lines_tell_each_setting_with_its_interval_and_how_often_luck_would_do():
    said = learned_lines(learned(), "EUR")
    told = {line.split()[0]: line for line in said[1:4]}
    gain = "12 k EUR (2,000 EUR to 22 k EUR): choosing it earned more than luck"
    assert told["supply.safety_factor"].endswith(gain)
    assert told["demand.stream_weights"].endswith("   no past streams to learn from")
    assert "Of 2 settings tried, luck alone would have one proposed 5% of the time." in said


def test_the_table_has_the_surest_gain_first_and_what_was_not_tried_last():
    assert learned_table(learned())["best"].tolist() == ["0.75", "0.1", ""]


def test_the_chart_shows_what_was_tried_and_says_what_to_do():
    drawn = svg(gains_out_of_sample(learned(), "EUR"))
    assert "Safety factor" in drawn and "Choice margin" in drawn and "Stream weights" not in drawn
    assert "measured on 12 later months" in drawn


def test_without_anything_tried_there_is_no_chart():
    with pytest.raises(ValueError, match="nothing was tried"):
        gains_out_of_sample(learned().query("tried == ''"), "EUR")
