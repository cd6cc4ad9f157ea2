"""A params file says only what there is, and every mistake in it is named at once."""

from pathlib import Path

import pytest

from sopbench.contract import PlanningError
from sopbench.params import expand, first_day, load, locate, source

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


@pytest.mark.parametrize("day", ["2025-02-30", "2025-13-01"])
def test_a_day_that_the_month_does_not_have_is_refused(tmp_path, day):
    said = f"demand:\n  keep:\n    - {{item_id: X, reason: r, start: {day}}}\n"
    with pytest.raises(PlanningError, match=r"acme\.yaml.*month"):
        load(written(tmp_path, GOOD + said))


def test_a_level_that_names_a_column_twice_is_refused(tmp_path):
    with pytest.raises(PlanningError, match=r"demand\.reconcile\.levels\]: the level .*twice"):
        load(written(tmp_path, GOOD + "demand:\n  reconcile: {levels: [[], [family, family]]}\n"))


def test_work_is_shared_by_one_process_at_least(tmp_path):
    with pytest.raises(PlanningError, match=r"demand\.jobs\]: no process would do the work"):
        load(written(tmp_path, GOOD + "demand:\n  jobs: 0\n"))


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        ("  combine: [theta, thetta]\n", "demand.combine.*thetta.*did you mean theta"),
        ("  combine: [theta, theta]\n", "demand.combine.*theta.*twice"),
        ("  combine: []\n", "demand.combine.*names no method.*choose_by: best"),
        ("  methods: {mine: Naive()}\n  combine: [theta]\n", "demand.combine.*there are naive, .*, mine"),
        ("  methods: {combination: Naive()}\n", "demand.methods.*no method may be called 'combination'"),
        ("  more_methods: {none: Naive()}\n", "demand.more_methods.*no method may be called 'none'"),
    ],
)
def test_methods_bear_names_of_their_own_and_those_combined_are_among_them(tmp_path, demand, said):
    with pytest.raises(PlanningError, match=said):
        load(written(tmp_path, GOOD + "demand:\n" + demand))


def test_methods_of_a_params_file_may_be_combined_with_those_always_tried(tmp_path):
    said = "  methods: {mine: Naive()}\n  more_methods: {other: Naive()}\n  combine: [mine, other, naive]\n"
    assert load(written(tmp_path, GOOD + "demand:\n" + said)).demand.combine == ["mine", "other", "naive"]


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


REFUSED = [
    "postgresql://ada:s3cret@host/erp",
    "postgresql+psycopg://${ERP_USER}:s3cret@host/erp",
    "postgresql://ada:${ERP_PASSWORD:-s3cret}@host/erp",
    "${ERP_URL:-postgresql://ada:s3cret@host/erp}",
    "postgresql://ada:s3/cr:et@host:5432/erp",
    "postgresql://host/erp?user=ada&password=s3cret",
    "mssql+pyodbc:///?odbc_connect=Driver%3DODBC%3BUID%3Dada%3BPWD%3Ds3cret",
]


@pytest.mark.parametrize("url", REFUSED)
@pytest.mark.parametrize("place", ["source", "mispelt", "settings"])
def test_a_password_in_a_params_file_or_in_settings_is_refused_and_not_repeated(tmp_path, url, place):
    text = GOOD.replace("source: data", f"{place}: '{url}'") if place != "settings" else GOOD
    with pytest.raises(PlanningError) as error:
        load(written(tmp_path, text), {"gather": {"source": url}} if place == "settings" else None)
    [problem] = error.value.problems
    assert problem.message == "a password stands in the URL"
    assert "${ERP_PASSWORD}" in problem.mend
    assert "s3" not in str(error.value) and error.value.__cause__ is None


def test_a_line_that_is_no_yaml_is_told_without_its_password(tmp_path):
    with pytest.raises(PlanningError, match="not readable as YAML") as error:
        load(written(tmp_path, GOOD + "  other: a: postgresql://ada:s3cret@host/erp\n"))
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://${ERP_USER}:${ERP_PASSWORD}@host/erp",
        "${ERP_URL}",
        "postgresql://ada@host:5432/erp",
        "sqlite:///a.db",
    ],
)
def test_a_url_whose_password_comes_from_the_environment_is_taken(tmp_path, url):
    assert load(written(tmp_path, GOOD.replace("data", f"'{url}'"))).gather.source == url


def test_variables_of_a_url_may_hold_any_character_and_its_text_hides_the_password(monkeypatch, tmp_path):
    monkeypatch.setenv("ERP_USER", "ada@home")
    monkeypatch.setenv("ERP_PASSWORD", "a:/@%?#ü b")
    monkeypatch.setenv("ERP_HOST", "db.example:5433")
    url = source("postgresql://${ERP_USER}:${ERP_PASSWORD}@${ERP_HOST}/erp", tmp_path)
    assert (url.username, url.password, url.host, url.port) == ("ada@home", "a:/@%?#ü b", "db.example", 5433)
    assert url.drivername == "postgresql+psycopg"
    assert "***" in f"{url} {url!r}" and "%23" not in f"{url} {url!r}"
    monkeypatch.setenv("ERP_URL", "postgresql://host/erp?password=s3cret&sslmode=require")
    url = source("${ERP_URL}", tmp_path)
    assert (url.password, dict(url.query)) == ("s3cret", {"sslmode": "require"})


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ada:s3cret@host:port/erp",
        "postgresql://ada:p@s3cret@host/erp",
        "postgresql:/ada:s3cret@host/erp",
        "postgresql:ada:s3cret@host",
        "host=db.example user=ada password=s3cret",
        "plain:s3cret@host",
    ],
)
def test_a_url_that_is_none_is_not_repeated(monkeypatch, tmp_path, text):
    monkeypatch.setenv("ERP_URL", text)
    with pytest.raises(PlanningError, match="not a database's URL") as error:
        source("${ERP_URL}", tmp_path)
    assert "s3cret" not in str(error.value) and error.value.__context__ is None
    assert "it may hold a password" in str(error.value)


@pytest.mark.parametrize("said", ["${ERP_URL}", " ${ERP_URL}"])
@pytest.mark.parametrize("text", ["PostgreSQL://ada:s3cret@host/erp\n", "  POSTGRES://ada:s3cret@host/erp\r\n"])
def test_a_url_may_have_capitals_and_blanks_around_it(monkeypatch, tmp_path, said, text):
    monkeypatch.setenv("ERP_URL", text)
    url = source(said, tmp_path)
    assert (url.drivername, url.password, url.database) == ("postgresql+psycopg", "s3cret", "erp")


def test_a_missing_variable_of_a_url_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("ERP_PASSWORD", raising=False)
    with pytest.raises(PlanningError, match="found: ERP_PASSWORD"):
        source("postgresql://ada:${ERP_PASSWORD}@host/erp", tmp_path)


def test_a_database_in_a_file_is_looked_for_like_a_folder(tmp_path):
    (tmp_path / "erp.sqlite").touch()
    assert source("sqlite:///erp.sqlite", tmp_path).database == str(tmp_path / "erp.sqlite")
    with pytest.raises(PlanningError, match="no such file"):
        source("sqlite:///gone.sqlite", tmp_path)
