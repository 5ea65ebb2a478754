"""The review design: how many rows, which, and in what order."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datassay.errors import UsageError
from datassay.labels.design import draw


def make_worklist(n, n_issues=0):
    return pl.DataFrame({"id": [f"k{i}" for i in range(n)], "is_issue": [i < n_issues for i in range(n)]})


def run(n=1000, *, size=100, reviewed=(), before=(), seed=0, n_issues=80):
    return draw(
        make_worklist(n, n_issues),
        size=size,
        labels_per_hour=60,
        reviewed=set(reviewed),
        drawn_before=set(before),
        seed=seed,
    )


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 400),
    size=st.integers(1, 500),
    n_reviewed=st.integers(0, 400),
    n_before=st.integers(0, 400),
    seed=st.integers(0, 5),
)
def test_a_design_asks_open_rows_once_and_repeats_some(n, size, n_reviewed, n_before, seed):
    """Never more answers than asked for, no row twice but as a repeat, none that is reviewed or not there."""
    rng = np.random.default_rng(seed)
    reviewed = {f"k{i}" for i in rng.permutation(n)[:n_reviewed]}
    before = {f"k{i}" for i in rng.permutation(n)[:n_before]}
    found = run(n, size=size, reviewed=reviewed, before=before, seed=seed, n_issues=n // 10)
    first = found.positions[~found.is_repeat]
    again = found.positions[found.is_repeat]

    assert len(found.positions) <= size
    assert len(set(first.tolist())) == len(first)
    assert set(again.tolist()) <= set(first.tolist())
    assert len(set(again.tolist())) == len(again)
    assert all(0 <= i < n and f"k{i}" not in reviewed for i in found.positions)
    assert all(f"k{i}" in reviewed - before for i in found.known)
    assert all(f"k{i}" not in before for i in found.positions[found.is_random])
    # A small table is asked as a whole.
    assert len(first) == min(n - len(reviewed), size - (round(0.05 * size) if size > 1 else 0))


def test_a_hundred_answers_are_shared_out_as_told():
    """5 repeats, 57 rows at random, 38 of the worklist, half of those from the head."""
    found = run()
    once = ~found.is_repeat
    bands = {band: found.bands.count(band) for band in set(found.bands)}

    assert len(found.positions) == 100
    assert found.is_repeat.sum() == 5
    assert (found.is_random & once).sum() == 57
    assert set(bands) == {"all", "1-25", "26-100", "101-400"}
    head = [i for i, band in zip(found.positions, found.bands, strict=True) if band == "1-25"]
    assert max(head) < 25
    assert all(
        int(band.partition("-")[0]) <= i + 1 <= int(band.partition("-")[2])
        for i, band in zip(found.positions, found.bands, strict=True)
        if band != "all"
    )


@pytest.mark.parametrize("size", [126, 127, 1000, 100_000])
def test_more_answers_than_there_are_rows_repeat_a_twentieth_too(size):
    """Who asks for all of a table has it asked once, and six of 120 rows a second time."""
    found = run(120, size=size)

    assert len(set(found.positions.tolist())) == 120
    assert found.is_repeat.sum() == 6


@pytest.mark.parametrize("seed", range(5))
def test_a_repeat_is_far_from_its_row(seed):
    """Who reads down the list has forgotten the row before it comes again."""
    found = run(size=200, seed=seed)
    for place in np.flatnonzero(found.is_repeat):
        twin = np.flatnonzero((found.positions == found.positions[place]) & ~found.is_repeat)[0]
        assert abs(int(place) - int(twin)) >= 200 // 5


def test_the_place_in_the_list_does_not_tell_what_a_row_was_drawn_for():
    """Over many designs, random rows and rows of the worklist have the same mean place."""
    places = [np.flatnonzero(run(seed=seed).is_random).mean() for seed in range(60)]

    # 62 of 100 places: one design's mean has a standard error of about 2.3, that of 60 designs of 0.3.
    assert np.mean(places) == pytest.approx(49.5, abs=1.2)


def test_the_same_seed_draws_the_same_and_another_does_not():
    """A draw can be done again."""
    one, same, other = run(seed=3), run(seed=3), run(seed=4)

    assert one.positions.tolist() == same.positions.tolist()
    assert one.positions.tolist() != other.positions.tolist()


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_first_random_rows_are_not_those_that_the_seed_alone_would_draw(seed):
    """Folds are dealt by the seed alone; a sample that is to judge them needs a stream of its own."""
    found = run(seed=seed)
    drawn = set(found.positions[found.is_random & ~found.is_repeat].tolist())
    of_the_seed = set(np.random.default_rng(seed).permutation(1000)[: len(drawn)].tolist())

    # Of 57 in 1,000 rows three or four are the same by chance.
    assert len(drawn & of_the_seed) < 20


def test_random_parts_add_up_to_one_random_sample():
    """Rows reviewed for the worklist stay in the random sample, so that its noise rate has no bias.

    Of 400 rows the first 100 are wrong; 80 of them have been reviewed. The random part, with those it need not ask
    again, still holds a quarter of wrong rows.
    """
    reviewed = {f"k{i}" for i in range(80)}
    shares = []
    for seed in range(40):
        found = run(400, size=60, reviewed=reviewed, seed=seed)
        once = found.positions[found.is_random & ~found.is_repeat]
        sample = np.concatenate([once, found.known])
        shares.append((sample < 100).mean())

    assert np.mean(shares) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("size", [0, -1, 10**6])
def test_an_impossible_size_is_refused(size):
    """Nobody reviews nothing, or a million rows."""
    with pytest.raises(UsageError, match="cannot be drawn"):
        run(size=size)
