"""Every exit code of the command line, and one clear line for every kind of bad input."""

import json
import shutil
import signal
import subprocess
import time

import polars as pl
import pytest
from e2e_support import commit_data, git, make_flowers, script

pytestmark = pytest.mark.slow


def write_table(console, frame):
    """Put another table in place of the workspace's, and read it from there."""
    path = console.folder / "data" / "flowers.parquet"
    path.unlink()
    frame.write_parquet(path)
    console.edit_definition("rev: HEAD", "rev: null")


def assert_one_line(done, code, *told):
    """The command ends with `code` and one line that holds every piece of `told`."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("datassay: ")]
    assert done.returncode == code, done.stderr
    assert len(lines) == 1, done.stderr
    assert all(piece in lines[0] for piece in told), lines[0]
    assert "Traceback" not in done.stderr


def test_0_gate(audited):
    """A report whose rules all passed exits 0, by whatever name its commit is asked for."""
    plain = audited("gate", "flowers")
    assert plain.returncode == 0
    assert plain.stderr == ""
    assert audited("gate", "flowers", "--rev", "main").returncode == 0


def test_1_gate(console):
    """One critical check that fails turns the gate into 1, while the audit exits 0 and its outputs stay."""
    console.edit_definition("label: kind", "label: null")
    suite = console.folder / "expectations" / "flowers.json"
    suite.write_text(suite.read_text(encoding="utf-8").replace('"max_value": 100', '"max_value": 0'), encoding="utf-8")
    assert console("audit", "flowers").returncode == 0

    done = console("gate", "flowers")
    assert done.returncode == 1
    assert "expectations_critical" in done.stdout
    assert (console.folder / "reports" / "flowers" / "report.html").is_file()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["audit", "flower"], ["'flower'", "'flowers'"]),
        (["gate", "flower"], ["'flowers'"]),
        (["gate"], ["--report"]),
        (["gate", "--report", "nowhere.json"], ["nowhere.json"]),
    ],
)
def test_2_wrong_names(console, args, told):
    """A name that is not there is told with the nearest one, and nothing is written."""
    assert_one_line(console(*args), 2, *told)
    assert not (console.folder / "reports").exists()


def test_2_outside_of_a_project(console, tmp_path):
    """Outside of a project the line says how to make one."""
    assert_one_line(type(console)(tmp_path, console.env)("list"), 2, "datassay init")


@pytest.mark.parametrize(
    "args",
    [
        ["audit"],
        ["audit", "flowers", "--all"],
        ["audit", "--all", "--against", "HEAD"],
        ["audit", "--all", "--json"],
        ["gate", "flowers", "--max-age", "soon"],
    ],
)
def test_2_wrong_usage(console, args):
    """Wrong arguments exit 2 with the command's usage."""
    done = console(*args)
    assert done.returncode == 2
    assert "Usage:" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("label: kind", "labl: kind", ["'labl'", "'label'"]),
        ("label: kind", "label: kinds", ["'kinds'", "'kind'"]),
        ("id: row", "id: rows", ["'rows'", "'row'"]),
        ("labels_per_hour: 60", "labels_per_hour: many", ["cleaning.labels_per_hour"]),
        ("id: row", "id: row\nestimator: nowhere.at_all:make", ["nowhere.at_all"]),
    ],
)
def test_2_wrong_definition(console, old, new, told):
    """A definition that does not fit exits 2, names what is near, and writes nothing."""
    console.drop_suite()
    console.edit_definition(old, new)
    assert_one_line(console("audit", "flowers"), 2, *told)
    assert not (console.folder / "reports" / "flowers").exists()


@pytest.mark.parametrize("rev", ["v9", "nothing-like-it"])
def test_3_absent_rev(console, rev):
    """A rev that does not exist is told by its name, with the data that was looked for."""
    assert_one_line(console("audit", "flowers", "--rev", rev), 3, rev, "data/flowers.parquet")


def test_3_file_not_in_the_remote(console):
    """Data that nobody pushed cannot be pulled; the line says what to do."""
    shutil.rmtree(console.folder.parent / "store")
    shutil.rmtree(console.folder / ".dvc" / "cache", ignore_errors=True)
    assert_one_line(console("audit", "flowers", "--rev", "v1"), 3, "flowers.parquet")


def test_3_no_remote(console):
    """Without a remote and without a cache the line says that there is no remote."""
    subprocess.run(["git", "rm", "-q", "--cached", ".dvc/config"], cwd=console.folder, check=True)
    (console.folder / ".dvc" / "config").write_text("", encoding="utf-8")
    git(console.folder, "add", "-A")
    git(console.folder, "commit", "-m", "no remote")
    shutil.rmtree(console.folder / ".dvc" / "cache", ignore_errors=True)
    assert_one_line(console("audit", "flowers"), 3, "remote")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PAR1 this is no parquet file PAR1", "flowers.parquet"),
        (b"", "flowers.parquet"),
    ],
)
def test_3_corrupt_parquet(console, content, told):
    """A file that is no Parquet is told by its name."""
    path = console.folder / "data" / "flowers.parquet"
    path.unlink()
    path.write_bytes(content)
    console.edit_definition("rev: HEAD", "rev: null")
    assert_one_line(console("audit", "flowers"), 3, told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b\n1,2\n1,2,3\n4,5\n", "line 3"),
        ("a,b\n1,caf\u00e9\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_3_bad_csv(console, content, told):
    """Ragged rows and wrong encodings are told with the file and the line."""
    (console.folder / "data" / "bad.csv").write_bytes(content)
    (console.folder / "audits" / "bad.yaml").write_text("dataset: {path: data/bad.csv, rev: null}\n", encoding="utf-8")
    assert_one_line(console("audit", "bad"), 3, "bad.csv", told)


def test_4_empty_table(console):
    """A table without rows is inconclusive, and the last report stays as it was."""
    console.drop_label()
    assert console("audit", "flowers").returncode == 0
    before = (console.folder / "reports" / "flowers" / "report.json").read_bytes()
    write_table(console, make_flowers(10).head(0))

    assert_one_line(console("audit", "flowers"), 4, "no rows")

    assert (console.folder / "reports" / "flowers" / "report.json").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (pl.lit(None, dtype=pl.String).alias("kind"), "missing in all rows"),
        (pl.lit("rose").alias("kind"), "one class"),
        (pl.when(pl.col("row") < 2).then(pl.lit("tulip")).otherwise("kind").alias("kind"), "tulip"),
    ],
    ids=["all null", "one class", "class smaller than folds"],
)
def test_4_labels_that_cannot_be_measured(console, change, told):
    """Labels that allow no estimate make the stage unknown with its reason; the rest of the report is there."""
    console.drop_suite()
    write_table(console, make_flowers(300).with_columns(change))

    done = console("audit", "flowers")

    report = console.report()
    assert done.returncode == 4, done.stderr
    assert report["stages"]["labels"]["outcome"] == "unknown"
    assert told in report["stages"]["labels"]["reason"]
    assert report["verdict"]["action"] == "not_applicable"
    assert report["stages"]["profile"]["outcome"] == "passed"
    assert told in done.stderr


def test_4_model_no_better_than_guessing(console):
    """Labels that nothing in the table explains give no verdict, and say why."""
    console.drop_suite()
    frame = make_flowers(300)
    write_table(console, frame.with_columns(pl.col("kind").shuffle(seed=1)))
    assert console("audit", "flowers").returncode == 4
    assert console.report()["stages"]["value"]["outcome"] == "unknown"


def test_4_suite_that_names_an_absent_column(console):
    """A check of a column that is not there is unknown, named, and blocks the gate; the others are evaluated."""
    console.edit_definition("label: kind", "label: null")
    path = console.folder / "expectations" / "flowers.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    suite["expectations"].append({"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "petals"}})
    path.write_text(json.dumps(suite), encoding="utf-8")

    done = console("audit", "flowers")

    results = console.report()["expectations"]["results"]
    absent = next(result for result in results if result["column"] == "petals")
    assert done.returncode == 4
    assert absent["outcome"] == "unknown"
    assert "petal" in absent["reason"]
    assert sum(result["outcome"] == "unknown" for result in results) == 1
    # Named on the stage's line, on the first screen and in the summary, not only in the page.
    told = "no column 'petals' (nearest 'petal')"
    assert next(line for line in done.stderr.splitlines() if line.startswith("check")).endswith(told)
    assert told in " ".join(done.stdout.split())
    assert told in (console.folder / "reports" / "flowers" / "summary.md").read_text(encoding="utf-8")
    assert console("gate", "flowers").returncode == 4


def test_4_empty_suite_and_stale_reports(console):
    """An empty suite, a report of another rev and one that is too old are all inconclusive; --exit-zero is for DVC."""
    console.edit_definition("label: kind", "label: null")
    path = console.folder / "expectations" / "flowers.json"
    path.write_text('{"name": "flowers", "expectations": [], "meta": {}}', encoding="utf-8")
    done = console("audit", "flowers")
    assert done.returncode == 4
    assert "the suite holds no expectation" in done.stderr
    assert console("audit", "flowers", "--exit-zero").returncode == 0
    assert console("gate", "flowers").returncode == 4
    assert_one_line(console("gate", "flowers", "--rev", "v1"), 4, "v1")
    assert_one_line(console("gate", "flowers", "--max-age", "0s"), 4, "old")


def test_4_a_name_that_has_moved_on(console):
    """What HEAD was when the audit ran is not what it is after another commit; the old commit still passes."""
    console.edit_definition("label: kind", "label: null")
    assert console("audit", "flowers", "--rev", "HEAD").returncode == 0
    assert console("gate", "flowers", "--rev", "HEAD").returncode == 0
    old = console.report()["dataset"]["commit"]
    git(console.folder, "commit", "--allow-empty", "-m", "later")

    assert_one_line(console("gate", "flowers", "--rev", "HEAD"), 4, f"of rev HEAD ({old[:10]}), not HEAD (")
    assert console("gate", "flowers", "--rev", old).returncode == 0


def test_gate_uses_the_rules_of_today_and_only_reports_of_its_dataset(console):
    """Rules that were changed after the audit count, and say so; a report of another dataset is refused."""
    console.edit_definition("label: kind", "label: null")
    assert console("audit", "flowers").returncode == 0
    path = "reports/flowers/report.json"
    console.edit_definition("critical: 0}}", "critical: 0}, verdict: {block: [not_applicable]}}")
    now, then = console("gate", "flowers"), console("gate", "--report", path)

    assert (now.returncode, then.returncode) == (1, 0)
    assert "have changed since the audit; these are today" in now.stderr
    assert then.stderr == ""
    shutil.copy(console.folder / "audits" / "flowers.yaml", console.folder / "audits" / "trees.yaml")
    assert_one_line(console("gate", "trees", "--report", path), 2, "report of 'flowers', not of 'trees'")


def test_4_gate_before_any_audit(console):
    """A dataset that was never audited is inconclusive, not passed."""
    assert_one_line(console("gate", "flowers"), 4, "datassay audit flowers")


def test_2_3_4_all(console):
    """`audit --all` exits with the code that says what to do: 3 where trying again may help one, else that of one."""
    console.drop_label()
    bad, absent = (console.folder / "audits" / name for name in ("bad.yaml", "absent.yaml"))
    bad.write_text("labl: x\n", encoding="utf-8")
    assert_one_line(console("audit", "--all"), 2, "1 of 2 datasets could not be audited: bad;", "index.html")

    absent.write_text("dataset: {path: data/none.parquet}\n", encoding="utf-8")
    assert_one_line(console("audit", "--all"), 3, "2 of 3 datasets could not be audited: absent, bad;")

    bad.unlink()
    absent.unlink()
    assert console("audit", "--all").returncode == 0
    suite = console.folder / "expectations" / "flowers.json"
    suite.write_text('{"name": "flowers", "expectations": [], "meta": {}}', encoding="utf-8")
    assert console("audit", "--all").returncode == 4
    assert console("audit", "--all", "--exit-zero").returncode == 0


def test_5_report_that_cannot_be_written(console):
    """Where the reports' folder cannot be written, the audit says so with 5 before it spends time on stages."""
    (console.folder / "reports").write_text("a file where the folder should be", encoding="utf-8")
    done = console("audit", "flowers")
    assert_one_line(done, 5, "reports", "move it away")
    assert "pull" not in done.stderr
    assert (console.folder / "reports").read_text(encoding="utf-8") == "a file where the folder should be"


def test_5_one_report_that_cannot_be_written(console):
    """Where only this dataset's folder cannot be written, the audit says so with 5 and leaves nothing behind."""
    console.drop_label()
    (console.folder / "reports").mkdir()
    (console.folder / "reports" / "flowers").write_text("a file", encoding="utf-8")
    assert_one_line(console("audit", "flowers"), 5, "reports/flowers", "move it away")
    assert [path.name for path in (console.folder / "reports").iterdir()] == ["flowers"]


def test_3_cache_that_cannot_be_written(console):
    """Where the cache cannot be written nothing can be measured; the line names the folder and what is wrong."""
    (console.folder / ".datassay").write_text("a file", encoding="utf-8")
    assert_one_line(console("audit", "flowers"), 3, ".datassay", "move it away")
    assert not (console.folder / "reports").exists()


@pytest.mark.parametrize(("how", "code", "told"), [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated")])
def test_130_143_a_signal_leaves_no_partial_report(console, how, code, told):
    """Ctrl-C or SIGTERM in the middle of an audit exits 130 or 143 with one line and leaves nothing half written."""
    console.drop_suite()
    commit_data(console.folder, make_flowers(20_000, n_wrong=900), "big")
    command = [script(), "audit", "flowers"]
    with subprocess.Popen(command, cwd=console.folder, env=console.env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("predict"):
                break
        time.sleep(0.5)
        process.send_signal(signal.Signals[how])
        rest = process.stderr.read()

    assert process.returncode == code, rest
    assert [line for line in rest.splitlines() if line.startswith("datassay: ")] == [
        f"datassay: {told}; nothing was left half written."
    ]
    assert "Traceback" not in rest
    assert not (console.folder / "reports" / "flowers").exists()
    assert not [path for path in console.folder.rglob("*") if path.name.startswith(".tmp")]
