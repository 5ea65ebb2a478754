"""The worklist's order: by the expected gain of a review."""

import numpy as np
from hypothesis import given as cases
from hypothesis import strategies as st

from datassay.labels.order import find_runner_up, value_reviews


@cases(st.integers(0, 10_000), st.sampled_from(["accuracy", "balanced_accuracy"]))
def test_a_likelier_error_comes_first_among_rows_that_go_to_one_class(seed, metric):
    """Within one suggested class the order is that of P(wrong)."""
    rng = np.random.default_rng(seed)
    given, pred = rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60)
    p_wrong = rng.random(60)
    value, to = value_reviews(given, pred, p_wrong, metric), find_runner_up(given, pred)
    for code in range(3):
        rows = np.flatnonzero(to == code)
        assert (np.argsort(value[rows]) == np.argsort(p_wrong[rows])).all()
    assert np.isfinite(value).all()
    assert (value >= 0).all()


def test_a_row_of_the_rare_class_comes_first_and_more_so_where_classes_weigh_alike():
    """Of two equally doubtful labels the one that goes back to the smaller class is worth more."""
    given = np.array([0] * 90 + [1] * 10)
    pred = np.where(given[:, None] == 0, [[0.7, 0.3]], [[0.3, 0.7]])
    p_wrong = np.full(100, 0.1)
    by_rows, by_classes = (value_reviews(given, pred, p_wrong, m) for m in ("accuracy", "balanced_accuracy"))
    assert by_rows[0] / by_rows[-1] > 1.3
    assert by_classes[0] / by_classes[-1] > by_rows[0] / by_rows[-1]


def test_the_runner_up_is_never_the_given_class():
    """A review that finds an error leads elsewhere."""
    pred = np.array([[0.9, 0.06, 0.04], [0.9, 0.06, 0.04]])
    assert find_runner_up(np.array([0, 2]), pred).tolist() == [1, 0]
