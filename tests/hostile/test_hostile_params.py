"""Params files that would run code, climb out of their project or eat the machine are refused by name."""

import pytest
from strangers import SECRET

from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle

HEAD = "company: acme\ncycle: 2025-09\n"
GOOD = HEAD + "gather: {source: data}\n"


def refused(place, text: str) -> list:
    """The problems for which a params file is refused, or a folder that it names."""
    file = place.project / "params" / "acme.yaml"
    file.write_text(place.filled(text), encoding="utf-8")
    before = place.everything()
    with pytest.raises(PlanningError) as caught:
        cycle = open_cycle(file)
        print(cycle.source, cycle.mapping, cycle.handed_in)
    assert place.everything() == before
    assert SECRET not in str(caught.value)
    assert all(problem.message and problem.mend for problem in caught.value.problems)
    return caught.value.problems


LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))

YAML = {
    "a tag that calls": (GOOD + "title: !!python/object/apply:os.system ['touch <CANARY>']\n", "not readable as YAML"),
    "a tag that makes": (GOOD + "title: !!python/object/new:type ['x', [], {}]\n", "not readable as YAML"),
    "a tag that names": (GOOD + "title: !!python/name:os.system\n", "not readable as YAML"),
    "a tag that imports": (GOOD + "title: !!python/module:antigravity\n", "not readable as YAML"),
    "a billion laughs": ("a0: &a0 [lol]\n" + LAUGHS, "it stands for more than"),
    "a billion laughs merged": (
        "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)),
        "it stands for more than",
    ),
    "an alias in a ring": (GOOD + "demand: {modules: &a [*a]}\n", "stands for what it stands in"),
    "ten thousand brackets": ("company: " + "[" * 10_000, "nests too deeply"),
    "a section said twice": (GOOD + "gather: {source: <OUTSIDE>}\n", "gather stands there twice"),
    "a file of megabytes": (GOOD + "# " + "x" * 2_000_000 + "\n", "larger than"),
    "a NUL byte": (GOOD + "title: a\0b\n", "not readable as YAML"),
    "two documents": (GOOD + "---\ncompany: evil\n", "not readable as YAML"),
    "no parameters": ("[1, 2]\n", "holds no parameters"),
}

PLACES = {
    "a company that climbs": ("company: ../../outside\ncycle: 2025-09\ngather: {source: data}\n", "company"),
    "a company with a slash": ("company: a/b\ncycle: 2025-09\ngather: {source: data}\n", "company"),
    "a company with a line end": ('company: "acme\\n"\ncycle: 2025-09\ngather: {source: data}\n', "company"),
    "a cycle that climbs": ("company: acme\ncycle: 2025-09/../../../outside\ngather: {source: data}\n", "cycle"),
    "a cycle for the shell": ("company: acme\ncycle: $(touch <CANARY>)\ngather: {source: data}\n", "cycle"),
    "cycles that climb": (GOOD + "cycles: ../../..\n", "cycles"),
    "cycles elsewhere": (GOOD + "cycles: <OUTSIDE>\n", "cycles"),
    "cycles behind a link": (GOOD + "cycles: link\n", "cycles"),
    "a source that climbs": (HEAD + "gather: {source: ../outside}\n", "gather.source"),
    "a source far above": (HEAD + "gather: {source: ../../../../../../../../../etc}\n", "gather.source"),
    "a source elsewhere": (HEAD + "gather: {source: <OUTSIDE>}\n", "gather.source"),
    "the whole disk as source": (HEAD + "gather: {source: /}\n", "gather.source"),
    "a source found above the project": (HEAD + "gather: {source: etc}\n", "gather.source"),
    "a source behind a link": (HEAD + "gather: {source: link}\n", "gather.source"),
    "a source at home": (HEAD + "gather: {source: '~'}\n", "gather.source"),
    "a source by a variable anyone has": (HEAD + "gather: {source: '${HOME}'}\n", "gather.source"),
    "a source beside the owner's": (HEAD + "gather: {source: '${SOPBENCH_DATA}/../../outside'}\n", "gather.source"),
    "a database file outside": (HEAD + "gather: {source: 'sqlite:///<SECRET>'}\n", "gather.source"),
    "a mapping outside": (GOOD.replace("data}", "data, mapping: <OUTSIDE>}"), "gather"),
    "workbooks outside": (GOOD.replace("data}", "data, handed_in: ../outside}"), "gather"),
    "a variable nobody set": (HEAD + "gather: {source: '${NOBODY_SET_THIS}'}\n", "${NOBODY_SET_THIS}"),
    "a password in the file": (HEAD + f"gather: {{source: 'postgresql://u:{SECRET}@h/d'}}\n", "gather.source"),
    "a password misplaced": (HEAD + f"gather: {{source: data, mapping: 'x://u:{SECRET}@h'}}\n", "gather.mapping"),
}

VALUES = {
    "no number": (GOOD + "supply: {gap: .nan}\n", "supply.gap"),
    "an endless number": (GOOD + "supply: {time_limit: .inf}\n", "supply.time_limit"),
    "a horizon without end": (GOOD + "horizon: 1000000000000\n", "horizon"),
    "a number of five thousand digits": (GOOD + f"horizon: {'9' * 5000}\n", ""),
    "a billion past cycles": (GOOD + "past_cycles: 1000000000\n", "past_cycles"),
    "a billion backtests": (GOOD + "demand: {backtest: {windows: 1000000000}}\n", "demand.backtest.windows"),
    "a season without end": (GOOD + "demand: {season: 1000000000000}\n", "demand.season"),
    "a million processes": (GOOD + "demand: {jobs: 1000000}\n", "demand.jobs"),
    "a billion courses": (GOOD + "presop: {risk: {paths: 1000000000}}\n", "presop.risk.paths"),
    "a SELECT without end": (GOOD.replace("data}", "data, time_limit: .inf}"), "gather.time_limit"),
    "a line end between columns": (GOOD.replace("data}", 'data, csv: {separator: "\\n"}}'), "gather.csv.separator"),
    "an encoding that unpacks": (GOOD.replace("data}", "data, csv: {encoding: zip}}"), "gather.csv.encoding"),
    "a schema that is SQL": (GOOD + "monitor: {release_schema: 'x; DROP TABLE y'}\n", "monitor.release_schema"),
    "a scenario that climbs": (
        GOOD + "presop: {scenarios: [{name: ../../x, question: q, changes: [{table: items}]}]}\n",
        "presop.scenarios.0.name",
    ),
    "a rule that climbs": (
        GOOD.replace("data}", "data, set_apart: [{name: ../x, negative: true}]}"),
        "gather.set_apart.0.name",
    ),
    "a role nobody has": (GOOD + "meetings: {others: root}\n", "meetings.others"),
    "a parameter of Python's": (GOOD + "__class__: {x: 1}\n", "__class__"),
}


@pytest.mark.parametrize(("text", "said"), YAML.values(), ids=YAML.keys())
def test_yaml_makes_plain_values_and_no_more_of_them_than_there_are(place, text, said):
    [problem] = refused(place, text)
    assert problem.table == "acme.yaml"
    assert said in problem.message


@pytest.mark.parametrize(("text", "key"), PLACES.values(), ids=PLACES.keys())
def test_a_params_file_points_to_nothing_outside_of_its_project(place, monkeypatch, text, key):
    monkeypatch.delenv("SOPBENCH_CYCLES")
    monkeypatch.setenv("SOPBENCH_DATA", str(place.data))
    (place.project / "link").symlink_to(place.secret.parent)
    (place.data / "here").touch()
    assert [problem.key for problem in refused(place, text)] == [key]


@pytest.mark.parametrize(("text", "key"), VALUES.values(), ids=VALUES.keys())
def test_a_value_beyond_its_limits_is_refused_where_it_stands(place, text, key):
    assert [problem.key for problem in refused(place, text)] == [key]


def test_the_owner_of_the_machine_may_name_a_folder_outside(place, monkeypatch):
    monkeypatch.setenv("SOPBENCH_DATA", str(place.secret.parent))
    file = place.project / "acme.yaml"
    file.write_text(HEAD + "gather: {source: '${SOPBENCH_DATA}'}\n")
    assert open_cycle(file).source == place.secret.parent


def test_a_value_that_would_steer_a_terminal_is_spelt_out(place):
    [problem] = refused(place, GOOD.replace("data}", 'data, time_limit: "\\e[2Jall is well\\n\\a"}'))
    assert problem.value == r"\x1b[2Jall is well\n\x07"
    assert str(problem).isprintable()
