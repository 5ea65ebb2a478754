"""Any table to one float32 matrix, once and without labels, shared by all fits."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.content import temporary
from datassay.datasets.reading import writing
from datassay.errors import DataError, EngineError
from datassay.labels.factory import describe

#: Text columns with fewer distinct values become ordinal codes (boosted trees split them well), others text vectors.
#: skrub's default is 40; 64 keeps such things as countries and states as codes, which is faster and loses little.
CARDINALITY_THRESHOLD = 64
#: Length of a text vector, skrub's default.
TEXT_COMPONENTS = 30


@dataclass(frozen=True)
class Encoded:
    """A matrix and where its columns come from."""

    #: (n, d) float32, NaN where a value is missing.
    matrix: NDArray[np.float32]
    #: For each column of the matrix, the column of the table.
    sources: list[str]


def encode(frame: pl.DataFrame, seed: int) -> Encoded:
    """Turn a table of numbers, booleans, dates and text (see `features.read_features`) into a matrix.

    skrub's TableVectorizer: text with few values becomes ordinal codes, other text TF-IDF of character n-grams reduced
    to 30 components, dates their parts, numbers stay as they are. All rows take part, labels do not, so that nothing of
    a label leaks from one fold to another. Raises DataError where no column is left, EngineError where skrub fails.
    """
    # Numbers need no encoder, and a thousand of them make skrub's column-wise work slow.
    plain = [name for name, dtype in frame.schema.items() if dtype.is_numeric() or dtype == pl.Boolean]
    rest = frame.drop(plain)
    block, origins = _vectorize(rest, seed) if rest.width else (np.empty((frame.height, 0), dtype=np.float32), [])
    sources = [*plain, *origins]
    if not sources:
        raise DataError("No column holds anything that a model could learn from.")
    # Column by column into one matrix: stacked blocks would take the table's memory several times.
    matrix = np.empty((frame.height, len(sources)), dtype=np.float32)
    for j, name in enumerate(plain):
        matrix[:, j] = frame[name].cast(pl.Float32).fill_null(float("nan")).to_numpy()
    matrix[:, len(plain) :] = block
    for column in matrix.T:
        column[np.isinf(column)] = np.nan
    return Encoded(matrix, sources)


def impute(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the matrix with medians for missing values, and 0 in columns that have none."""
    known = ~np.isnan(matrix)
    filled = matrix.copy()
    for j in np.flatnonzero(~known.all(axis=0)):
        middle = np.median(matrix[known[:, j], j]) if known[:, j].any() else 0.0
        filled[~known[:, j], j] = middle
    return filled


def save_array(path: Path, array: NDArray[Any]) -> Path:
    """Write one array as npy to a temporary name, then rename it."""
    with temporary(path.parent) as fresh, writing(path.parent):
        with fresh.open("wb") as file:
            np.save(file, array, allow_pickle=False)
        fresh.replace(path)
    return path


def _vectorize(frame: pl.DataFrame, seed: int) -> tuple[NDArray[np.float32], list[str]]:
    from sklearn.preprocessing import OrdinalEncoder
    from threadpoolctl import threadpool_limits

    with _keep_out_of_home():
        from skrub import StringEncoder, TableVectorizer
    vectorizer = TableVectorizer(
        cardinality_threshold=CARDINALITY_THRESHOLD,
        low_cardinality=OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=np.nan, dtype=np.float32
        ),
        high_cardinality=StringEncoder(n_components=TEXT_COMPONENTS, random_state=seed),
        drop_null_fraction=None,
    )
    try:
        # One thread, so that sums are taken in the same order whatever the machine. Text of few different pieces gets a
        # shorter vector, of which skrub warns.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = vectorizer.fit_transform(frame)
    except Exception as exc:
        raise EngineError(
            f"skrub could not turn the table into numbers: {describe(exc)}.",
            hint="Exclude the column that it stumbles over in features.exclude.",
        ) from exc
    block = out.select(pl.all().cast(pl.Float32).fill_null(float("nan"))).to_numpy().astype(np.float32)
    origins = [str(vectorizer.output_to_input_[name]) for name in out.columns]
    for j, origin in enumerate(origins):
        # The encoders give a null a code, or a vector of zeros, as if it were a value.
        block[frame[origin].is_null().to_numpy(), j] = np.nan
    return block, origins


@contextmanager
def _keep_out_of_home() -> Iterator[None]:
    """Let skrub be imported without a folder in the home: it makes ~/skrub_data, and fails where it may not."""
    name = "SKB_DATA_DIRECTORY"
    if name in os.environ:
        yield
        return
    os.environ[name] = tempfile.gettempdir()
    try:
        yield
    finally:
        del os.environ[name]
