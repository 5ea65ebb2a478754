"""How well planted label noise is found: `python -m benchmarks.label_noise` (from the repository, inside its venv).

Three public tables, and a made one of so many narrow classes that no model foresees half of its labels, each as it is
and with 8 % wrong labels: anywhere, in unequal classes, and, where there are two, in one class only, which is the
hardest case; fixed seeds. Labels as published count as right, so whatever is wrong in them already counts against the
estimates.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from importlib import resources
from importlib.metadata import version

import numpy as np
import polars as pl

import datassay

ADULT_ROWS = 10_000
N_BANDS, BANDED_ROWS = 77, 3_000
NOISE_RATE = 0.08
#: How much oftener a label of every second class is wrong where noise depends on the class.
UNEVEN = 3.0
SEED = 0
ENGINES = ("datassay", "cleanlab", "lightgbm", "scikit-learn", "skrub", "polars")
NONE, EVEN, BY_CLASS, ONE_CLASS = "none", "8 %, even", "8 %, by class", "8 %, one class"


def load_tables() -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield names and tables: a row_id, features and a label."""
    from sklearn.datasets import load_breast_cancer, load_digits

    with resources.as_file(resources.files("datassay.scaffold") / "demo_data" / "adult.parquet") as path:
        adult = pl.read_parquet(path).drop("row_id").rename({"income": "label"})
    kept = np.sort(np.random.default_rng(SEED).choice(adult.height, ADULT_ROWS, replace=False))
    yield f"Adult, {ADULT_ROWS:,} rows", adult[kept].with_row_index("row_id")
    for name, load in (("digits", load_digits), ("breast cancer", load_breast_cancer)):
        content = load()
        features = pl.DataFrame(content.data, schema=[f"x{i}" for i in range(content.data.shape[1])])
        label = pl.Series("label", content.target_names[content.target].astype(str))
        yield f"{name}, {features.height:,} rows", features.with_columns(label).with_row_index("row_id")
    yield f"{N_BANDS} bands, {BANDED_ROWS:,} rows", make_bands().with_row_index("row_id")


def make_bands() -> pl.DataFrame:
    """Return a table whose label is the band that a sum of two of its numbers lies in."""
    X = np.random.default_rng(SEED + 2).standard_normal((BANDED_ROWS, 8))
    total = X[:, 0] + X[:, 1]
    band = np.digitize(total, np.quantile(total, np.arange(1, N_BANDS) / N_BANDS))
    return pl.DataFrame(X, schema=[f"x{i}" for i in range(8)]).with_columns(label=pl.Series(band).cast(pl.String))


def plant(labels: pl.Series, noise: str) -> pl.Series:
    """Return the labels with exactly 8 % of them changed.

    Even: any row, into any other class. By class: three times as often in every second class, always into the next.
    One class: only labels of the second class, always into the next.
    """
    names = labels.unique().sort().to_list()
    codes = labels.replace_strict(names, list(range(len(names))), return_dtype=pl.Int64).to_numpy()
    if noise == NONE:
        return labels
    rng = np.random.default_rng(SEED + 1)
    often = {EVEN: (1.0, 1.0), BY_CLASS: (1.0, UNEVEN), ONE_CLASS: (0.0, 1.0)}[noise]
    chance = np.where(codes % 2 == 1, often[1], often[0])
    wrong = rng.choice(len(codes), round(NOISE_RATE * len(codes)), replace=False, p=chance / chance.sum())
    step = rng.integers(1, len(names), size=len(wrong)) if noise == EVEN else 1
    codes = codes.copy()
    codes[wrong] = (codes[wrong] + step) % len(names)
    return pl.Series(labels.name, [names[code] for code in codes])


def measure(table: pl.DataFrame, noise: str) -> list[str]:
    """Audit the table with planted noise and return the cells of its line."""
    given = table.with_columns(plant(table["label"], noise))
    wrong = given["row_id"].filter(given["label"] != table["label"]).implode()
    started = time.perf_counter()
    result = datassay.audit(given, label="label", id="row_id", task="classification")
    seconds = time.perf_counter() - started
    found = result.label_noise
    if found is None:
        raise SystemExit(f"The labels were not measured: {result.report.stages['labels'].reason}")
    rate = found.noise_rate
    worst = table.height // 20
    told = next(point.precision for point in found.detector_precision if point.k == worst)
    listed = result.labels.sort("rank").head(worst)
    hits = listed.select(pl.col("id").is_in(wrong).mean()).item()
    return [
        noise,
        f"{found.n_issues / table.height:.1%}",
        f"{rate.estimate:.1%} [{rate.low:.1%}, {rate.high:.1%}]",
        f"{worst}",
        f"{told.estimate:.0%} [{told.low:.0%}, {told.high:.0%}]",
        "-" if noise == NONE else f"{hits:.0%}",
        f"{seconds:.0f}",
    ]


def main() -> None:
    """Print the table."""
    engines = ", ".join(f"{name} {version(name)}" for name in ENGINES)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; {engines}.")
    print("Intervals hold 80 %. Seconds are those of the whole audit, value of labels and rows included.\n")
    columns = (
        "table",
        "noise planted",
        "cleanlab counts",
        "rate told",
        "worst 5 %",
        "wrong among them, told",
        "really planted",
        "s",
    )
    print(f"| {' | '.join(columns)} |\n|---|---|---:|---|---:|---|---:|---:|", flush=True)
    tables = list(load_tables())
    # The first audit of a process imports the engines; that is what benchmarks.startup measures.
    measure(tables[-1][1], NONE)
    for name, table in tables:
        more = (ONE_CLASS,) if table["label"].n_unique() == 2 else ()
        for noise in (NONE, EVEN, BY_CLASS, *more):
            print(f"| {' | '.join([name, *measure(table, noise)])} |", flush=True)


if __name__ == "__main__":
    main()
