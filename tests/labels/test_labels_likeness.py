"""Which labels are the same: classes by name, numbers where nobody would correct one into the other."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from datassay.labels.likeness import EXACT, Likeness
from datassay.labels.votes import Vote, count_votes

#: Temperatures, about 10 degrees apart.
WARM = np.random.default_rng(0).normal(0, 10, 2000)
#: Prices over three orders of magnitude.
PRICES = np.exp(np.random.default_rng(1).normal(5, 1.2, 2000))


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e6])
@pytest.mark.parametrize("about", [0.0, 3.0, -40.0])
@pytest.mark.parametrize(("off", "is_same"), [(0.0, True), (0.03, True), (0.07, False), (0.6, False), (30.0, False)])
def test_numbers_are_the_same_up_to_a_two_hundredth_of_their_spread(unit, about, off, is_same):
    """Of numbers ten degrees apart 0.03 is nobody's error and 0.07 one, in whatever unit, near zero or far from it."""
    alike, one = Likeness.of(unit * WARM), unit * (about + 0.123456789)

    assert alike.is_same(one, one + unit * off) is is_same
    assert alike.is_same(one + unit * off, one) is is_same


@pytest.mark.parametrize(
    ("given", "said", "is_same"),
    [
        (21.37123, 21.4, True),
        (21.37123, 21.0, True),
        (21.4, 21.37123, True),
        (21.37123, 21.5, False),
        (21.57123, 22.0, True),
        (21.5, 22.0, False),
        (21.52, 22.0, True),
        (21.6, 22.3, False),
        (-21.37123, -21.4, True),
        (0.3, 0.0, True),
        (0.6, 0.0, False),
    ],
)
def test_what_was_rounded_is_the_same_up_to_a_twentieth_of_the_spread(given, said, is_same):
    """Fewer digits are no other number; digits that round to something else are."""
    alike = Likeness.of(WARM)

    assert alike.is_same(given, said) is is_same
    assert alike.is_same(said, given) is is_same


@pytest.mark.parametrize(
    ("given", "said", "is_same"),
    [(2.4, 0.24, False), (2.4, 2.2, False), (2.4, 2.38, True), (3000.0, 3000.9, True), (3000.0, 3009.0, False)],
)
def test_what_is_little_to_a_dear_house_is_much_to_a_cheap_one(given, said, is_same):
    """Numbers that are never negative are compared as ratios as well."""
    assert Likeness.of(PRICES).is_same(given, said) is is_same


def test_rounding_that_loses_all_digits_is_an_error():
    """Shares in percent that come back as 0 or 1 are other numbers, though each is rounded as arithmetic has it."""
    shares = np.random.default_rng(2).uniform(0.2, 0.8, 500)

    assert Likeness.of(shares).differ(shares, np.round(shares)).all()
    assert not Likeness.of(shares).differ(shares, np.round(shares, 2)).any()


def test_large_numbers_close_to_each_other_are_told_apart():
    """Seconds since 1970 that lie a minute apart differ, though only in their eighth digit."""
    seconds = 1.7e9 + np.random.default_rng(3).uniform(0, 600, 500)
    alike = Likeness.of(seconds)

    assert not alike.is_same(1.7e9, 1.7e9 + 60)
    assert alike.is_same(1.7e9, 1.7e9 + 0.1)


@pytest.mark.parametrize("labels", [np.array([3, 3, 4]), np.array([2.0, 2.0]), np.array([])])
def test_labels_without_a_spread_are_the_same_only_where_they_are_equal(labels):
    """Codes of classes, and one number throughout, have no differences that are small."""
    assert Likeness.of(labels) == EXACT
    assert EXACT.is_same("7.0", "7.0")
    assert not EXACT.is_same(3, 4)
    assert EXACT.differ(np.array([1, 2]), np.array([1, 3])).tolist() == [False, True]


def test_answers_that_differ_by_nothing_that_matters_agree():
    """Two reviewers who read a scale 0.01 apart agree and settle the row; who is 3 off contradicts the other."""
    said = {0: (1.234, 1.244), 1: (1.234, 4.2), 2: (1.234, 1.238)}
    votes = [Vote(row, label, True, who) for row, two in said.items() for who, label in zip("ab", two, strict=True)]
    votes.append(Vote(2, 1.2, True, "a"))
    tally = count_votes(votes, Likeness.of(WARM))

    assert sorted(tally.settled) == [0, 2]
    # Who says 1.234 and then 1.2 does not contradict themselves.
    assert tally.settled[2].votes == (2, 2)
    assert (tally.n_pairs, tally.n_agree, tally.n_undecided) == (4, 3, 1)


@pytest.fixture
def sums():
    """A table of numbers of which one in sixteen is 15 too large, and the truth."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, (480, 3))
    y = x @ [1.0, 2.0, -1.0] + rng.normal(0, 0.3, 480)
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": y + 15 * (np.arange(480) % 16 == 0)}), y


@pytest.mark.parametrize("source", ["reviews", "column"])
def test_rounded_answers_give_the_figures_of_exact_ones(audit, tmp_path, sums, source):
    """With three digits or one the rate is that of all digits, and a label that is right stays as it is written."""
    frame, y = sums
    rows = np.random.default_rng(1).permutation(480)[:80]

    def run(decimals):
        said = np.round(y[rows], decimals)
        if source == "column":
            gold = pl.Series("gold", [None] * 480, dtype=pl.Float64).scatter(rows, said)
            return audit(frame.with_columns(gold), trusted={"column": "gold"})
        pl.DataFrame({"id": rows, "true_label": said, "drawn": ["random"] * 80}).write_csv(tmp_path / "r.csv")
        return audit(frame, trusted={"reviews": "r.csv"}, root=tmp_path)

    exact, *rounded = (run(decimals) for decimals in (15, 3, 1))

    for done in rounded:
        assert done.labels.noise_rate == exact.labels.noise_rate
        assert done.labels.n_reviews == 80
        right = done.worklist.filter(pl.col("is_reviewed") & (pl.col("p_wrong") == 0))
        assert right.height > 60
        assert right["suggested_label"].equals(right["given_label"], check_names=False)
