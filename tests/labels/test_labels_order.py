"""The worklist's order: by the expected gain of a review."""

import numpy as np
from hypothesis import given as cases
from hypothesis import strategies as st

from datassay.labels.order import value_reviews


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
