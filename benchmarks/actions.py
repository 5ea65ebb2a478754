"""What other actions are told to gain, against really doing them: `python -m benchmarks.actions`.

Samples of the Adult table as published, with planted faults: a fifth of the cells of one telling and of one useless
column missing, a useless category in three spellings, one row in twenty copied, a tenth of the labels flipped. Really
doing an action is fitting once with and once without it, scored on the true labels of 10,000 fresh rows; cells are
restored in those rows too, as they are repaired in held-out rows. Fixed seeds. Cells that fail a check have a table of
their own (`benchmarks.failing`); `--failing` prints only that.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import resources
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks import failing

from datassay.datasets.snapshot import snapshot_frame
from datassay.labels.confident import estimate_labels
from datassay.labels.encoding import encode
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.labels.pred_probs import predict
from datassay.quality.profile import profile_columns
from datassay.spec import parse_spec
from datassay.value.actions.imputers import NAME as SPREAD
from datassay.value.actions.pollution import MISSING
from datassay.value.actions.repairs import CATEGORIES
from datassay.value.actions.rows import DEDUPLICATE, DROP_LABELS
from datassay.value.actions.stage import measure_actions

SEEDS = 6
ROWS, FRESH = 2_000, 10_000
SHARE, COPIED, FLIPPED = 0.2, 0.05, 0.1
METRICS = ("balanced_accuracy", "roc_auc")
TELLING, USELESS, SPELT = "education_num", "lottery", "ward"


def make_tables(seed: int) -> tuple[pl.DataFrame, pl.DataFrame, np.ndarray]:
    """Return the clean table and the dirty one (training rows first, then fresh ones), and which rows are flipped."""
    with resources.as_file(resources.files("datassay.scaffold") / "demo_data" / "adult.parquet") as path:
        clean = (
            pl.read_parquet(path).drop("row_id", "fnlwgt", "education").sample(ROWS + FRESH, seed=seed, shuffle=True)
        )
    rng = np.random.default_rng(seed)
    n = clean.height
    clean = clean.with_columns(
        pl.Series(USELESS, rng.normal(size=n)), pl.Series(SPELT, rng.choice(["north", "south", "east"], n))
    )
    gaps = [pl.when(pl.Series(rng.random(n) >= SHARE)).then(pl.col(name)).alias(name) for name in (TELLING, USELESS)]
    spelling = pl.Series(rng.integers(0, 3, n))
    spelt = (
        pl.when(spelling == 0).then(pl.col(SPELT).str.to_uppercase())
        .when(spelling == 1).then(pl.col(SPELT) + " ").otherwise(SPELT).alias(SPELT)
    )  # fmt: skip
    flipped = rng.random(n) < FLIPPED
    other = pl.when(pl.col("income") == ">50K").then(pl.lit("<=50K")).otherwise(pl.lit(">50K"))
    label = pl.when(pl.Series(flipped)).then(other).otherwise("income").alias("income")
    return clean, clean.with_columns(*gaps, spelt, label), flipped


def told(dirty: pl.DataFrame, metric: str, seed: int) -> dict:
    """Return what the stage says of the dirty table's training rows with copies, by action and column."""
    copies = np.random.default_rng(seed).choice(ROWS, round(COPIED * ROWS), replace=False)
    train = dirty.head(ROWS)
    table = pl.concat([train, train[np.sort(copies)]]).with_row_index("row_id")
    content = {"dataset": {"path": "x", "rev": None}, "label": "income", "id": "row_id", "metric": metric, "seed": seed}
    spec = parse_spec(content, "x", "benchmark")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        snapshot = snapshot_frame(table, name="x", cache_dir=cache)
        predictions = predict(snapshot, spec, cache_dir=cache)
        labels = estimate_labels(snapshot, predictions, spec, root=None, cache_dir=cache)
        profile = profile_columns(snapshot, show_values=[], label="income", id_column="row_id")
        found = measure_actions(snapshot, predictions, labels, spec, profile=profile, expectations=None)
        worklist = pl.read_parquet(labels.worklist_path)
    flagged = np.zeros(table.height, dtype=bool)
    flagged[worklist.filter("is_issue")["row"].to_numpy()] = True
    actions = {
        (each.name, "" if each.is_bound and each.n_fits else "".join(each.columns)): each for each in found.actions
    }
    return {"actions": actions, "copies": copies, "flagged": flagged}


def really(
    clean: pl.DataFrame, dirty: pl.DataFrame, said: dict, metric: str, seed: int
) -> dict[tuple[str, str], float]:
    """Return what each action really gains on the true labels of the fresh rows."""
    true = (clean["income"] == ">50K").to_numpy().astype(np.int64)
    given = (dirty["income"] == ">50K").to_numpy().astype(np.int64)
    learner = Learner("classification", 2, seed=seed)
    fresh, train = np.arange(ROWS, ROWS + FRESH), np.arange(ROWS)
    with_copies = np.concatenate([train, said["copies"][np.argsort(said["copies"])]])
    kept = with_copies[~said["flagged"]]

    def fit(frame: pl.DataFrame, rows: np.ndarray) -> float:
        features = Features(matrix=encode(frame.drop("income"), seed).matrix)
        return score(metric, true[fresh], learner.fit_predict(features, given, rows, fresh))

    with fitting():
        now = fit(dirty, with_copies)
        gains = {(MISSING, name): fit(dirty.with_columns(clean[name]), with_copies) for name in (TELLING, USELESS)}
        gains[CATEGORIES, SPELT] = fit(dirty.with_columns(clean[SPELT]), with_copies)
        gains[SPREAD, ""] = fit(dirty.with_columns(clean[TELLING], clean[USELESS]), with_copies)
        gains[DROP_LABELS, ""] = fit(dirty, kept)
        gains[DEDUPLICATE, ""] = fit(dirty, train)
    return {key: gain - now for key, gain in gains.items()}


def summarise(pairs: list) -> str:
    """Return the cells of one action; a bound is held where the real gain is not above it, and has no error."""
    gains = np.array([gain for gain, _ in pairs]) * 100
    told = np.array([each.gain.high if each.is_bound else each.gain.estimate for _, each in pairs]) * 100
    is_bound = np.array([each.is_bound for _, each in pairs])
    held = sum((each.is_bound or each.gain.low <= gain) and gain <= each.gain.high for gain, each in pairs)
    words = [each.outcome for _, each in pairs]
    outcomes = " / ".join(str(words.count(word)) for word in ("helps", "does nothing measurable", "harms", "at most"))
    error = f"{np.abs(told - gains)[~is_bound].mean():.2f}" if not is_bound.all() else "-"
    most = "at most " if is_bound.all() else ""
    return f"{gains.mean():+.2f} | {most}{told.mean():+.2f} | {error} | {held} of {len(pairs)} | {outcomes}"


def main() -> None:
    """Print the tables."""
    print("# Other actions: told and really done\n")
    if "--failing" not in sys.argv:
        _print_actions()
    _print_failing()
    engines = ", ".join(f"{name} {version(name)}" for name in ("datassay", "lightgbm", "scikit-learn", "skrub"))
    print(f"\nIntervals hold 80 %. Versions: {engines}.")


def _print_failing() -> None:
    print("\n## Correct the values that fail a check\n")
    print(
        f"Made by `python -m benchmarks.actions --failing`: {failing.SEEDS} samples of {failing.ROWS:,} rows of each "
        f"table, {failing.SHARE * 100:.0f} % of a column's cells wrong, gains in points. Drawn from other rows is how "
        "it was told before, and is where failing cells cannot be found. Nothing was chosen by the last three kinds of "
        "wrong cells.\n"
    )
    for line in failing.rows():
        print(line, flush=True)


def _print_actions() -> None:
    print(f"Made by `python -m benchmarks.actions`: {SEEDS} samples of {ROWS:,} rows of Adult, gains in points.\n")
    columns = ("metric", "action", "really, mean", "told, mean", "mean error", "interval holds it")
    print(f"| {' | '.join(columns)} | helps / nothing / harms / at most |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for metric in METRICS:
        pairs: dict[tuple[str, str], list] = {}
        for seed in range(SEEDS):
            clean, dirty, _ = make_tables(seed)
            said = told(dirty, metric, seed)
            for key, gain in really(clean, dirty, said, metric, seed).items():
                action = said["actions"].get(key)
                if action is not None and action.gain is not None:
                    pairs.setdefault(key, []).append((gain, action))
        for (name, column), each in pairs.items():
            print(f"| {metric} | {name}{f' ({column})' if column else ''} | {summarise(each)} |", flush=True)


if __name__ == "__main__":
    main()
