import numpy as np
import pytest

from datassay.errors import InconclusiveError
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.reviewers import estimate_accuracy
from datassay.progress import report_to
from datassay.value.beliefs import Knowledge
from datassay.value.fits import Plan, choose_plan, fit_grid
from datassay.value.jobs import Judge, Runner
from datassay.value.rehearsals import Worklist

run = Runner.run
PLAN = Plan((0.4, 0.7, 1.0), 2, n_worlds=1, n_lists=2)


def make_case(n=300, n_classes=2, task="classification"):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4)).astype(np.float32)
    y = np.digitize(X[:, 0], np.linspace(-0.7, 0.7, n_classes - 1)) if task == "classification" else X[:, 0] * 2.0
    learner = Learner(task, n_classes if task == "classification" else 0, "linear")
    pred = np.full((n, n_classes), 1 / n_classes) if task == "classification" else np.zeros(n)
    return learner, Features(matrix=X), y, pred, np.arange(n) % 5


def know(n, n_classes):
    return Knowledge(
        np.full((n_classes, n_classes), 0.1 / max(n_classes, 1)) + 0.9 * np.eye(n_classes), 0.1,
        np.full(n, -1) if n_classes else np.full(n, np.nan), estimate_accuracy(0, 0, n_classes=n_classes, prior=0.95),
    )  # fmt: skip


def fit(case, *, plan=PLAN, reshuffle=True, metric="accuracy", belief=None, reviewer=1.0, cluster=None, n_jobs=2):
    learner, features, y, pred, fold = case
    n = len(y)
    if belief is None:
        k = learner.n_classes
        belief = 0.9 * np.eye(k)[y] + 0.1 / k if k else np.repeat(y[:, None], 4, axis=1)
    known = know(n, learner.n_classes)
    return fit_grid(
        learner, features, y, pred=pred, fold=fold, metric=metric, belief=belief,
        worklist=Worklist(np.arange(n), depth=0.1, deep=0.4, reviewer_accuracy=reviewer, known=known),
        plan=plan, reshuffle=reshuffle, cluster=cluster, n_jobs=n_jobs,
    )  # fmt: skip


def predict(learner, features, labels, fold):
    pred = np.zeros((len(labels), 2) if learner.n_classes else len(labels))
    with fitting():
        for i in range(5):
            test = np.flatnonzero(fold == i)
            pred[test] = learner.fit_predict(features, labels, np.flatnonzero(fold != i), test)
    return pred


class Listener:
    def __init__(self):
        self.told = []

    def start(self, stage, total): ...

    def advance(self, stage, done, total):
        self.told.append((stage, done, total))

    def finish(self, stage, outcome, seconds, note): ...


@pytest.mark.parametrize(
    ("n_rows", "n_features", "n_fits"),
    [
        (2000, 20, 55),
        (20_000, 20, 55),
        (48_842, 43, 25),
        (50_000, 768, 15),
    ],
)
def test_plan_shrinks_with_the_table(n_rows, n_features, n_fits):
    """Never more than 100 fits with five folds, fewer for long and wide tables."""
    plan = choose_plan(n_rows, n_features)
    sizes = 5 * (plan.repeats * (len(plan.fractions) - 1) + plan.repeats - 1)

    assert sizes + 5 * (plan.n_worlds + plan.n_lists) == n_fits


def test_first_full_cells_come_from_the_predictions():
    """The whole training part in the first repeat is scored from the predictions and never fitted."""
    learner, features, y, _, fold = case = make_case()
    grid = fit((learner, features, y, np.eye(2)[y], fold))

    assert grid.size_scores[:5, -1] == pytest.approx([0.95] * 5)
    assert grid.size_scores[5:, -1].max() < 0.95
    assert grid.n_fits == 20 + 5 + 15 + 5
    assert fit(case).size_scores[:5, -1] == pytest.approx([0.05 + 0.9 * (y[fold == i] == 0).mean() for i in range(5)])


def test_bound_rows_keep_their_folds():
    """Without new folds, repeats share the full cell and only draw other subsets."""
    grid = fit(make_case(), reshuffle=False)

    assert (grid.size_scores[:5, -1] == grid.size_scores[5:, -1]).all()
    assert (grid.size_scores[:5, 0] != grid.size_scores[5:, 0]).any()
    assert grid.n_fits == 20 + 15 + 5


def test_copies_come_into_a_subset_together(monkeypatch):
    """Training parts of the learning curve hold a row and its copy, or neither of the two."""
    learner, features, y, pred, _ = make_case()
    cluster = np.arange(300) % 150
    trained = []
    monkeypatch.setattr(
        Runner, "run", lambda self, jobs: (trained.extend(job.train for job in jobs), run(self, jobs))[1]
    )
    fit((learner, features, y, pred, cluster % 5), reshuffle=False, cluster=cluster)
    halves = [np.bincount(np.bincount(cluster[train], minlength=150), minlength=3) for train in trained]

    assert min(len(train) for train in trained) == 96
    assert all(once <= 1 for _, once, _ in halves)


@pytest.mark.parametrize(("task", "metric"), [("classification", "accuracy"), ("regression", "r2")])
def test_threads_change_nothing(task, metric):
    """One thread or two: the same grid to the last bit."""
    one, two = (fit(make_case(task=task), metric=metric, n_jobs=n) for n in (1, 2))

    assert (one.size_scores == two.size_scores).all()
    assert (one.rehearsal.gain == two.rehearsal.gain).all()


def test_more_rows_help_and_wrong_numbers_set_right_help_too():
    """On numbers that can be learned the score rises with rows, and with the listed wrong ones set right."""
    learner, features, y, _, fold = make_case(600, task="regression")
    given = y.copy()
    given[:60] += 20
    pred, plan = predict(learner, features, given, fold), Plan((0.05, 1.0), 1, n_worlds=1, n_lists=2)
    grid = fit((learner, features, given, pred, fold), plan=plan, metric="r2", belief=np.repeat(y[:, None], 4, axis=1))

    assert grid.size_scores[:, 1].mean() > grid.size_scores[:, 0].mean()
    assert grid.rehearsal.gain[0].mean() > 0.01


def test_beliefs_are_what_sizes_are_scored_against():
    """Scores count a prediction as far as it is believed, whatever the given labels say."""
    learner, features, y, _, fold = make_case()
    grid = fit((learner, features, y, np.eye(2)[y], fold), belief=np.full((300, 2), 0.5))

    assert grid.size_scores == pytest.approx(np.full((10, 3), 0.5))


@pytest.mark.parametrize(("reshuffle", "repeats", "n_lists", "n_folds"), [
    (True, 2, 2, 10), (True, 2, 1, 5), (True, 1, 2, 5), (False, 2, 2, 5),
])  # fmt: skip
def test_lists_take_all_folds_that_were_fitted_in_turn(reshuffle, repeats, n_lists, n_folds):
    """A second list goes to the grid's second folds; there is one set only where rows are bound together."""
    plan = Plan((0.5, 1.0), repeats, n_worlds=0, n_lists=n_lists)

    assert fit(make_case(), plan=plan, reshuffle=reshuffle).rehearsal.gain.shape == (2, n_folds)


def test_a_list_that_changes_nothing_gains_nothing_on_any_folds():
    """Each list is told against the fits of its own folds: labels that stay as they are gain exactly nothing."""
    learner, features, y, _, fold = make_case()
    pred = predict(learner, features, y, fold)
    grid = fit((learner, features, y, pred, fold), plan=Plan((0.5, 1.0), 2, n_worlds=0, n_lists=4), belief=np.eye(2)[y])

    assert grid.rehearsal.gain.shape == (2, 10)
    assert (grid.rehearsal.gain == 0).all()


@pytest.mark.parametrize(("reviewer", "helps"), [(1.0, True), (0.0, False)])
def test_cleaning_a_list_of_errors_helps_and_spoiling_it_does_not(reviewer, helps):
    """Where the first rows are wrong and believed to be, changing them gains; a reviewer who always errs loses it."""
    _, features, y, _, fold = make_case(600)
    given = y.copy()
    given[:60] = 1 - y[:60]
    learner = Learner("classification", 2)
    pred = predict(learner, features, given, fold)
    belief, plan = 0.98 * np.eye(2)[y] + 0.01, Plan((0.5, 1.0), 1, n_worlds=0, n_lists=2)
    grid = fit((learner, features, given, pred, fold), plan=plan, belief=belief, reviewer=reviewer)

    assert (grid.rehearsal.gain[0].mean() > 0.01) == helps


def test_the_list_is_changed_as_often_as_it_is_believed_wrong(monkeypatch):
    """Listed rows change class by their belief, in the training labels of every fold."""
    learner, features, y, pred, fold = make_case()
    seen = []

    def spy(self, features, labels, train, test):
        seen.append((labels != y).sum())
        return pred[test]

    monkeypatch.setattr(Learner, "fit_predict", spy)
    plan = Plan((0.5, 1.0), 1, n_worlds=0, n_lists=1)
    grid = fit((learner, features, y, pred, fold), plan=plan, belief=np.full((300, 2), 0.5))

    # Of the 30 listed rows about half, in five folds, and of the 120 down to the deep share.
    changed = sorted(seen)[-10:]
    assert 8 <= changed[0] <= changed[4] <= 22
    assert 45 <= changed[5] <= changed[9] <= 75
    assert sorted(seen)[:5] == [0] * 5
    assert grid.n_fits == len(seen) == 5 + 5 + 5


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
    fit((learner, features, y, np.full((200, 2), 0.5), fold), plan=Plan((0.1, 1.0), 3, n_worlds=0, n_lists=1))

    assert set(seen) == {2}


def test_changed_labels_stay_few_and_rows_never_meet(monkeypatch):
    """No fit sees more changed labels than are believed to be wrong, and training and test rows never meet."""
    learner, features, y, pred, fold = make_case()
    seen = []

    def spy(self, features, labels, train, test):
        seen.append(((labels[train] != y[train]).mean(), len(np.intersect1d(train, test))))
        return pred[test]

    monkeypatch.setattr(Learner, "fit_predict", spy)
    fit((learner, features, y, pred, fold))

    assert {shared for _, shared in seen} == {0}
    assert 0.01 < max(changed for changed, _ in seen) < 0.12


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


def test_summary_tells_every_size():
    """Anchors list all sizes, with labels as they are."""
    sizes = [(96, 0.0, 10), (168, 0.0, 10), (240, 0.0, 10)]

    assert [(a.train_rows, a.added_noise_rate, a.n_fits) for a in fit(make_case()).summarise()] == sizes


@pytest.mark.parametrize(
    ("metric", "given", "belief"),
    [
        ("roc_auc", np.zeros(40, dtype=np.int64), np.tile([0.98, 0.02], (40, 1))),
        ("r2", np.zeros(40), np.where(np.arange(640).reshape(40, 16) == 5, 1.0, 0.0)),
    ],
)
def test_a_fold_without_a_score_of_its_own_has_none_by_belief(metric, given, belief):
    """Little doubt of labels that are all alike is no scale to score by."""
    shares = np.linspace(0.1, 0.9, 40)
    pred = shares if metric == "r2" else np.column_stack([1 - shares, shares])

    told = Judge(metric, given, belief).score(np.arange(40), pred)

    assert np.isnan(told).all()
