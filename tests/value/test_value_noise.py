import numpy as np
import pytest

from datassay.value.noise import add_class_noise, add_number_noise, choose_doses, flip_pattern


@pytest.mark.parametrize("rate", [0.0, 0.001, 0.05, 0.2, 0.44, 0.49])
@pytest.mark.parametrize("n_classes", [2, 3, 26])
def test_doses_can_be_measured_and_leave_labels_informative(rate, n_classes):
    """Doses rise from at least 0.1 % and never bring c times the whole rate to one."""
    c = n_classes / (n_classes - 1)
    doses = choose_doses(rate, c)

    assert (np.diff(doses) > 0).all()
    assert doses[0] > 0.001
    assert 1 - (1 - c * rate) * (1 - c * doses[-1]) <= 0.9 + 1e-9 or c * rate > 0.8


def test_small_rates_get_doses_that_can_be_seen():
    """A table without noise is tried with 3, 6 and 9 %."""
    assert choose_doses(0.0, 2.0) == pytest.approx([0.03, 0.06, 0.09])


@pytest.mark.parametrize(
    "transition", [[], [[1.0, 0.0], [0.0, 1.0]], [[np.nan, 0.1], [0.1, 0.9]], [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]]]
)
def test_unusable_transition_matrix_gives_uniform_pattern(transition):
    """Without a usable matrix every confusion is as likely as any other."""
    assert flip_pattern(transition, 2).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_pattern_follows_the_transition_matrix():
    """The confusion that noise prefers is the one that is injected, and the diagonal is never."""
    pattern = flip_pattern([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 3)

    assert pattern[0, 1] > 10 * pattern[1, 0] > 0
    assert np.diag(pattern).tolist() == [0, 0, 0]
    assert pattern.sum() == pytest.approx(3)


def test_class_noise_changes_exactly_the_dose_and_doses_are_nested():
    """A dose changes its exact share of labels, and a larger dose keeps what the smaller one did."""
    y = np.random.default_rng(0).integers(0, 5, 2000)
    pattern = flip_pattern([], 5)
    small, large = add_class_noise(y, np.array([0.05, 0.2]), pattern, np.random.default_rng(1))

    assert (small != y).sum() == 100
    assert (large != y).sum() == 400
    assert (large[small != y] == small[small != y]).all()
    assert set(np.unique(large)) <= set(range(5))


def test_class_noise_prefers_the_noisy_class():
    """Classes are hit in the proportion of the pattern."""
    y = np.repeat([0, 1], 5000)
    pattern = flip_pattern([[0.8, 0.2], [0.0, 1.0]], 2)
    (noisy,) = add_class_noise(y, np.array([0.1]), pattern, np.random.default_rng(0))

    assert (noisy[:5000] == 1).sum() > 8 * (noisy[5000:] == 0).sum() > 0


def test_number_noise_takes_targets_of_other_rows():
    """Changed targets come from the table itself, and nothing gives to itself."""
    y = np.arange(1000.0)
    small, large = add_number_noise(y, np.array([0.1, 0.3]), np.random.default_rng(0))

    assert (small != y).sum() == 100
    assert (large != y).sum() == 300
    assert np.isin(large, y).all()
