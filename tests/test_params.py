"""A params file says only what there is, and every mistake in it is named at once."""

from pathlib import Path

import pytest

from sopbench.contract import PlanningError
from sopbench.params import expand, first_day, load, locate

GOOD = "company: acme\ncycle: 2025-09\ngather:\n  source: data\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_fill_what_is_not_said(tmp_path):
    params = load(written(tmp_path, GOOD))
    assert (params.horizon, params.supply.service_level, params.cycle) == (18, 0.95, "2025-09")


def test_a_misspelt_parameter_is_named_with_the_nearest_right_name(tmp_path):
    text = GOOD + "horizn: 12\nsupply:\n  servce_level: 0.9\ndemand:\n  backtest:\n    window: 3\n"
    with pytest.raises(PlanningError) as error:
        load(written(tmp_path, text))
    said = str(error.value)
    for part in ("horizn", "did you mean horizon", "supply.servce_level", "did you mean service_level"):
        assert part in said
    assert "demand.backtest.window" in said and "did you mean windows" in said


def test_values_out_of_their_limits_are_all_named(tmp_path):
    with pytest.raises(PlanningError) as error:
        load(written(tmp_path, GOOD + "horizon: 0\nsupply:\n  service_level: 1.5\n"))
    assert "horizon" in str(error.value) and "supply.service_level" in str(error.value)


def test_numbers_that_are_none_are_refused(tmp_path):
    with pytest.raises(PlanningError, match=r"supply\.holding_share"):
        load(written(tmp_path, GOOD + "supply:\n  holding_share: .inf\n"))


def test_a_folder_is_no_params_file(tmp_path):
    with pytest.raises(PlanningError, match="cannot be read"):
        load(tmp_path)


def test_a_missing_section_is_named(tmp_path):
    with pytest.raises(PlanningError, match="gather.*missing"):
        load(written(tmp_path, "company: acme\ncycle: 2025-09\n"))


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [1\n", "company: \x00"])
def test_a_file_that_is_no_params_file_is_one_message(tmp_path, text):
    with pytest.raises(PlanningError, match="acme.yaml"):
        load(written(tmp_path, text))


def test_settings_are_put_over_the_file(tmp_path):
    params = load(written(tmp_path, GOOD + "supply:\n  fence: 2\n"), {"supply": {"service_level": 0.5}})
    assert (params.supply.service_level, params.supply.fence) == (0.5, 2)


@pytest.mark.parametrize(("said", "day"), [("2025-09", "2025-09-01"), ("2025-09-08", "2025-09-08")])
def test_a_cycle_is_a_month_or_a_date(said, day):
    assert str(first_day(said).date()) == day


@pytest.mark.parametrize("said", ["Sept", "2025-13", "2025", "09/2025", "", "1500-01", "9999-09"])
def test_a_cycle_that_is_no_month_is_named(said):
    with pytest.raises(PlanningError, match="not a month or a date"):
        first_day(said)


def test_paths_are_looked_for_beside_the_file_and_above(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "params").mkdir()
    assert locate("data", tmp_path / "params") == tmp_path / "data"
    with pytest.raises(PlanningError, match="no such file or folder"):
        locate("nowhere-at-all", tmp_path / "params")


def test_variables_of_the_environment_are_taken_or_their_defaults(monkeypatch):
    monkeypatch.setenv("ACME_DATA", "/srv/acme")
    assert expand("${ACME_DATA:-x}/raw") == "/srv/acme/raw"
    monkeypatch.delenv("ACME_DATA")
    assert expand("${ACME_DATA:-x}/raw") == "x/raw"
    with pytest.raises(PlanningError, match="no such variable"):
        expand("${ACME_DATA}")
