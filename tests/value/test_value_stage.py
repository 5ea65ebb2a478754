import math

import numpy as np
import polars as pl
import pytest

from datassay.errors import DataError, InconclusiveError
from datassay.results import Interval
from datassay.value import estimate
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
        assert value.n_fits == 55
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
