import numpy as np
import pytest

from datassay.errors import InconclusiveError
from datassay.labels.estimator import Features, Learner
from datassay.progress import report_to
from datassay.value.fits import Plan, choose_plan, fit_grid

PLAN = Plan((0.4, 0.7, 1.0), (0.5, 1.0), 2, 1)


def make_case(n=300, n_classes=2, task="classification"):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4)).astype(np.float32)
    y = np.digitize(X[:, 0], np.linspace(-0.7, 0.7, n_classes - 1)) if task == "classification" else X[:, 0] * 2.0
    learner = Learner(task, n_classes if task == "classification" else 0, "linear")
    pred = np.full((n, n_classes), 1 / n_classes) if task == "classification" else np.zeros(n)
    return learner, Features(matrix=X), y, pred, np.arange(n) % 5


def fit(case, *, plan=PLAN, reshuffle=True, metric="accuracy", n_jobs=2):
    learner, features, y, pred, fold = case
    return fit_grid(
        learner, features, y, pred=pred, fold=fold, metric=metric, noise_rate=0.1, transition=[], plan=plan,
        reshuffle=reshuffle, n_jobs=n_jobs,
    )  # fmt: skip


class Listener:
    def __init__(self):
        self.told = []

    def start(self, stage, total): ...

    def advance(self, stage, done, total):
        self.told.append((stage, done, total))

    def finish(self, stage, outcome, seconds, note): ...


@pytest.mark.parametrize(
    ("n_rows", "n_features", "repeats", "n_fits"),
    [(2000, 20, 3, 100), (5000, 20, 3, 100), (20_000, 20, 2, 75), (48_842, 43, 1, 35), (50_000, 768, 1, 20)],
)
def test_plan_shrinks_with_the_table(n_rows, n_features, repeats, n_fits):
    """Never more than 100 fits with five folds, fewer for long and wide tables."""
    plan = choose_plan(n_rows, n_features)
    sizes = 5 * (plan.repeats * (len(plan.fractions) - 1) + plan.repeats - 1)

    assert plan.repeats == repeats
    assert sizes + 5 * plan.noise_repeats * len(plan.multiples) == n_fits


def test_first_full_cells_come_from_the_predictions():
    """The whole training part in the first repeat is scored from the predictions and never fitted."""
    learner, features, y, _, fold = case = make_case()
    grid = fit((learner, features, y, np.eye(2)[y], fold))

    assert grid.size_scores[:5, -1].tolist() == [1.0] * 5
    assert grid.size_scores[5:, -1].max() < 1.0
    assert grid.n_fits == 20 + 5 + 10
    assert fit(case).size_scores[:5, -1] == pytest.approx([(y[fold == i] == 0).mean() for i in range(5)])


def test_bound_rows_keep_their_folds():
    """Without new folds, repeats share the full cell and only draw other subsets."""
    grid = fit(make_case(), reshuffle=False)

    assert (grid.size_scores[:5, -1] == grid.size_scores[5:, -1]).all()
    assert (grid.size_scores[:5, 0] != grid.size_scores[5:, 0]).any()
    assert grid.n_fits == 20 + 10


@pytest.mark.parametrize(("task", "metric"), [("classification", "accuracy"), ("regression", "r2")])
def test_threads_change_nothing(task, metric):
    """One thread or two: the same grid to the last bit."""
    one, two = (fit(make_case(task=task), metric=metric, n_jobs=n) for n in (1, 2))

    assert (one.size_scores == two.size_scores).all()
    assert (one.noise_scores == two.noise_scores).all()


def test_more_rows_help_and_noise_hurts():
    """On a table that can be learned the grid rises with rows and falls with noise."""
    learner, features, y, _, fold = make_case(600, task="regression")
    plan = Plan((0.1, 0.5, 1.0), (1.0, 4.0), 1, 1)
    case = (learner, features, y, y * 0.999, fold)
    grid = fit(case, plan=plan, metric="r2")

    assert grid.size_scores[:, 1].mean() > grid.size_scores[:, 0].mean()
    assert grid.noise_losses.mean(axis=0)[1] < grid.noise_losses.mean(axis=0)[0] < 0


def test_every_subset_holds_every_class(monkeypatch):
    """Even the smallest subset has at least one row of the rarest class."""
    learner, features, _, _, fold = make_case(200)
    y = np.zeros(200, dtype=np.int64)
    y[:5] = 1
    seen = []

    def spy(self, features, y, train, test):
        seen.append(np.unique(y[train]).size)
        return np.full((len(test), 2), 0.5)

    monkeypatch.setattr(Learner, "fit_predict", spy)
    fit((learner, features, y, np.full((200, 2), 0.5), fold), plan=Plan((0.1, 1.0), (0.5, 1.0), 3, 1))

    assert set(seen) == {2}


def test_held_out_labels_stay_as_given(monkeypatch):
    """Noise is put on training labels only, and training and test rows never meet."""
    learner, features, y, pred, fold = make_case()
    seen = []

    def spy(self, features, labels, train, test):
        seen.append(((labels[test] == y[test]).all(), (labels[train] != y[train]).sum(), np.intersect1d(train, test)))
        return pred[test]

    monkeypatch.setattr(Learner, "fit_predict", spy)
    fit((learner, features, y, pred, fold))

    assert all(untouched and not len(shared) for untouched, _, shared in seen)
    assert sorted({changed for _, changed, _ in seen}) == [0, 12, 24]


def test_progress_counts_every_fit():
    """Progress runs from 0 to all fits, in steps of one."""
    listener = Listener()
    with report_to(listener):
        grid = fit(make_case())

    assert [done for _, done, _ in listener.told] == list(range(grid.n_fits + 1))
    assert {(stage, total) for stage, _, total in listener.told} == {("value", grid.n_fits)}


def test_folds_without_a_score_are_left_out():
    """A ranking metric that a one-class fold does not define leaves that fold out; with one fold left it stops."""
    learner, features, y, pred, _ = make_case()
    order = np.argsort(y, kind="stable")
    fold = np.empty(300, dtype=np.int64)
    fold[order] = np.arange(300) * 5 // 300
    grid = fit((learner, features, y, pred, np.arange(300) % 5), metric="roc_auc")

    assert grid.n_replicates == 10
    with pytest.raises(InconclusiveError, match="roc_auc could be computed in"):
        fit((learner, features, y, pred, fold), metric="roc_auc", reshuffle=False)


def test_summary_tells_every_cell():
    """Anchors list sizes without noise, then noise at full size."""
    anchors = fit(make_case()).summarise()

    assert [(a.train_rows, a.added_noise_rate, a.n_fits) for a in anchors] == [
        (96, 0.0, 10), (168, 0.0, 10), (240, 0.0, 10), (240, 0.05, 5), (240, 0.1, 5),
    ]  # fmt: skip
