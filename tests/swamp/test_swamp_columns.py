"""The finding: status, reasons, money."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from datassay.errors import EngineError, SpecError
from datassay.results import Interval, SourceCoverage, Swamp
from datassay.swamp.evidence import GROUP, SourceResult, TableSchema, Use, add_plugins, load_sources, make_evidence
from datassay.swamp.money import Prices, count_checks

SQL = {"sql": "q/*.sql"}
AGE = {"q/a.sql": "select age from people"}
NOW = datetime(2026, 6, 30, tzinfo=UTC)
Find = Callable[..., Swamp]
COVERED = SourceCoverage(source="log", n_files=1, n_parsed=1, n_unresolved=0)


def by_name(swamp: Swamp) -> dict:
    return {column.name: column for column in swamp.columns}


def test_used_and_unused(find: Find, statuses) -> None:
    """A column that a query names is used, with evidence; the others are unused, with money."""
    swamp = find(SQL, files=AGE)
    age, other = by_name(swamp)["age"], by_name(swamp)["score"]

    assert statuses(swamp) == {**dict.fromkeys(("id", "income", "Sex", "score", "select"), "unused"), "age": "used"}
    assert (age.evidence[0].kind, age.evidence[0].source) == ("projected", "q/a.sql:1")
    assert age.reason == "projected in q/a.sql:1"
    assert other.reason == "nothing names it"
    assert (swamp.n_used, swamp.n_unused, swamp.n_unknown) == (1, 5, 0)
    assert swamp.unused_bytes == sum(column.stored_bytes for column in swamp.columns if column.name != "age")


def test_no_source(find: Find, statuses) -> None:
    """Without a source nothing is known."""
    swamp = find()

    assert set(statuses(swamp).values()) == {"unknown"}
    assert {column.reason for column in swamp.columns} == {"no usage source named"}


def test_declared_only(find: Find, statuses) -> None:
    """A list of used columns says nothing about the others."""
    swamp = find({"declared": ["age"]})

    assert statuses(swamp)["age"] == "used"
    assert statuses(swamp)["id"] == "unknown"
    assert by_name(swamp)["id"].reason == "only a list of used columns is named, and nothing was searched"


def test_declared_beside_a_search(find: Find, statuses) -> None:
    """What somebody vouches for is used, whatever the search says and whenever."""
    swamp = find(SQL, {"declared": ["score"]}, files=AGE, usage={"window": "1d"}, now=datetime(2100, 1, 1, tzinfo=UTC))

    assert statuses(swamp)["score"] == "used"
    assert by_name(swamp)["score"].evidence[0].kind == "declared"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "sql: q/*.sql: no file matches"),
        ({"q/a.sql": "select ( from people", "q/b.sql": "select age from people"},
         "1 of 2 statements that name the tables could not be read"),
        ({"q/a.sql": "select age from strangers"}, "no source reads a table called 'people'"),
        ({"q/a.sql": "call refresh('people')"}, "may be read in q/a.sql:1: what it reads cannot be told"),
    ],
)  # fmt: skip
def test_silence_is_not_proof(find: Find, statuses, files: dict[str, str], reason: str) -> None:
    """Where something was not read, or nothing reads the dataset at all, no column is called unused."""
    swamp = find(SQL, files=files)

    assert "unused" not in statuses(swamp).values()
    assert by_name(swamp)["score"].reason == reason


def test_one_bad_source_is_enough(find: Find, statuses) -> None:
    """A second source that could not be read keeps the first one's silence from counting."""
    swamp = find(SQL, {"python": "*.py"}, files={**AGE, "x.py": "def ("})

    assert statuses(swamp)["age"] == "used"
    assert statuses(swamp)["id"] == "unknown"


def test_doubt_is_about_its_column(find: Find, statuses) -> None:
    """A doubt about one column leaves the others alone."""
    swamp = find(SQL, files={"q/a.sql": "select id from people where id in (select age from other)"})

    assert statuses(swamp)["age"] == "unknown"
    assert statuses(swamp)["score"] == "unused"


def test_protected(find: Find, statuses) -> None:
    """Keys and what the definition protects are never unused."""
    swamp = find(SQL, files=AGE, protected=["id"], usage={"protected": ["score"]})

    assert statuses(swamp)["id"] == statuses(swamp)["score"] == "used"
    assert by_name(swamp)["id"].is_protected
    assert by_name(swamp)["id"].reason == "protected by the definition"
    assert not by_name(swamp)["age"].is_protected


def test_unknown_names(find: Find) -> None:
    """Protected and declared names must be columns; the nearest is named."""
    with pytest.raises(SpecError, match=r"usage\.protected: column 'agee' .* Did you mean 'age'"):
        find(usage={"protected": ["agee"]})
    with pytest.raises(SpecError, match=r"declared column 'incme' .* Did you mean 'income'"):
        find({"declared": ["incme"]})


def test_reasons(find: Find) -> None:
    """Empty and constant columns have that as a reason, and a star is named as no proof."""
    table = pl.DataFrame({"age": [1, 2], "empty": [None, None], "same": ["x", "x"], "list": [[1], [1]], "free": [1, 2]})
    swamp = find(SQL, files={"q/a.sql": "select age from people"}, table=table)
    stars = find(SQL, files={"q/a.sql": "select * from people where age > 1"}, table=table)

    assert by_name(swamp)["empty"].reason == "nothing names it; every value is null"
    assert by_name(swamp)["empty"].null_fraction == 1
    assert by_name(swamp)["same"].reason == "nothing names it; every value is the same"
    assert by_name(stars)["free"].reason == "only taken along by a star in q/a.sql:1"
    assert by_name(stars)["free"].status == "unknown"


def commit(root: Path, when: str) -> None:
    environment = {**os.environ, "GIT_COMMITTER_DATE": when, "GIT_CONFIG_GLOBAL": os.devnull}
    for command in (["init", "-q"], ["add", "q"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=root, env=environment, check=True)


def test_window(find: Find, statuses, tmp_path: Path) -> None:
    """Evidence counts inside the window only, by the file's last commit."""
    find(SQL, files=AGE)
    commit(tmp_path, "2026-01-02T23:30:00-05:00")

    inside = find(SQL, usage={"window": "178d"}, now=NOW)
    outside = find(SQL, usage={"window": "177d"}, now=NOW)
    never = find(SQL, now=NOW)

    assert statuses(inside)["age"] == statuses(never)["age"] == "used"
    assert statuses(outside)["age"] == "unused"
    assert by_name(outside)["age"].reason == "last seen 2026-01-03 in q/a.sql:1, before the last 177d"
    assert by_name(outside)["age"].evidence[0].last_used_at == "2026-01-03"


def test_no_window_no_date(find: Find) -> None:
    """Without a window the answer does not depend on the day."""
    early = find(SQL, files=AGE, now=datetime(2000, 1, 1, tzinfo=UTC))
    late = find(SQL, now=datetime(2100, 1, 1, tzinfo=UTC))

    assert early == late


def test_money(find: Find) -> None:
    """A column costs its bytes in gigabytes times the price, and the dearest comes first."""
    table = pl.DataFrame({"age": [1], "small": [1], "large": ["x" * 100_000]})
    swamp = find(SQL, files=AGE, table=table, prices=Prices(2.0), currency="CHF")
    large = by_name(swamp)["large"]

    assert large.cost_per_month == pytest.approx(large.stored_bytes / 1e9 * 2)
    assert swamp.columns[0] is not None
    assert swamp.columns[0].name == "large"
    assert swamp.unused_cost_per_month == pytest.approx(sum(c.cost_per_month for c in swamp.columns if c.name != "age"))
    assert swamp.currency == "CHF"


def test_order_without_money(find: Find) -> None:
    """Equal columns are in the order of their names."""
    table = pl.DataFrame({name: [1] for name in ("b", "a", "C")})

    assert [column.name for column in find(table=table, prices=Prices()).columns] == ["C", "a", "b"]


def test_names_that_the_search_uses_itself(find: Find) -> None:
    """Columns called n, first or rows are compared as others are."""
    half = [i // 2 for i in range(40)]
    table = pl.DataFrame({"n": half, "first": [i // 4 for i in range(40)], "rows": half, "n of": [1, 2] * 20})
    found = by_name(find(table=table))

    assert "a copy of n" in found["rows"].reasons
    assert "a function of n" in found["first"].reasons


def test_importances(find: Find) -> None:
    """What scrambling a column costs the model is kept, and is a reason where it costs nothing; never a status."""
    weights = {
        "age": Interval(estimate=0.2, low=0.1, high=0.3),
        "score": Interval(estimate=0.001, low=-0.002, high=0.004),
        "Sex": Interval(estimate=0.003, low=0.001, high=0.005),
    }
    found = by_name(find(SQL, files={"q/a.sql": "select age, score from people"}, importances=weights))
    asked = by_name(find(importances=weights))

    assert (found["age"].importance, found["id"].importance) == (0.2, None)
    assert "no predictive value for the label" not in [*found["score"].reasons, *found["Sex"].reasons]
    assert (found["score"].status, asked["score"].status) == ("used", "unknown")
    assert [name for name, each in asked.items() if "no predictive value for the label" in each.reasons] == ["score"]


def test_checking_costs(find: Find) -> None:
    """A column that the suite reads costs what reading it costs in every run, however many expectations it has."""
    table = pl.DataFrame({"age": [1], "checked": ["x" * 100_000], "free": ["y" * 100_000]})
    found = by_name(find(SQL, files=AGE, table=table, prices=Prices(0.0, 2.0, 30, {"checked": 3})))

    checked = found["checked"]
    assert checked.check_cost_per_month == pytest.approx(checked.stored_bytes / 1e9 * 2.0 * 30)
    assert checked.cost_per_month == checked.check_cost_per_month > 0
    assert (checked.n_checks, found["free"].n_checks, found["free"].cost_per_month) == (3, 0, 0)


def test_expectations_of_a_column_are_counted(tmp_path: Path) -> None:
    """Each expectation counts for the columns that it reads; names of columns are checked without reading any."""
    suite = {
        "expectations": [
            {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}},
            {"type": "expect_column_pair_values_to_be_equal", "kwargs": {"column_A": "a", "column_B": "b"}},
            {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["b", "c", "b"]}},
            {"type": "expect_table_columns_to_match_set", "kwargs": {"column_set": ["a", "b", "c", "d"]}},
        ]
    }
    path = tmp_path / "suite.json"
    path.write_text(json.dumps(suite), encoding="utf-8")

    assert count_checks(path) == {"a": 2, "b": 2, "c": 1}
    assert count_checks(None) == {}


def test_table_name(find: Find, statuses) -> None:
    """The definition may say what queries call the dataset, schema or not."""
    files = {"q/a.sql": "select age from dwh.persons"}

    assert statuses(find(SQL, files=files))["age"] == "unknown"
    assert statuses(find(SQL, usage={"table": "dwh.Persons"}))["age"] == "used"


def test_hidden_and_installed_files_are_skipped(find: Find) -> None:
    """Other people's code is no usage of the team's data, unless the definition names it."""
    files = {f"{folder}/a.sql": "select age from people" for folder in (".venv", "node_modules/x", ".hidden", "own")}
    swamp = find({"sql": "**/*.sql"}, files=files)
    named = find({"sql": ".hidden/*.sql"})

    assert [each.source for each in by_name(swamp)["age"].evidence] == ["own/a.sql:1"]
    assert [each.source for each in by_name(named)["age"].evidence] == [".hidden/a.sql:1"]


def test_no_git(find: Find, monkeypatch, tmp_path: Path) -> None:
    """Without Git a file's own date counts."""
    find(SQL, files=AGE)
    os.utime(tmp_path / "q" / "a.sql", (0, 86_400 * 10))
    monkeypatch.setenv("PATH", "")

    assert by_name(find(SQL))["age"].evidence[0].last_used_at == "1970-01-11"


def test_empty_table(find: Find) -> None:
    """A table without rows has columns all the same."""
    swamp = find(SQL, files=AGE, table=pl.DataFrame(schema={"age": pl.Int64, "x": pl.String}))

    assert by_name(swamp)["x"].null_fraction == 0


def vouch(_root: Path, value: object, tables: tuple[TableSchema, ...]) -> SourceResult:
    """Return evidence for the column that the definition names, without a date."""
    rows = [Use("people", str(value), "projected", "log")]
    return SourceResult(make_evidence(rows), COVERED, n_reads=1)


def test_foreign_source(find: Find, statuses) -> None:
    """A source of another package is asked under its key, and evidence without a date is outside any window."""
    free = find({"sql": "age"}, sources={"sql": vouch})
    dated = find({"sql": "age"}, sources={"sql": vouch}, usage={"window": "9d"}, now=NOW)

    assert (statuses(free)["age"], statuses(free)["id"]) == ("used", "unused")
    assert statuses(dated)["age"] == "unknown"


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (None, "returned NoneType"),
        (SourceResult(pl.DataFrame({"x": [1]}), COVERED), "no evidence table"),
        (SourceResult(make_evidence([Use("people", "age", "guessed", "x")]), COVERED), "unknown kinds of use: guessed"),
    ],
)
def test_bad_source(find: Find, answer, match: str) -> None:
    """A source that returns something else is refused by name."""
    with pytest.raises(EngineError, match=match):
        find(SQL, sources={"sql": lambda *_: answer})


def test_sources_by_key(monkeypatch) -> None:
    """Built-in sources have fixed keys, plugins add theirs, and a second source of the same key is refused."""
    point = importlib.metadata.EntryPoint("ours", f"{__name__}:vouch", GROUP)
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or sys)
    monkeypatch.setattr(sys.modules[__name__], "vouch", vouch, raising=False)

    assert {"code", "declared", "notebook", "python", "query_log", "sql"} <= set(load_sources())
    assert add_plugins({}, [point])["ours"] is vouch
    with pytest.raises(EngineError, match="'sql' is defined twice"):
        add_plugins({"sql": vouch}, [importlib.metadata.EntryPoint("sql", "a:b", GROUP)])
    with pytest.raises(EngineError, match=r"'x' \(no_such_module:f\) cannot be imported: ModuleNotFoundError"):
        add_plugins({}, [importlib.metadata.EntryPoint("x", "no_such_module:f", GROUP)])


def test_evidence_is_capped_and_newest_first(find: Find) -> None:
    """Of very many uses the newest are kept, and the reason says how many there are."""
    files = {f"q/{i:03}.sql": "select age from people" for i in range(40)}
    age = by_name(find(SQL, files=files))["age"]

    assert len(age.evidence) == 20
    assert age.reason == "projected in q/000.sql:1 and 39 more"


def test_engine_is_loaded_late() -> None:
    """Importing the finding loads no SQL parser."""
    code = "import sys, datassay.swamp.columns, datassay.swamp.sources.sql; assert 'sqlglot' not in sys.modules"

    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
