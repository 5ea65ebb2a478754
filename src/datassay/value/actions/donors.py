"""Which of the values that fail a right cell would hold, had it gone wrong as they did."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
import polars as pl

from datassay.value.actions.bench import Bench, Mask
from datassay.value.grid import Floats, Ints

#: Share of what is foreseen of right values that must be foreseen of failing ones: then they keep the order.
KEEPS_ORDER = 0.5
#: Rank correlation with the rest of the row below which nothing is foreseen.
LEAST_FORESEEN = 0.1
#: Most rows of either kind that this is judged on.
MOST_ROWS = 5_000
#: Most words, right and wrong ones, that are compared letter by letter, and most letters of each.
MOST_RIGHT, MOST_WRONG, MOST_LETTERS = 100, 200, 64
#: How alike a wrong word is to the right one that it is taken for.
ALIKE = 0.8


def draw_donors(bench: Bench, column: str, wrong: Mask, sound: Mask, rng: np.random.Generator) -> Ints:
    """Return for each row (n,) a row with a wrong cell, whose value the row's cell gets when it is spoiled.

    Any of them, unless failing values tell what the right one was. Numbers in other units keep their order: then the
    donor has the row's own rank. Mistyped words are like one right word: then the donor is one of those like the row's.
    """
    bad, right = np.flatnonzero(wrong), np.flatnonzero(sound)
    donors = rng.choice(bad, len(wrong))
    series = bench.frame[column]
    if series.dtype == pl.String:
        _match_words(series, bad, right, donors, rng)
        return donors
    order = _find_order(bench, series, bad, right, rng)
    if order:
        values = _numbers(series)
        ranked = bad[np.argsort(order * values[bad], kind="stable")]
        share = _rank(values[right]) / len(right)
        donors[right] = ranked[np.clip(np.ceil(share * len(bad)).astype(np.int64) - 1, 0, len(bad) - 1)]
    return donors


def _find_order(bench: Bench, series: pl.Series, bad: Ints, right: Ints, rng: np.random.Generator) -> int:
    """Return 1 where failing values have the order of the right ones, -1 where the reverse, 0 where none is seen.

    The rest of the row, label and all, foretells right values; where it foretells failing ones nearly as well, these
    come of what was right.
    """
    from sklearn.linear_model import Ridge

    values = _numbers(series)
    bad = bad[np.isfinite(values[bad])]
    if len(np.unique(values[bad])) < 3 or len(right) < 4:
        return 0
    right = rng.permutation(right)[: 2 * MOST_ROWS]
    known, tried, failing = right[::2], right[1::2], rng.permutation(bad)[:MOST_ROWS]
    rest = bench.encoded.matrix[:, np.array(bench.encoded.sources) != series.name]
    label = bench.y[:, None] if bench.learner.task == "regression" else np.eye(bench.learner.n_classes)[bench.y]
    parts = [np.hstack([rest[rows], label[rows]]).astype(np.float64) for rows in (known, tried, failing)]
    gaps = np.isnan(parts[0])
    center = np.where(gaps, 0, parts[0]).sum(axis=0) / np.maximum((~gaps).sum(axis=0), 1)
    scale = np.where(gaps, center, parts[0]).std(axis=0)
    known_part, tried_part, failing_part = (
        np.where(np.isnan(part), 0, part - center) / np.where(scale > 0, scale, 1) for part in parts
    )
    model = Ridge(alpha=10.0).fit(known_part, _rank(values[known]))
    of_right = _correlate(model.predict(tried_part), values[tried])
    of_failing = _correlate(model.predict(failing_part), values[failing])
    if of_right < LEAST_FORESEEN or abs(of_failing) < KEEPS_ORDER * of_right:
        return 0
    return 1 if of_failing > 0 else -1


def _numbers(series: pl.Series) -> Floats:
    return series.to_physical().cast(pl.Float64).to_numpy()


def _match_words(series: pl.Series, bad: Ints, right: Ints, donors: Ints, rng: np.random.Generator) -> None:
    """Give rows donors whose word is like theirs, where most failing words are like a right one."""
    words, wrong = _frequent(series[right], MOST_RIGHT), _frequent(series[bad], MOST_WRONG)
    meant = {word: near[0] for word in wrong if (near := get_close_matches(word, words, n=1, cutoff=ALIKE))}
    texts = [None if text is None else text[:MOST_LETTERS] for text in series.to_list()]
    like: dict[str, list[int]] = {}
    for row in bad.tolist():
        if texts[row] in meant:
            like.setdefault(meant[texts[row]], []).append(row)
    if 2 * sum(len(rows) for rows in like.values()) < len(bad):
        return
    for row in right.tolist():
        if texts[row] in like:
            donors[row] = rng.choice(like[texts[row]])


def _frequent(series: pl.Series, most: int) -> list[str]:
    counts = series.alias("word").str.slice(0, MOST_LETTERS).drop_nulls().value_counts()
    return counts.sort("count", "word", descending=[True, False])["word"].head(most).to_list()


def _rank(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)


def _correlate(one: Floats, other: Floats) -> float:
    a, b = _rank(one), _rank(other)
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0
