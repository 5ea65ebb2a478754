"""Whether noise depends on the class, and how far that can be told."""

import numpy as np
import pytest

from datassay.labels.belief import MODEL_ERRORS
from datassay.labels.transition import span_transition, to_transition
from datassay.results import Interval, PerClass
from datassay.value.noise_type import UNEVEN, find_swamped, find_uneven, tell_noise

DEPENDENT = [0.3, 0.03, 0.03, 0.03, 0.03]


@pytest.fixture
def plant(make_labels):
    """Return label estimates of classes of equal size, as `n_errors` wrong labels of these rates would leave them."""

    def plant(rates, *, n_errors, seed, n_given=140):
        rng, k = np.random.default_rng(seed), len(rates)
        other = 1 - np.eye(k)
        # [given][true], as everywhere in labels/.
        chance = other * np.array(rates)[None, :]
        found = rng.multinomial(n_errors, (chance / chance.sum()).ravel()).reshape(k, k)
        pattern = (MODEL_ERRORS * other / other.sum() + found) / (MODEL_ERRORS + n_errors)
        joint = np.mean(rates) * pattern
        joint += np.diag(1 / k - joint.sum(axis=1))
        whole = float(np.mean(rates))
        rate = Interval(estimate=whole, low=0.6 * whole, high=1.5 * whole)
        low, high = span_transition(joint, rate, n_errors=n_errors, seed=seed)
        names = [f"c{i}" for i in range(k)]
        return make_labels(
            noise_rate=rate,
            classes=names,
            transition_matrix=to_transition(joint, whole).tolist(),
            transition_low=low.tolist(),
            transition_high=high.tolist(),
            per_class=[PerClass(label=name, n_given=n_given, noise_rate=0.1, n_issues=3) for name in names],
        )

    return plant


@pytest.mark.parametrize("n_classes", [2, 5, 8, 20])
def test_noise_that_is_the_same_in_all_classes_is_not_called_class_dependent(plant, n_classes):
    """The largest and the smallest of many estimates lie far apart by chance alone."""
    tables = [plant([0.12] * n_classes, n_errors=12, seed=seed) for seed in range(40)]
    rates = 1 - np.array([np.diag(each.transition_matrix) for each in tables])

    assert np.mean([find_uneven(each) is not None for each in tables]) <= 0.1
    if n_classes >= 5:
        assert np.mean(rates.max(axis=1) >= UNEVEN * rates.min(axis=1)) >= 0.4


def test_noise_of_one_class_is_named(plant):
    """Three labels in ten of one class and three in a hundred of the others: named, and by the right class."""
    found = [find_uneven(plant(DEPENDENT, n_errors=20, seed=seed)) for seed in range(40)]

    assert np.mean([each is not None and each[0] == 0 for each in found]) > 0.8


def test_what_is_not_known_of_the_whole_rate_hides_no_class(make_labels):
    """A rate that may be half or twice as large moves all classes alike: their intervals overlap by that alone."""
    labels = make_labels(
        noise_rate=Interval(estimate=0.1, low=0.05, high=0.18),
        transition_matrix=[[0.8, 0.2], [0.05, 0.95]],
        transition_low=[[0.64, 0.09], [0.02, 0.89]],
        transition_high=[[0.91, 0.36], [0.11, 0.98]],
    )
    sure = labels.model_copy(update={"noise_rate": Interval(estimate=0.1, low=0.098, high=0.102)})

    assert find_uneven(labels) == (0, 1)
    assert find_uneven(sure) is None


def test_few_labels_of_a_class_say_nothing_of_it(plant, make_value):
    """Of five rows of a class that a model never expects nearly all seem wrong: that class is left out."""
    labels = plant([0.9, 0.05, 0.05], n_errors=60, seed=0)

    def tell(*sizes):
        parts = zip(labels.per_class, sizes, strict=True)
        few = [each.model_copy(update={"n_given": size}) for each, size in parts]
        return tell_noise(make_value(), labels.model_copy(update={"per_class": few}))

    assert "% of true 'c0'" in tell(140, 140, 140)
    assert ", about alike in all classes with 20 labels or more: more rows" in tell(5, 140, 140)
    assert tell(5, 5, 140).endswith("% of the labels are wrong, the model estimates.")


def test_even_noise_is_told_from_noise_of_which_nothing_is_known(make_value, make_labels):
    """Alike, uneven, and not to be told each have their words, and only what is known has a consequence."""
    ends = {"transition_low": [[0.9, 0.05], [0.1, 0.7]], "transition_high": [[0.95, 0.1], [0.3, 0.88]]}
    even = make_labels(transition_matrix=[[0.93, 0.07], [0.06, 0.94]])
    lopsided = make_labels(transition_matrix=[[0.93, 0.07], [0.2, 0.8]], **ends)
    doubtful = lopsided.model_copy(update={"transition_low": [[0.6, 0.05], [0.1, 0.5]]})
    unknown = make_labels(transition_matrix=[[0.93, 0.07], [0.2, 0.8]])

    assert "about alike in all classes: more rows average" in tell_noise(make_value(), even)
    assert "depends on the class (20 % of true '>50K', 7 % of true '<=50K')" in tell_noise(make_value(), lopsided)
    for labels in (doubtful, unknown):
        told = tell_noise(make_value(), labels)
        assert told.endswith("; whether that depends on the class cannot be told yet.")
        assert "rows" not in told
    # Where cleaning loses, no reason may praise it.
    assert "fixed labels" in tell_noise(make_value(), lopsided)
    assert "fixed labels" not in tell_noise(make_value((-0.002, -0.003, 0.001)), lopsided)


def test_classes_that_are_mostly_another_are_told(make_value, make_labels):
    """What that does depends on what a day gains; of few labels nothing is said."""
    swamped = make_labels(transition_matrix=[[0.93, 0.07], [0.6, 0.4]])
    for day, told in (
        ((0.001, 0.0, 0.002), "repair that, more rows do not"),
        ((-0.001, -0.002, 0.0), "teach the model"),
    ):
        reason = tell_noise(make_value(day=day), swamped)
        assert "as another class more often than as itself" in reason
        assert told in reason
    assert "fixed labels" not in tell_noise(make_value((-0.002, -0.003, 0.001)), swamped)


@pytest.mark.parametrize(
    ("matrix", "swamped"),
    [
        ([[0.9, 0.1], [0.2, 0.8]], None),
        ([[0.9, 0.1], [0.6, 0.4]], "b"),
        ([[0.5, 0.3, 0.2], [0.3, 0.3, 0.4], [0.0, 0.0, 1.0]], "b"),
        ([[float("nan")] * 2, [0.1, 0.9]], None),
        ([], None),
    ],
)
def test_classes_that_are_mostly_labelled_as_another_are_found(make_labels, matrix, swamped):
    """By the transition matrix, where there is one."""
    classes = ["a", "b", "c"][: max(len(matrix), 2)]
    found = find_swamped(make_labels(transition_matrix=matrix, classes=classes))

    assert (None if found is None else classes[found]) == swamped


def test_classes_that_may_be_mostly_right_are_not_called_swamped(make_labels):
    """Labels of a class that are right in 40 %, but perhaps in 70 %, are no reason to expect harm."""
    matrix = [[0.9, 0.1], [0.6, 0.4]]
    sure, unsure = ([[0.95, 0.15], [0.7, high]] for high in (0.55, 0.7))

    assert find_swamped(make_labels(transition_matrix=matrix, transition_high=sure)) == 1
    assert find_swamped(make_labels(transition_matrix=matrix, transition_high=unsure)) is None
