import math

import numpy as np
import polars as pl
import pytest

from datassay.errors import DataError, InconclusiveError
from datassay.labels import reviewers
from datassay.labels.places import find_places
from datassay.labels.reviewers import certain
from datassay.results import Interval
from datassay.value import beliefs, estimate
from datassay.value.beliefs import Knowledge, firm_up
from datassay.value.estimate import estimate_value_stage
from datassay.value.fits import Plan
from datassay.value.verdict import decide


@pytest.fixture
def small_grid(monkeypatch):
    """A grid of 20 fits and one rehearsal, for what does not depend on how well it is measured."""
    monkeypatch.setattr(estimate, "choose_plan", lambda *_: Plan((0.5, 0.75, 1.0), 1, 1, 1))


def numbers(record):
    """Return all floats in a record."""
    if isinstance(record, dict):
        return [x for value in record.values() for x in numbers(value)]
    if isinstance(record, list):
        return [x for value in record for x in numbers(value)]
    return [record] if isinstance(record, float) else []


def check_record(value):
    hour, day = value.cleaning.per_hour, value.collecting.per_day

    assert all(math.isfinite(x) for x in numbers(value.model_dump()))
    for at in (hour, day, value.exchange_rate, *value.cleaning.curve, *value.collecting.curve):
        middle = at.estimate if isinstance(at, Interval) else at.gain
        assert at.low <= middle <= at.high
    assert 0 <= value.p_cleaning_beats_collecting <= 1
    assert 0 <= value.p_cleaning_beats_collecting_per_cost <= 1
    assert 0 <= value.evpi <= value.expected_regret
    assert value.baseline_believed == pytest.approx(value.anchors[-1].score)
    # Equal up to the last digits: vectorised powers of one number and of many may differ there.
    assert value.cleaning.curve[0].gain == pytest.approx(hour.estimate, rel=1e-9)
    assert value.collecting.curve[0].gain == pytest.approx(day.estimate, rel=1e-9)
    assert [point.labels for point in value.cleaning.curve] == sorted({point.labels for point in value.cleaning.curve})


def test_gains_agree_with_really_doing_it(make_table, make_spec):
    """With planted noise the mean gains told of three tables are near those of really reviewing and collecting."""
    labels, rows, told, done = 150, 750, [], []
    for seed in range(3):
        table = make_table(n=1500, rate=0.2, seed=seed)
        spec = make_spec(
            cleaning={"labels_per_hour": labels, "reviewer_accuracy": 0.95},
            collecting={"rows_per_day": rows},
            seed=seed,
        )
        value = estimate_value_stage(table.snapshot, table.predictions, table.labels, spec)
        told.append((value.cleaning.per_hour.estimate, value.collecting.per_day.estimate))
        done.append((table.really_clean(labels, 0.95), table.really_collect(rows)))
        check_record(value)
        assert value.n_fits == 60
        assert value.exchange_rate_closed_form == pytest.approx(4 / 0.6)
        assert decide(value, table.labels, spec).action in {"clean", "collect", "review_first"}
    # One table's truth varies by more than a day gains, so that it is taken over more tables than are asked about.
    for seed in range(3, 9):
        table = make_table(n=1500, rate=0.2, seed=seed)
        done.append((table.really_clean(labels, 0.95), table.really_collect(rows)))
    clean, collect = np.mean(told, axis=0) / np.mean(done, axis=0)

    assert 1 / 2.5 < clean < 2.5
    assert 1 / 2.5 < collect < 2.5


def test_regression_gains_agree_with_really_doing_it(make_table, make_spec):
    """The same for a regression target with wrong values, in R2, of which the worst weigh more than a random one."""
    told, done = [], []
    for seed in range(2):
        table = make_table(n=1000, rate=0.1, task="regression", seed=seed)
        spec = make_spec(
            cleaning={"labels_per_hour": 100, "reviewer_accuracy": 1.0}, collecting={"rows_per_day": 500}, seed=seed
        )
        value = estimate_value_stage(table.snapshot, table.predictions, table.labels, spec)
        told.append((value.cleaning.per_hour.estimate, value.collecting.per_day.estimate))
        done.append((table.really_clean(100, 1.0), table.really_collect(500)))
        check_record(value)
        assert value.exchange_rate_closed_form is None
        assert "points of R²" in decide(value, table.labels, spec).sentence
    clean, collect = np.mean(told, axis=0) / np.mean(done, axis=0)

    assert 1 / 6 < clean < 2.5
    assert 1 / 4 < collect < 4


@pytest.mark.usefixtures("small_grid")
def test_same_seed_same_record_whatever_the_threads(make_table, make_spec):
    """The record does not depend on the number of threads, and does on the seed."""
    table = make_table(n=300, rate=0.1)

    def run(n_jobs, seed=0):
        spec = make_spec(seed=seed)
        return estimate_value_stage(table.snapshot, table.predictions, table.labels, spec, n_jobs=n_jobs)

    assert run(1) == run(2)
    assert run(2) != run(2, seed=1)


@pytest.mark.parametrize(
    ("cleaning", "collecting", "told"),
    [
        ({"cost_per_hour": 0}, {"cost_per_day": 0}, "Neither side costs anything"),
        ({"cost_per_hour": 0}, {"cost_per_day": 0, "setup_cost": 500}, "for the money that collecting needs once"),
        ({"cost_per_hour": 0}, {}, "Cleaning costs nothing"),
        ({}, {"cost_per_day": 0}, "New rows cost nothing"),
        ({"labels_per_hour": 5000}, {}, "less than an hour of reviewing"),
        ({}, {"rows_per_day": 100_000}, "gains are not extrapolated beyond 4 times"),
        ({"labels_per_hour": 0.5}, {"rows_per_day": 0.5, "setup_cost": 1e6}, "Curves end at 4 times"),
    ],
)
@pytest.mark.usefixtures("small_grid")
def test_odd_costs_are_noted_and_stay_finite(make_table, make_spec, cleaning, collecting, told):
    """Free, huge and tiny quantities give a complete record, a note and a verdict."""
    table = make_table(n=200, rate=0.1)
    spec = make_spec(cleaning=cleaning, collecting=collecting)
    value = estimate_value_stage(table.snapshot, table.predictions, table.labels, spec)
    verdict = decide(value, table.labels, spec)

    assert all(math.isfinite(x) for x in numbers(value.model_dump()))
    assert any(told in note for note in value.notes)
    assert max(point.rows for point in value.collecting.curve) <= 600
    assert "nan" not in " ".join([verdict.sentence, *verdict.reasons, *verdict.assumptions]).lower()


def test_useless_features_gain_about_nothing(make_table, make_spec):
    """A curve that is flat gives gains near zero and says so."""
    table = make_table(n=600, rate=0.1, strength=0.0)
    value = estimate_value_stage(table.snapshot, table.predictions, table.labels, make_spec())

    check_record(value)
    assert value.collecting.curve[0].low < 0.01
    assert any("curve is flat" in note or "falls with more rows" in note for note in value.notes)


@pytest.mark.usefixtures("small_grid")
def test_sampled_rows_stand_for_all(make_table, make_spec):
    """Where only a sample was fitted, gains are those of the whole table, and it is said."""
    table = make_table(n=300, rate=0.1)
    big = table.snapshot.model_copy(update={"n_rows": 30_000})
    value = estimate_value_stage(big, table.predictions, table.labels, make_spec())
    small = estimate_value_stage(table.snapshot, table.predictions, table.labels, make_spec())

    assert value.n_train == 30_000
    assert abs(value.cleaning.per_hour.estimate) < abs(small.cleaning.per_hour.estimate) / 10
    assert any("carried on to 30,000 rows" in note for note in value.notes)
    assert any("stand for all" in text for text in decide(value, table.labels, make_spec()).assumptions)


def test_too_few_rows_are_refused(make_table, make_spec):
    """Below 100 labelled rows there is no curve to measure."""
    table = make_table(n=90, rate=0.1)

    with pytest.raises(InconclusiveError, match="x has 90 labelled rows; 100 are needed"):
        estimate_value_stage(table.snapshot, table.predictions, table.labels, make_spec())


def test_lost_or_empty_worklist_is_refused(make_table, make_spec, tmp_path):
    """Without a worklist that can be read there is no value of reviewing it."""
    table = make_table(n=120, rate=0.1)

    def run(**changes):
        labels = table.labels.model_copy(update=changes)
        return estimate_value_stage(table.snapshot, table.predictions, labels, make_spec())

    with pytest.raises(InconclusiveError, match="no worklist"):
        run(worklist_path=None)
    with pytest.raises(InconclusiveError, match="no worklist"):
        run(detector_precision=[])
    with pytest.raises(DataError, match="cannot be read from the cache"):
        run(worklist_path=str(tmp_path / "gone.parquet"))
    hollow = {"rank": [1], "row": [0], "p_wrong": [None], "is_reviewed": [False], "suggested_label": ["0"]}
    pl.DataFrame(hollow).write_parquet(tmp_path / "hollow.parquet")
    with pytest.raises(InconclusiveError, match="without a probability"):
        run(worklist_path=str(tmp_path / "hollow.parquet"))


@pytest.mark.parametrize(("is_corrected", "most_right"), [(False, 0.3), (True, 0.6)])
def test_labels_that_were_corrected_still_speak_for_those_near_them(is_corrected, most_right):
    """A pocket of wrong labels stays one for the rest of it when the reviewed ones among them are put right."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 2)).astype(np.float32)
    true = (X[:, 0] > 0).astype(np.int64)
    is_pocket = (X[:, 0] > 0) & (X[:, 1] > 0.8)
    given = np.where(is_pocket, 0, true)
    pred = np.where(given[:, None] == np.arange(2), 0.93, 0.07)
    sizes = ((1, 30), (0, 60))
    seen = np.concatenate([rng.permutation(np.flatnonzero(is_pocket == side))[:size] for side, size in sizes])
    verified, now = np.full(1000, -1), given.copy()
    verified[seen] = true[seen]
    if is_corrected:
        now[seen] = true[seen]
    transition = np.array([[0.97, 0.03], [0.15, 0.85]])
    known = Knowledge(transition, 0.08, verified, certain(2), find_places(X), asked=given)

    belief = firm_up(now, [now], [pred], known, 0)

    unseen = np.setdiff1d(np.flatnonzero(is_pocket), seen)
    others = np.setdiff1d(np.flatnonzero(~is_pocket), seen)
    assert belief[unseen, 0].mean() < most_right
    assert belief[others, now[others]].mean() > 0.9


@pytest.mark.usefixtures("small_grid")
def test_reviewers_whom_the_labels_stage_takes_to_be_right_are_believed_when_gains_are_told(make_table, make_spec):
    """What they said is not doubted, whatever is stated of those who are to come."""
    table = make_table(n=200, rate=0.1)
    rows = pl.read_parquet(table.labels.worklist_path).with_columns(
        is_reviewed=pl.col("rank") > 150,
        suggested_label=pl.when(pl.col("rank") > 150).then(pl.lit("1")).otherwise("suggested_label"),
        reviewed_label=pl.when(pl.col("rank") > 150).then(pl.lit("0")),
        lead=pl.when(pl.col("rank") > 150).then(2),
        votes=pl.when(pl.col("rank") > 150).then(3),
    )
    rows.write_parquet(table.labels.worklist_path)
    heard, votes = [], []

    def listen(*args, **options):
        heard.append(args[2].accuracy)
        votes.append(np.unique(args[2].votes, axis=0).tolist())
        return reviewers.listen(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beliefs, "listen", listen)
        for is_certain in (True, False):
            spec = make_spec(cleaning={"labels_per_hour": 20, "reviewer_accuracy": 0.9})
            labels = table.labels.model_copy(update={"is_verified_certain": is_certain})
            estimate_value_stage(table.snapshot, table.predictions, labels, spec)

    assert [one.expected for one in heard] == pytest.approx([1.0, 0.9], abs=0.005)
    assert votes == [[[2, 3]]] * 2


@pytest.mark.parametrize(
    ("score", "unit"),
    [(-0.29, 1.0), (-0.65, 0.1 * 0.69 / 0.4), (-0.69, 0.1 * 0.69 / 0.4), (-0.9, 0.1 * 0.69 / 0.4)],
)
def test_errors_of_gains_do_not_vanish_with_the_models_lead(score, unit):
    """A model that passes by its ranking may have the prior's log loss, or a worse one: its gains are no surer."""
    assert estimate.find_unit(score, -0.69, 0.0) == pytest.approx(unit)
    assert estimate.find_unit(0.8, 0.5, 1.0) == 1.0


@pytest.mark.parametrize(
    ("n_reviews", "told"),
    [(0, "no label has been verified yet"), (40, "moved in part to what reviews say")],
)
@pytest.mark.usefixtures("small_grid")
def test_reviews_of_the_worklist_alone_are_not_called_none(make_table, make_spec, n_reviews, told):
    """A rate of the model's own is called so, and labels that were verified are not denied."""
    table = make_table(n=200, rate=0.1)
    labels = table.labels.model_copy(update={"noise_rate_source": "model", "n_reviews": n_reviews})
    value = estimate_value_stage(table.snapshot, table.predictions, labels, make_spec())
    verdict = decide(value, labels, make_spec())

    text = " ".join([verdict.sentence, *verdict.reasons, *verdict.assumptions])
    assert told in text
    assert ("no reviews yet" in text) == (n_reviews == 0)
