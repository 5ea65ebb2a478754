"""Planted wrong labels: what is planted, what is found of it, and that the data stays as it was."""

import json
import os
import subprocess
from importlib.resources import as_file, files

import numpy as np
import polars as pl
import pytest
from e2e_support import script
from labels_support import make_spec, planted

from datassay.datasets.snapshot import scan, snapshot_frame
from datassay.errors import DataError, UsageError
from datassay.labels.target import Target, read_target
from datassay.planting import KINDS, plant, write_planted
from datassay.selftesting import run_selftest

N, K = 600, 3


@pytest.fixture
def snap(tmp_path):
    return lambda frame: snapshot_frame(frame, name="table", cache_dir=tmp_path / "cache")


@pytest.fixture
def target():
    """Three classes of unequal size."""
    y = np.repeat([0, 1, 2], [300, 200, 100])
    return Target("classification", np.arange(N), y, ["a", "b", "c"], 0)


@pytest.fixture
def pred(target):
    """A model that is sure of the first rows of each class and unsure of the last; of ten rows it is surely wrong."""
    margin = np.concatenate([np.linspace(0.9, 0.01, size) for size in (300, 200, 100)])
    out = np.full((N, K), 0.0)
    out[np.arange(N), target.y] = 0.5 + margin / 2
    out[np.arange(N), (target.y + 1) % K] = 0.5 - margin / 2
    out[:10] = out[:10][:, [1, 0, 2]]
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_every_planted_label_is_another_class(kind, target, pred):
    """As many labels as asked for are planted, all of them wrong, and the same seed plants the same."""
    found = plant(kind, target, 0.1, np.random.default_rng(0), pred=pred)

    assert len(found.rows) == 60
    assert len(set(found.rows.tolist())) == 60
    assert (target.y[found.rows] != target.y[found.sources]).all()
    again = plant(kind, target, 0.1, np.random.default_rng(0), pred=pred)
    assert (found.rows == again.rows).all()
    assert (found.sources == again.sources).all()


def test_even_errors_hit_classes_in_their_shares(target):
    """Flips by chance leave no class out and go to every other class."""
    found = plant("even", target, 0.3, np.random.default_rng(0))
    shares = np.bincount(target.y[found.rows], minlength=K) / len(found.rows)
    assert np.abs(shares - [0.5, 0.33, 0.17]).max() < 0.1
    pairs = set(zip(target.y[found.rows].tolist(), target.y[found.sources].tolist(), strict=True))
    assert len(pairs) == K * (K - 1)


def test_errors_by_class_always_go_the_same_way(target):
    """Each class that errs becomes one other class, and at least one class does not err."""
    found = plant("by-class", target, 0.1, np.random.default_rng(0))
    pairs = set(zip(target.y[found.rows].tolist(), target.y[found.sources].tolist(), strict=True))
    assert len({given for given, _ in pairs}) == len(pairs) < K


def test_errors_near_the_boundary_are_where_the_model_is_unsure(target, pred):
    """Flipped rows have smaller margins than others, get the second choice, and are none that look wrong already."""
    found = plant("near-boundary", target, 0.1, np.random.default_rng(0), pred=pred)
    ordered = np.sort(pred, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    assert np.median(margin[found.rows]) < 0.5 * np.median(margin)
    assert (target.y[found.sources] == (target.y[found.rows] + 1) % K).all()
    assert found.rows.min() >= 10


def test_rare_classes_keep_their_rows():
    """A class of ten rows loses none to a planting; a table of such classes only cannot be planted."""
    y = np.repeat([0, 1], [300, 10])
    rare = Target("classification", np.arange(310), y, ["a", "b"], 0)
    found = plant("even", rare, 0.3, np.random.default_rng(0))
    assert (y[found.rows] == 0).all()
    tiny = Target("classification", np.arange(20), np.repeat([0, 1], 10), ["a", "b"], 0)
    with pytest.raises(DataError, match="at most 10 rows"):
        plant("even", tiny, 0.1, np.random.default_rng(0))


def test_numbers_swap_among_themselves():
    """For regression the planted rows exchange their numbers, so that the label's distribution stays."""
    y = np.random.default_rng(1).normal(size=200)
    found = plant("even", Target("regression", np.arange(200), y, [], 0), 0.1, np.random.default_rng(0))
    assert len(found.rows) == 20
    assert sorted(y[found.rows]) == sorted(y[found.sources])
    assert (y[found.rows] != y[found.sources]).all()


def test_only_labels_of_planted_rows_differ_in_the_copy(snap, tmp_path):
    """The copy differs from the table in the planted labels and in nothing else; rows without a label keep none."""
    frame = planted("cancer", "even", 0.0, n=200).frame.with_row_index("row")
    frame = frame.with_columns(pl.when(pl.col("row") < 5).then(None).otherwise(pl.col("label")).alias("label"))
    snapshot, spec = snap(frame), make_spec(label="label", id="row")
    target = read_target(snapshot, spec)
    found = plant("even", target, 0.1, np.random.default_rng(0))

    copy = scan(write_planted(snapshot, "label", target, found, tmp_path / "copy")).collect()

    differs = (copy["label"].ne_missing(frame["label"])).to_numpy()
    assert np.flatnonzero(differs).tolist() == target.rows[found.rows].tolist()
    assert copy.drop("label").equals(frame.drop("label"))
    assert scan(snapshot).collect().equals(frame)


def test_planted_labels_are_found_where_the_model_is_good(snap, tmp_path):
    """On clean digits most evenly planted labels are at the top, far above chance, and the rate's interval covers."""
    snapshot = snap(planted("digits", "even", 0.0, n=600).frame)
    cache = tmp_path / "work"

    found = run_selftest(snapshot, make_spec(label="label"), rate=0.1, kinds=("even",), cache_dir=cache)

    (trial,) = found.trials
    assert trial.n_planted == 60
    top = trial.depths[0]
    assert (top.name, top.k) == ("planted", 60)
    assert top.found_fraction > 5 * top.chance_fraction
    assert top.seen_precision == pytest.approx(top.found_fraction)
    assert trial.expected_rate == pytest.approx(found.noise_rate.estimate + 0.1)
    assert trial.is_covered
    assert trial.noise_rate.estimate > found.noise_rate.estimate
    hour = trial.depths[1]
    assert hour.told_precision is not None
    assert hour.found_fraction <= hour.best_fraction
    assert any("like none of these" in text for text in found.limits)
    # The copies are gone.
    assert list(cache.iterdir()) == []


def test_reviews_are_not_used_and_that_is_said(snap, tmp_path):
    """A trusted column is neither a feature nor a help: it would name every planted label."""
    table = planted("cancer", "even", 0.0, n=300)
    snapshot = snap(table.frame.with_columns(truth=pl.Series(table.true)))
    spec = make_spec(label="label", trusted={"column": "truth"})
    plain = snap(table.frame)

    found = run_selftest(snapshot, spec, rate=0.1, kinds=("by-class",), cache_dir=tmp_path / "work")
    without = run_selftest(plain, make_spec(label="label"), rate=0.1, kinds=("by-class",), cache_dir=tmp_path / "work")

    assert found.trials == without.trials
    assert any("Reviews are left out" in note for note in found.notes)


def test_a_label_that_is_made_of_votes_is_planted_too(snap, tmp_path):
    """The majority becomes the label of the copies; who voted is no feature, and that votes are left out is said."""
    table = planted("cancer", "even", 0.0, n=300)
    rng = np.random.default_rng(0)
    other = np.where(table.true == "class 0", "class 1", "class 0")
    votes = [pl.Series(who, np.where(rng.random(300) < 0.05, other, table.true)) for who in ("ann", "bob", "cid")]
    frame = table.frame.drop("label").with_columns(votes)
    spec = make_spec(label="label", annotators={"columns": ["ann", "bob", "cid"]})

    found = run_selftest(snap(frame), spec, rate=0.1, kinds=("even",), cache_dir=tmp_path / "work")

    (trial,) = found.trials
    assert trial.problem is None
    assert trial.n_planted == 30
    assert trial.depths[0].found_fraction > 3 * trial.depths[0].chance_fraction
    assert any("Votes and reviews are left out" in note and "majority is the label" in note for note in found.notes)
    assert not any("random" in note for note in found.notes)


def test_regression_swaps_and_says_so(snap, tmp_path):
    """Numbers have one kind of planting; its errors are found better than by chance; other kinds are refused."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    frame = pl.DataFrame(X, schema=[f"x{j}" for j in range(X.shape[1])]).with_columns(y=pl.Series(y))
    spec = make_spec(label="y", task="regression")

    found = run_selftest(snap(frame), spec, rate=0.1, cache_dir=tmp_path / "work")

    (trial,) = found.trials
    assert trial.kind == "swapped"
    assert trial.depths[2].found_fraction > trial.depths[2].chance_fraction
    assert any("swap their numbers" in note for note in found.notes)
    with pytest.raises(UsageError, match="needs classes"):
        run_selftest(snap(frame), spec, rate=0.1, kinds=("by-class",), cache_dir=tmp_path / "work")


@pytest.mark.parametrize("rate", [0.0, -0.1, 0.5, float("nan")])
def test_a_rate_that_makes_no_sense_is_refused(snap, tmp_path, rate):
    """Nothing, or half of all labels, is no test of a detector of few wrong ones."""
    snapshot = snap(planted("cancer", "even", 0.0, n=100).frame)
    with pytest.raises(UsageError, match="cannot be planted"):
        run_selftest(snapshot, make_spec(label="label"), rate=rate, cache_dir=tmp_path / "work")


def test_a_large_table_is_tested_on_a_part_of_it(snap, tmp_path):
    """Above max_rows a random part is planted and judged, all of it, and a note says so."""
    snapshot = snap(planted("cancer", "even", 0.0, n=500).frame)

    found = run_selftest(
        snapshot, make_spec(label="label", max_rows=200), rate=0.1, kinds=("near-boundary",), cache_dir=tmp_path / "w"
    )

    assert (found.n_rows, found.n_judged, found.trials[0].n_planted) == (500, 200, 20)
    assert any("random 200 of 500" in note for note in found.notes)


@pytest.mark.slow
def test_the_command_tells_every_kind_and_its_limits(tmp_path):
    """`datassay selftest` on the packaged Adult table shows all kinds, and writes nothing into the project."""
    with as_file(files("datassay.scaffold") / "demo_data" / "adult.parquet") as path:
        table = pl.read_parquet(path).head(900)
    root = tmp_path / "project"
    for folder in ("data", "audits"):
        (root / folder).mkdir(parents=True)
    table.write_parquet(root / "data" / "adult.parquet")
    (root / "datassay.toml").touch()
    (root / "audits" / "adult.yaml").write_text(
        "dataset: {path: data/adult.parquet, rev: null}\nlabel: income\nid: row_id\n", encoding="utf-8"
    )
    before = (root / "data" / "adult.parquet").read_bytes()

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "COLUMNS": "100", "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [script(), "selftest", "adult", *args],
            cwd=root, env=env, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    done = run()

    assert done.returncode == 0, done.stderr
    assert all(f"{kind}: 45 planted" in done.stdout for kind in KINDS)
    assert "What this does not show" in done.stdout
    assert "near-boundary, repeat 1" in done.stderr
    assert (root / "data" / "adult.parquet").read_bytes() == before
    assert not (root / "reports").exists()
    assert not list((root / ".datassay").glob("selftest-*"))

    found = json.loads(run("--json", "--kind", "even", "--rate", "0.1", "--repeats", "2").stdout)
    assert [(trial["kind"], trial["n_planted"]) for trial in found["trials"]] == [("even", 90)] * 2
    assert found["trials"][0]["depths"] != found["trials"][1]["depths"]
    assert run("--rate", "0.9").returncode == 2
