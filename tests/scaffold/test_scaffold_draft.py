"""`datassay init --from` proposes a definition and a suite that the audit can read."""

import json

import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from datassay.errors import DataError, UsageError
from datassay.project import find_project
from datassay.scaffold.draft import draft_definition
from datassay.scaffold.guess import Guess, guess_definition
from datassay.scaffold.init import init_project
from datassay.scaffold.proposal import MARK, check_definition, quote, write_definition
from datassay.scaffold.repository import git
from datassay.spec import read_spec

HOSTILE = [
    "yes", "null", "~", "a: b", "# x", "it's", 'say "x"', "line\nbreak", "tab\there", "  lead", "trail ", "{x}", "[y]",
    "- z", "%TAG", "@at", "`b`", "日本", "next\x85line", "sep\u2028arator", "a,b", "1", "1.5",
    "!!python/object:os.system", "*alias", "&anchor", "...", "---", "\\", "\x07", "x" * 300, "🦆",
    "<script>", "=1+1", "key", "${HOME}", "",
]  # fmt: skip


@pytest.fixture
def project(dvc_repo):
    """A fresh project."""
    init_project(dvc_repo)
    (dvc_repo / "data").mkdir()
    return find_project(dvc_repo)


def people(n=400):
    """A small table with a rare class, an id, a constant, a twin of the label, a split, a vector and a time."""
    rng = np.random.default_rng(0)
    age = rng.integers(17, 90, n)
    label = np.where(age > 75, "old", "young")
    return pl.DataFrame(
        {
            "row_id": np.arange(n),
            "age": age,
            "city": rng.choice(["Oslo", "Rome", "Bonn"], n),
            "country": ["X"] * n,
            "label_code": (label == "old").astype(int),
            "split": rng.choice(["train", "test"], n),
            "vector": pl.Series(rng.normal(size=(n, 3)).tolist(), dtype=pl.Array(pl.Float64, 3)),
            "seen_at": pl.Series(rng.integers(1, 10**6, n) * 10**6).cast(pl.Datetime("us")),
            "label": label,
        }
    )


def test_proposes_what_a_person_would(project):
    """Id, task, metric, columns that are no features, vectors and a comment on time are proposed."""
    people().write_parquet(project.root / "data" / "people.parquet")
    drafted = draft_definition(project, project.root / "data" / "people.parquet", "label")
    text = drafted.definition.read_text(encoding="utf-8")
    spec = read_spec(drafted.definition)
    assert text.splitlines()[0] == MARK
    assert (drafted.name, spec.name, spec.label, spec.id) == ("people", "people", "label", "row_id")
    assert (spec.task, spec.metric) == ("classification", "balanced_accuracy")
    assert spec.features.exclude == ["country", "label_code", "split"]
    assert spec.features.embeddings == ["vector"]
    assert "# time: seen_at" in text
    assert spec.features.time is None
    assert spec.suite == "expectations/people.json"
    suite = json.loads(drafted.suite.read_text(encoding="utf-8"))
    assert suite["meta"]["proposed"] is True
    assert suite["expectations"]
    assert drafted.written.created == [drafted.definition, drafted.suite]


def test_costs_stay_assumed(project):
    """Costs that nobody gave are not written as if somebody had: the report goes on calling them assumed."""
    people().write_parquet(project.root / "data" / "people.parquet")
    spec = read_spec(draft_definition(project, project.root / "data" / "people.parquet", "label").definition)
    assert len(spec.assumed) == 12


@pytest.mark.parametrize(
    ("values", "task", "metric"),
    [
        (["a", "b"] * 100, "classification", "accuracy"),
        (["a"] * 190 + ["b"] * 10, "classification", "balanced_accuracy"),
        ([0, 1, 2, 3] * 50, "classification", "accuracy"),
        ([1.0, 2.0] * 100, "classification", "accuracy"),
        ([True, False] * 100, "classification", "accuracy"),
        (list(range(200)), "regression", "r2"),
        (np.random.default_rng(0).normal(size=200).tolist(), "regression", "r2"),
    ],
)
def test_task_and_metric(values, task, metric):
    """The label decides the task as the audit would, and rare classes ask for balanced accuracy."""
    guess = guess_definition(pl.LazyFrame({"x": range(200), "y": values}), "y", where="t")
    assert (guess.task, guess.metric) == (task, metric)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"id": [1, 2, 3], "row_id": [4, 5, 6]}, "id"),
        ({"customer_id": ["a", "b", "c"], "x": [1, 2, 3]}, "customer_id"),
        ({"customer_id": ["a", "b", "b"]}, None),
        ({"id": [1, None, 3]}, None),
        ({"amount": [1, 2, 3]}, None),
        ({"paid": [1, 2, 3]}, None),
        ({"id": [1.5, 2.5, 3.5]}, None),
        ({"Madrid": [1, 2, 3], "PassengerId": [4, 5, 6]}, "PassengerId"),
        ({"userID": ["a", "b", "c"]}, "userID"),
    ],
)
def test_id(columns, expected):
    """A column names rows if it is called so, is whole numbers or text, and is unique without gaps."""
    assert guess_definition(pl.LazyFrame(columns), None, where="t").id == expected


def test_no_label(project):
    """Without a label there is no task, and a note says what the audit will not do."""
    people().write_parquet(project.root / "data" / "people.parquet")
    drafted = draft_definition(project, project.root / "data" / "people.parquet", None)
    spec = read_spec(drafted.definition)
    assert (spec.label, spec.task, spec.metric) == (None, "none", None)
    assert any("no verdict" in note for note in drafted.notes)


def test_missing_label_names_the_nearest(project):
    """A label that is no column is refused with the nearest name, and nothing is written."""
    people().write_parquet(project.root / "data" / "people.parquet")
    with pytest.raises(UsageError, match=r"has no column 'lable'. Did you mean 'label'\?"):
        draft_definition(project, project.root / "data" / "people.parquet", "lable")
    assert project.names() == []
    assert list(project.expectations.glob("*.json")) == []


def test_definition_is_never_overwritten(project):
    """A definition that is there stays; the error says what to do."""
    people().write_parquet(project.root / "data" / "people.parquet")
    mine = project.audits / "people.yaml"
    mine.write_text("dataset: {path: x}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"is there already\. Move it away"):
        draft_definition(project, project.root / "data" / "people.parquet", "label")
    assert mine.read_text(encoding="utf-8") == "dataset: {path: x}\n"


def test_suite_that_is_there_is_kept(project):
    """A suite of the user is not replaced by a proposal."""
    people().write_parquet(project.root / "data" / "people.parquet")
    mine = project.expectations / "people.json"
    mine.write_text("{}", encoding="utf-8")
    drafted = draft_definition(project, project.root / "data" / "people.parquet", "label")
    assert drafted.written.kept == [mine]
    assert mine.read_text(encoding="utf-8") == "{}"


def test_an_id_whose_values_repeat_is_told(project):
    """It names no row, and who made the table may not know."""
    table = people().with_columns(row_id=pl.when(pl.col("row_id") < 3).then(7).otherwise("row_id"))
    table.write_parquet(project.root / "data" / "people.parquet")

    drafted = draft_definition(project, project.root / "data" / "people.parquet", "label")

    assert "id: none found; 'row_id' repeats or lacks values; rows are named by their number." in drafted.notes
    assert "row_id" in guess_definition(table.lazy(), "label", where="x").excluded
    assert guess_definition(people().drop("row_id").lazy(), "label", where="x").broken_id is None


def test_outside_of_the_project(project, tmp_path):
    """A table outside of the project has no path that a definition could give."""
    people().write_parquet(tmp_path / "people.parquet")
    with pytest.raises(UsageError, match="lies outside of the project"):
        draft_definition(project, tmp_path / "people.parquet", "label")


def test_a_table_that_is_not_there(project):
    """A name of no file is a wrong call, told with the nearest name."""
    people().write_parquet(project.root / "data" / "people.parquet")
    with pytest.raises(UsageError, match=r"poeple\.parquet: no such file or folder\. Did you mean 'people\.parquet'\?"):
        draft_definition(project, project.root / "data" / "poeple.parquet", "label")


def test_only_a_pointer(project):
    """Where only the DVC pointer is here, the error says how to get the data."""
    (project.root / "data" / "people.parquet.dvc").write_text("outs: []\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"only its DVC pointer\. Run 'dvc pull"):
        draft_definition(project, project.root / "data" / "people.parquet", "label")


def test_corrupt_table_is_one_line(project):
    """A file that is no Parquet is told in one line, and nothing is written."""
    path = project.root / "data" / "people.parquet"
    path.write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(DataError) as caught:
        draft_definition(project, path, "label")
    assert "\n" not in str(caught.value)
    assert project.names() == []


@pytest.mark.parametrize("tracked", ["not", "file", "pointer", "folder", "stage"])
def test_rev_follows_what_is_committed(project, tracked):
    """What Git's HEAD holds, as file, pointer, tracked folder or stage, is audited there; all else in the workspace."""
    root = project.root
    people().write_parquet(root / "data" / "people.parquet")
    committed = {
        "file": {"data/people.parquet": None},
        "pointer": {"data/people.parquet.dvc": "outs: []\n"},
        "folder": {"data.dvc": "outs: []\n"},
        "stage": {"dvc.lock": "schema: '2.0'\nstages:\n  make:\n    outs:\n    - path: data/people.parquet\n"},
        "not": {},
    }[tracked]
    for name, text in committed.items():
        if text is not None:
            (root / name).write_text(text, encoding="utf-8")
        git(root, "add", "--force", name)
    git(root, "commit", "--quiet", "--allow-empty", "--message=x")
    drafted = draft_definition(project, root / "data" / "people.parquet", "label")
    assert read_spec(drafted.definition).dataset.rev == (None if tracked == "not" else "HEAD")
    assert any("rev: null" in note for note in drafted.notes) == (tracked == "not")


def test_sources_that_are_there_are_proposed(project):
    """Folders with SQL or Python become usage sources; nothing is invented."""
    people().write_parquet(project.root / "data" / "people.parquet")
    for name in ("queries/deep/a.sql", "training/t.py", "src/readme.txt"):
        path = project.root / name
        path.parent.mkdir(parents=True)
        path.write_text("", encoding="utf-8")
    spec = read_spec(draft_definition(project, project.root / "data" / "people.parquet", "label").definition)
    assert [source.model_dump(exclude_none=True) for source in spec.usage.sources] == [
        {"sql": "queries/**/*.sql"},
        {"python": "training/**/*.py"},
    ]


def test_hostile_names_round_trip(project):
    """Column names that YAML could misread come back as they are, in every place of a definition."""
    rng = np.random.default_rng(0)
    table = {name: [1] * 100 for name in HOSTILE}
    table["label: {x}\n# y"] = rng.choice(["a", "b"], 100).tolist()
    table['my "row"\n_id'] = list(range(100))
    path = project.root / "data" / "we ird: na#me {1}.parquet"
    pl.DataFrame(table).write_parquet(path)
    drafted = draft_definition(project, path, "label: {x}\n# y")
    spec = read_spec(drafted.definition)
    assert drafted.name == "we_ird_na_me_1"
    assert spec.dataset.path == "data/we ird: na#me {1}.parquet"
    assert spec.label == "label: {x}\n# y"
    assert spec.id == 'my "row"\n_id'
    assert spec.features.exclude == HOSTILE
    assert json.loads(drafted.suite.read_text(encoding="utf-8"))["expectations"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=3, max_size=6, unique=True))
def test_any_name_round_trips(tmp_path_factory, names):
    """Whatever a column is called, the definition reads it back, and comments cannot be escaped from."""
    guess = Guess(
        "classification", "accuracy", names[0], None, dict.fromkeys(names[2:], "constant"), names[1:2], names[0]
    )
    text = write_definition("data/x.parquet", guess, rev=None, label=names[1], suite="expectations/x.json", sources=[])
    check_definition(text, tmp_path_factory.getbasetemp() / "x.yaml", guess, names[1])
    assert set(yaml.safe_load(text)) == {
        "dataset", "label", "task", "id", "features", "metric", "suite", "usage", "gate", "seed",
    }  # fmt: skip


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quote_is_one_line(text):
    """A quoted name is a scalar on one line that reads back as the name."""
    assert len(quote(text).splitlines()) == 1
    assert yaml.safe_load(quote(text)) == text
    assert yaml.safe_load(f"[{quote(text)}]  # why") == [text]


def test_csv_and_folder(project):
    """A csv file and a folder of Parquet files can be drafted from too."""
    people().drop("vector").write_csv(project.root / "data" / "people.csv")
    folder = project.root / "data" / "parts"
    folder.mkdir()
    people().head(200).write_parquet(folder / "a.parquet")
    people().tail(200).write_parquet(folder / "b.parquet")
    assert read_spec(draft_definition(project, project.root / "data" / "people.csv", "label").definition).id == "row_id"
    assert read_spec(draft_definition(project, folder, "label").definition).dataset.path == "data/parts"
