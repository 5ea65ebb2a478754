"""Columns that are a label of numbers, in all rows or in most, whatever a model makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from datassay.labels.encoding import Encoded
from datassay.labels.giveaways import find_giveaways
from datassay.labels.leaks import find_leaks
from datassay.labels.target import Target

N = 400


def spoil(y, share, seed=0):
    """Return numbers of which a share is off by many spreads."""
    rng = np.random.default_rng(seed)
    spoiled, is_bad = y.copy(), rng.random(len(y)) < share
    spoiled[is_bad] += rng.normal(size=is_bad.sum()) * 12 * y.std()
    return spoiled


def look(column, y):
    """Return what is found of one column, known as a."""
    return find_giveaways(Encoded(np.asarray(column, dtype=np.float32)[:, None], ["a"]), np.asarray(y, float), {})


RNG = np.random.default_rng(7)
TRUE = RNG.normal(size=N)
PRICES = np.exp(RNG.normal(size=N) * 1.2 + 10)


@pytest.mark.parametrize(
    ("column", "y"),
    [
        pytest.param(TRUE, TRUE, id="copy"),
        pytest.param(2 * TRUE + 1, TRUE, id="other unit"),
        pytest.param(-np.exp(TRUE), TRUE, id="other scale, falling"),
        pytest.param(spoil(TRUE, 0.1), spoil(TRUE, 0.1), id="copy with the errors"),
        pytest.param(PRICES * 1.19, PRICES, id="with tax"),
        pytest.param(np.round(TRUE, 2), TRUE, id="rounded"),
        pytest.param(np.where(np.arange(N) % 50 == 0, np.nan, TRUE), TRUE, id="with few gaps"),
        pytest.param(np.maximum(TRUE, 0), np.maximum(TRUE, 0), id="half of the labels alike"),
        pytest.param(np.arange(5000.0), np.arange(5000.0) ** 2, id="many rows"),
    ],
)
def test_a_column_that_is_the_label_is_known_for_it(column, y):
    """In any unit and on any monotone scale it foresees every label."""
    (found,) = look(column, y)

    assert (found.name, found.is_exact) == ("a", True)
    assert found.share >= 0.97


@pytest.mark.parametrize(
    ("column", "y"),
    [
        *(pytest.param(TRUE, spoil(TRUE, 0.08, seed), id=f"wrong labels {seed}") for seed in range(5)),
        pytest.param(spoil(TRUE, 0.08), TRUE, id="wrong copies"),
        pytest.param(TRUE[:100], spoil(TRUE[:100], 0.15), id="many wrong labels of few rows"),
        pytest.param(PRICES * np.where(RNG.random(N) < 0.2, 1.07, 1.19), PRICES, id="two taxes"),
        pytest.param(np.where(np.arange(N) % 5 == 0, np.nan, TRUE), TRUE, id="with many gaps"),
        pytest.param(TRUE + 0.01 * RNG.normal(size=N), spoil(TRUE, 0.08), id="near copy"),
    ],
)
def test_a_column_that_is_the_label_in_most_rows_is_named_and_no_perfect_one(column, y):
    """Gross errors hide no copy, and are no reason to give up all figures."""
    (found,) = look(column, y)

    assert not found.is_exact
    assert 0.7 < found.share < 0.97


HUGE = np.where(np.arange(N) == 7, 1e9, RNG.normal(size=N))


@pytest.mark.parametrize(
    ("column", "y"),
    [
        pytest.param(RNG.normal(size=N), TRUE, id="unrelated"),
        *(
            pytest.param(0.95 * TRUE[:n] + np.sqrt(1 - 0.95**2) * RNG.normal(size=n), TRUE[:n], id=f"strong, {n} rows")
            for n in (50, 100, N)
        ),
        pytest.param(0.99 * TRUE + np.sqrt(1 - 0.99**2) * RNG.normal(size=N), TRUE, id="very strong"),
        pytest.param(np.where(np.arange(N) == 7, 9.0, RNG.normal(size=N)), HUGE, id="one huge label at its end"),
        pytest.param(RNG.normal(size=N), np.where(RNG.random(N) < 0.9, 0.0, TRUE), id="most labels alike"),
        pytest.param(np.arange(N) % 2, TRUE, id="two values"),
        pytest.param(TRUE + 0.2 * RNG.normal(size=N), np.round(TRUE), id="few labels"),
        pytest.param(np.full(N, np.nan), TRUE, id="nothing"),
        pytest.param(TRUE[:30], TRUE[:30], id="few rows"),
        pytest.param(TRUE, np.full(N, 3.0), id="one label"),
    ],
)
def test_a_merely_strong_column_is_none(column, y):
    """With noise everywhere a column is a feature, however good it is."""
    assert look(column, y) == []


def test_the_note_names_the_columns_of_the_table_and_the_worst_first():
    """A copy comes before what is one in most rows only, parts of one column are told once, and trees say no more."""
    dirty, other = spoil(TRUE, 0.08), RNG.normal(size=N)
    matrix = np.column_stack([other, dirty, TRUE, 3 * TRUE]).astype(np.float32)
    encoded = Encoded(matrix, ["x", "old", "part_0", "part_1"])
    target = Target("regression", np.arange(N), TRUE, [], 0)
    origins = {"part_0": "part", "part_1": "part"}
    found = find_leaks(encoded, target, TRUE, origins)

    assert found.column == "part"
    assert len(found.notes) == 2
    assert found.notes[0].startswith("The column 'part' alone gives every label away")
    assert "'old' alone gives the label away in 9" in found.notes[1]
    assert find_leaks(Encoded(matrix[:, :1], ["x"]), target, other, {}).notes == []
