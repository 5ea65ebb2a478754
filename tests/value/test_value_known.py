"""What the labels stage hands to the fits and draws of the value stage."""

import pytest

from datassay.labels.pred_probs import load_arrays
from datassay.results import Interval
from datassay.value.known import find_most_noise


@pytest.mark.parametrize(
    ("source", "n_reviews", "most"),
    [("model", 0, 0.6), ("model", 40, 0.8), ("votes", 0, 0.8), ("review", 40, 1.0)],
)
def test_noise_that_people_have_shown_is_not_cut_off_at_what_the_model_sees(make_table, source, n_reviews, most):
    """The model's disagreement bounds its own estimate alone, not the upper end of a rate that others know of."""
    table = make_table(n=200, rate=0.1)
    rate = Interval(estimate=0.6, low=0.4, high=0.8)
    labels = table.labels.model_copy(update={"noise_rate": rate, "noise_rate_source": source, "n_reviews": n_reviews})
    arrays = load_arrays(table.predictions)

    assert (arrays.pred.argmax(axis=1) != arrays.given).mean() < 0.6
    assert find_most_noise(table.predictions, arrays, labels) == most
