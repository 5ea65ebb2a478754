"""The worklist's order: by the expected gain of a review."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given as cases
from hypothesis import settings
from hypothesis import strategies as st
from labels_support import make_spec

from datassay.labels.order import value_reviews
from datassay.labels.places import Around
from datassay.labels.pred_probs import Arrays
from datassay.labels.review import Reviews
from datassay.labels.word import lean_away
from datassay.labels.worklist import Judged, finish
from datassay.results import Interval


@settings(deadline=None)
@cases(st.integers(0, 10_000), st.sampled_from(["accuracy", "balanced_accuracy"]))
def test_a_likelier_error_comes_first_among_rows_that_go_to_one_class(seed, metric):
    """Where two classes are believed in, the order of the rows given one of them is that of P(wrong)."""
    rng = np.random.default_rng(seed)
    given, p_wrong = rng.integers(0, 2, 60), rng.random(60)
    belief = np.where(np.eye(2)[given] > 0, 1 - p_wrong[:, None], p_wrong[:, None])
    value = value_reviews(given, belief, metric)
    for code in range(2):
        rows = np.flatnonzero(given == code)
        assert (np.argsort(value[rows]) == np.argsort(p_wrong[rows])).all()
    assert np.isfinite(value).all()
    assert (value >= 0).all()


def test_a_row_of_the_rare_class_comes_first_and_more_so_where_classes_weigh_alike():
    """Of two equally doubtful labels the one that goes back to the smaller class is worth more."""
    given = np.array([0] * 90 + [1] * 10)
    belief = np.where(np.eye(2)[given] > 0, 0.9, 0.1)
    by_rows, by_classes = (value_reviews(given, belief, m) for m in ("accuracy", "balanced_accuracy"))
    assert by_rows[0] / by_rows[-1] > 1.3
    assert by_classes[0] / by_classes[-1] > by_rows[0] / by_rows[-1]


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1_macro", "roc_auc"])
def test_a_small_class_is_cleared_of_wrong_labels_too(metric):
    """Of two equally doubtful labels that go back to one class, the one filed under a small class is worth more."""
    given = np.array([0] * 50 + [1] * 45 + [2] * 5)
    belief = 0.9 * np.eye(3)[given] + 0.1 * np.eye(3)[0]
    value = value_reviews(given, belief, metric)

    assert value[-1] > value[60] > value[0] == 0


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc"])
def test_among_classes_of_one_size_it_makes_no_difference_how_many_labels_of_the_given_one_are_wrong(metric):
    """What remains would be one-sided if the class that looks worst were cleared first."""
    given = np.repeat([0, 1, 2], 40)
    belief = 0.9 * np.eye(3)[given] + 0.1 * np.eye(3)[(given + 1) % 3]
    # Half of two classes are wrong, into each other, and next to none of the third.
    belief[:20], belief[40:60] = [0.1, 0.9, 0.0], [0.9, 0.1, 0.0]
    value = value_reviews(given, belief, metric)

    assert value[30] == pytest.approx(value[110], rel=0.05)
    assert value[0] == pytest.approx(value[40], rel=0.05)


def test_a_ranking_is_spoiled_at_either_end():
    """Where many labels of a rare class are wrong, a ranking gains from these before those that might come back."""
    given = np.array([0] * 950 + [1] * 50)
    p_wrong = np.where(given == 1, 0.5, 0.1)
    belief = np.where(np.eye(2)[given] > 0, 1 - p_wrong[:, None], p_wrong[:, None])
    first = np.argsort(-value_reviews(given, belief, "average_precision"), kind="stable")[:50]

    assert (given[first] == 1).all()


def judge(p_wrong, lean):
    """What is thought of labels, 0 each, of two classes."""
    posterior = np.column_stack([1 - p_wrong, p_wrong])
    rate = Interval(estimate=float(p_wrong.mean()), low=0.0, high=1.0)
    return Judged(p_wrong, 1 - p_wrong, np.ones(len(p_wrong), dtype=int), p_wrong > 0.5, rate, posterior, lean=lean)


def test_of_two_labels_as_doubtful_the_one_that_its_neighbours_share_is_reviewed_first():
    """Neighbours that are wrong together speak for each other, so a label that they share moves up, and only there."""
    given, p_wrong = np.zeros(4, dtype=int), np.array([0.3, 0.3, 0.3, 0.02])
    around = Around(np.array([[0] * 20, [0] * 10 + [1] * 10, [1] * 20, [0] * 20], dtype=np.int32))
    lean = lean_away(given, 1 - given, around)
    worth = judge(p_wrong, lean).worth(given, p_wrong, "accuracy")

    assert worth[0] > worth[1] > worth[2] > worth[3]
    assert len(set(judge(p_wrong, None).worth(given, p_wrong, "accuracy")[:3].round(12))) == 1
    assert lean_away(given, 1 - given, None) is None


@settings(deadline=None)
@cases(st.lists(st.sampled_from([0.0, 0.2, 0.9, 1.0]), min_size=4, max_size=4))
def test_certain_labels_keep_their_place_whatever_their_neighbours_say(p_wrong):
    """A label that is known to be right is worth no review, and nothing that is known becomes a number from nothing."""
    given = np.zeros(4, dtype=int)
    worth = judge(np.array(p_wrong), np.array([0.8, -0.8, 0.4, 0.0])).worth(given, np.array(p_wrong), "accuracy")

    assert np.isfinite(worth).all()
    assert all(worth[i] < 1e-3 for i, p in enumerate(p_wrong) if p == 0.0)


@pytest.mark.parametrize("is_reviewed", [False, True])
def test_neighbours_count_half_only_until_reviews_speak_for_them(tmp_path, is_reviewed):
    """Without reviews a label that its neighbours share moves up; with them nothing is added to what is believed."""
    rng = np.random.default_rng(3)
    n, given = 80, np.zeros(80, dtype=np.int64)
    p_wrong, lean = rng.uniform(0.1, 0.5, n), rng.normal(0, 1, n)
    rows = np.arange(70, 80)
    reviews = Reviews(rows, given[rows], np.ones(10, dtype=bool)) if is_reviewed else None
    orders = []
    for added in (None, lean):
        found = finish(
            judge(p_wrong, added),
            arrays=Arrays(np.arange(n), given, np.column_stack([1 - p_wrong, p_wrong]), np.zeros(n, dtype=np.int64)),
            ids=pl.Series("id", np.arange(n)),
            reviews=reviews,
            classes=["a", "b"],
            metric="accuracy",
            spec=make_spec(label="label"),
            cache_dir=tmp_path,
        )
        orders.append(pl.read_parquet(found.labels.worklist_path).sort("rank")["id"].to_list())

    assert (orders[0] == orders[1]) == is_reviewed
