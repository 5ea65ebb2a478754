"""Cells that fail a check: found, copied as they are, and measured on the rows whose cells pass."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from acting_support import make_frame, measure, pick, prepare, spoil

from datassay.expectations.suite import run_suite
from datassay.labels.estimator import fitting
from datassay.results import Interval, OtherAction
from datassay.value.actions import imputers, pollution, stage
from datassay.value.actions.bench import MAX_FITS, load_bench
from datassay.value.actions.donors import draw_donors
from datassay.value.actions.failing import Failing, find_failing
from datassay.value.actions.stage import measure_actions

LINEAR = "actions_support:make_linear"
WITHIN = ("expect_column_values_to_be_between", {"column": "signal", "min_value": -6, "max_value": 6})


def check(folder, frame, *items, **definition) -> SimpleNamespace:
    """Run the stages before and a suite."""
    at = prepare(folder, frame, **definition)
    at.suite = folder / "suite.json"
    listed = [{"type": name, "kwargs": kwargs} for name, kwargs in items]
    at.suite.write_text(json.dumps({"name": "x", "expectations": listed}))
    at.checked = run_suite(at.snapshot, at.suite, show_values=[])
    return at


def act(at, *, n_jobs=1):
    """Run the stage with the suite."""
    return measure_actions(
        at.snapshot, at.predictions, at.labels, at.spec,
        profile=None, expectations=at.checked, suite=at.suite, n_jobs=n_jobs,
    )  # fmt: skip


def aim(at):
    """Return the bench and the target of the one failing column."""
    bench = load_bench(at.snapshot, at.predictions, at.spec, n_jobs=1)
    (target,) = pollution.find_targets(bench, None, find_failing(bench, at.snapshot, at.checked, at.suite))
    return bench, target


def in_other_units(frame, *, by="signal") -> pl.DataFrame:
    """Return the table with a fifth of a column a thousandfold; nothing near zero, so that all of them fail."""
    apart = pl.col(by) + pl.col(by).sign() * 0.1
    is_wrong = pl.int_range(pl.len()).shuffle(4) < 0.2 * pl.len()
    return frame.with_columns(pl.when(is_wrong).then(1000 * apart).otherwise(apart).alias(by))


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """A table whose telling column is in other units in every fifth row, under a model that minds."""
    return check(tmp_path_factory.mktemp("units"), in_other_units(make_frame(600)), WITHIN, estimator=LINEAR)


@pytest.fixture(scope="module")
def told(units):
    """What the stage says of it."""
    return act(units)


def test_a_column_that_errors_have_ruined_is_worth_correcting(units, told):
    """Errors in other units have done all harm already: two more shares show nothing, rows that pass show it all."""
    action = pick(told, pollution.FAILING)
    blind = pick(measure(units, expectations=units.checked, n_jobs=1), pollution.FAILING)

    assert (action.columns, action.n_cells, action.n_fits) == (["signal"], 120, 15)
    assert action.outcome == "helps"
    assert action.gain.low > 0.1
    assert action.caveat is None
    assert blind.gain.estimate < 0.3 * action.gain.estimate
    assert blind.caveat == pollution.UNKNOWN


def test_threads_change_nothing_of_failing_cells(units, told):
    """The same record to the last bit, whatever the threads."""
    assert act(units, n_jobs=2) == told


def test_values_that_fail_are_in_no_record(tmp_path):
    """Spoiled values are cells: what the stage says holds none of them."""
    town = pl.lit("Rom") + (pl.col("id") % 3).cast(pl.String)
    bird = pl.when(pl.col("id") % 5 == 0).then(pl.lit("Kanarienvogel")).otherwise(town)
    frame = make_frame(300).with_columns(bird.alias("city"))
    at = check(tmp_path, frame, ("expect_column_values_to_match_regex", {"column": "city", "regex": "^Rom"}))
    found = act(at)

    assert pick(found, pollution.FAILING).gain is not None
    assert "Kanarienvogel" not in found.model_dump_json()


def test_cells_of_all_checks_of_a_column_count_once(tmp_path):
    """Two checks that fail on overlapping rows name their union; gaps are neither wrong nor right."""
    frame = make_frame(400).with_columns(spoil("noise", 0.1, None)).with_columns(
        pl.when(pl.col("id") < 40).then(50.0).when(pl.col("id") < 60).then(-50.0).otherwise("noise").alias("noise")
    )  # fmt: skip
    within = "expect_column_values_to_be_between"
    bench, target = aim_failing(
        check(tmp_path, frame, (within, {"column": "noise", "max_value": 9}),
              (within, {"column": "noise", "min_value": -9, "max_value": 9}))
    )  # fmt: skip
    gaps = bench.frame["noise"].is_null().to_numpy()

    assert target.wrong.tolist() == (bench.frame["noise"].abs() > 9).fill_null(value=False).to_list()
    assert target.share == pytest.approx(60 / 400)
    assert (target.sound == ~(target.wrong | gaps)).all()


def aim_failing(at):
    """Return the bench and the failing target where there are gaps, too."""
    bench = load_bench(at.snapshot, at.predictions, at.spec, n_jobs=1)
    targets = pollution.find_targets(bench, None, find_failing(bench, at.snapshot, at.checked, at.suite))
    return bench, next(each for each in targets if each.shape == "failing")


def test_a_check_whose_rows_are_unknown_makes_the_column_unknown(units):
    """Without the suite, or with other counts than the audit's, only the share is known."""
    bench, target = aim(units)
    other = units.checked.model_copy(update={"results": [units.checked.results[0].model_copy(
        update={"n_unexpected": 7})]})  # fmt: skip

    assert target.is_found
    assert find_failing(bench, units.snapshot, units.checked, None)["signal"].cells is None
    assert find_failing(bench, units.snapshot, other, units.suite)["signal"].cells is None
    assert find_failing(bench, units.snapshot, units.checked, units.suite.parent / "gone.json")["signal"].cells is None


def test_numbers_in_other_units_keep_their_order(units):
    """A spoiled cell gets the failing value of its own rank, so that it still tells what it told."""
    bench, target = aim(units)
    donors = draw_donors(bench, "signal", target.wrong, target.sound, np.random.default_rng(0))
    values = bench.frame["signal"].to_numpy()
    right = np.flatnonzero(target.sound)

    assert target.wrong[donors].all()
    assert (np.sign(values[donors[right]]) == np.sign(values[right])).mean() > 0.9
    assert np.corrcoef(values[donors[right]], values[right])[0, 1] > 0.9


@pytest.mark.parametrize("kind", ["fixed", "random"])
def test_numbers_that_tell_nothing_come_from_any_failing_cell(tmp_path, kind):
    """A fixed or a random number in the place of the right one says nothing of it, and neither does the donor."""
    wrong = pl.lit(999.0) if kind == "fixed" else pl.Series(np.random.default_rng(5).uniform(100, 999, 600))
    frame = make_frame(600).with_columns(pl.when(pl.col("id") % 5 == 0).then(wrong).otherwise("signal").alias("signal"))
    bench, target = aim(check(tmp_path, frame, WITHIN))
    donors = draw_donors(bench, "signal", target.wrong, target.sound, np.random.default_rng(0))
    values = bench.frame["signal"].to_numpy()

    assert target.wrong[donors].all()
    if kind == "random":
        assert abs(np.corrcoef(values[donors[target.sound]], values[target.sound])[0, 1]) < 0.15


def test_mistyped_words_stay_like_their_word(tmp_path):
    """A spoiled word becomes a mistyped form of itself; where most are like none, any failing word will do."""
    word = pl.when(pl.col("signal") > 0).then(pl.lit("Lissabon")).otherwise(pl.lit("Kopenhagen"))
    typed = pl.concat_str(word.str.head(3), word.str.slice(4))
    is_wrong = pl.col("id") % 4 == 0
    frame = make_frame(400).with_columns(pl.when(is_wrong).then(typed).otherwise(word).alias("city"))
    named = {"column": "city", "value_set": ["Lissabon", "Kopenhagen"]}
    bench, target = aim(check(tmp_path, frame, ("expect_column_values_to_be_in_set", named)))
    donors = draw_donors(bench, "city", target.wrong, target.sound, np.random.default_rng(0))
    given, spoiled = bench.frame["city"], bench.frame["city"].gather(donors)

    assert target.wrong.sum() == 100
    assert (given.str.head(1) == spoiled.str.head(1)).to_numpy()[target.sound].all()

    odd = bench.frame.with_columns(pl.when(pl.Series(target.wrong)).then(pl.lit("xx")).otherwise("city").alias("city"))
    object.__setattr__(bench, "frame", odd)
    assert target.wrong[draw_donors(bench, "city", target.wrong, target.sound, np.random.default_rng(0))].all()


def test_errors_go_with_the_classes_as_today(tmp_path):
    """Where one class has more wrong cells, as many more of its right ones are spoiled."""
    is_wrong = (pl.int_range(pl.len()).shuffle(3) < 200) & (pl.col("y") == "yes")
    frame = make_frame(400).with_columns(pl.when(is_wrong).then(999.0).otherwise("noise").alias("noise"))
    bench, target = aim(
        check(tmp_path, frame, ("expect_column_values_to_be_between", {"column": "noise", "max_value": 9}))
    )
    spoiled = pollution._draw_spoiled(bench, target, target.wrong, np.random.default_rng(0))
    is_yes = bench.y == 1

    assert target.wrong[is_yes].mean() > 0.4
    assert not (spoiled & target.wrong).any()
    assert spoiled[is_yes & target.sound].mean() == pytest.approx(target.wrong[is_yes].mean(), abs=0.01)
    assert not spoiled[~is_yes].any()


def test_classes_without_right_cells_are_not_measured(tmp_path):
    """Where all cells of a class fail, no row shows what its right ones would be worth."""
    frame = make_frame(400).with_columns(
        pl.when(pl.col("signal") > 0.5).then(999.0).otherwise("signal").alias("signal")
    )
    frame = frame.with_columns(pl.when(pl.col("signal") == 999).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("y"))
    bench, target = aim(check(tmp_path, frame, WITHIN))
    with fitting():
        action = pollution.measure_pollution(bench, target)

    assert (action.gain, action.n_fits) == (None, 0)
    assert "some class" in action.reason


def test_rare_classes_stop_no_measurement(tmp_path):
    """A class of which some fold holds no right cell is measured by the other folds."""
    rare = pl.when(pl.col("id") < 6).then(pl.lit("rare")).otherwise("y").alias("y")
    fails = pl.when(pl.col("id") % 3 == 0).then(999.0).otherwise("signal").alias("signal")
    bench, target = aim(check(tmp_path, make_frame(400).with_columns(rare, fails), WITHIN))
    with fitting():
        action = pollution.measure_pollution(bench, target)

    assert len(set(bench.fold[target.sound & (bench.y == 1)])) < bench.n_folds
    assert action.gain is not None


def test_failing_cells_in_no_fitted_row_are_not_measured(units):
    """Where only rows without a label fail, the model sees none of it, and that is said."""
    bench, _ = aim(units)
    known = {"signal": Failing(0.1, np.zeros(600, dtype=bool))}
    (target,) = pollution.find_targets(bench, None, known)
    action = pollution.measure_pollution(bench, target)

    assert (action.gain, action.n_fits) == (None, 0)
    assert "None of the rows" in action.reason


def test_a_ruined_column_is_not_called_useless_by_the_screen(units, monkeypatch):
    """Scrambling a column that errors have ruined costs nothing: without fits that bounds nothing."""
    monkeypatch.setattr(stage, "MAX_FITS", 15)
    action = pick(act(units), pollution.FAILING)

    assert (action.outcome, action.gain) == ("not measured", None)


def missing(gain) -> OtherAction:
    """Return a measured action on missing values."""
    return OtherAction(
        name=pollution.MISSING, kind="pollution", columns=["signal"], n_cells=60, hours=0.5, cost=20, gain=gain,
        gain_per_hour=gain.estimate / 0.5, p_gains=0.95, n_fits=10, outcome="helps", measured="So.",
    )  # fmt: skip


def test_gains_end_where_ways_of_filling_in_end(units):
    """Estimate and interval are cut off at the spread of the column, the word follows, and it is said."""
    bench, _ = aim(units)
    found = imputers.cut_off(bench, missing(Interval(estimate=0.05, low=0.02, high=0.08)), 0.03, "this column")
    within = imputers.cut_off(bench, missing(Interval(estimate=0.05, low=0.02, high=0.08)), 0.2, "this column")
    nothing = imputers.cut_off(bench, missing(Interval(estimate=0.05, low=0.02, high=0.08)), 0.0, "this column")

    assert found.gain == Interval(estimate=0.03, low=0.02, high=0.03)
    assert (found.gain_per_hour, found.outcome, found.caveat) == (0.06, "helps", imputers.BEYOND)
    assert within.gain.high == 0.08
    assert within.caveat is None
    assert nothing.outcome == "does nothing measurable"


def test_one_gappy_column_is_held_against_the_spread_there_is(tmp_path):
    """With one column the spread over all is its own, and no fit is made again."""
    found = measure(prepare(tmp_path, make_frame(400).with_columns(spoil("signal", 0.3, None))))
    action, spread = pick(found, pollution.MISSING), pick(found, imputers.NAME)

    assert action.gain.high <= spread.gain.high
    assert action.n_fits == 10
    assert "filling in this column" in action.measured


def test_gappy_columns_are_held_against_their_own_spread(tmp_path, monkeypatch):
    """With several, the column's own ways of filling in take fits; without any, those of all columns are taken."""
    frame = make_frame(400).with_columns(spoil("signal", 0.3, None), spoil("other", 0.02, None, seed=2))
    at = prepare(tmp_path, frame)
    asked = []
    monkeypatch.setattr(
        imputers, "bound_column", lambda _, gap, *__: asked.append((gap.name, gap.null_count())) or 0.001
    )
    held = pick(measure(at), pollution.MISSING, "signal")
    monkeypatch.setattr(stage, "MAX_FITS", 45)
    found = measure(at)
    unheld, together = pick(found, pollution.MISSING, "signal"), pick(found, imputers.NAME)

    assert ("signal", 120) in asked
    assert held.gain.high == 0.001
    assert held.caveat == imputers.BEYOND
    assert 0.001 < unheld.gain.high <= together.gain.high
    assert "all columns together" in unheld.measured


def test_ways_of_filling_in_end_where_they_are_enough(tmp_path):
    """No further way is fitted once the spread reaches the gain, or the fits end."""
    at = prepare(tmp_path, make_frame(400).with_columns(spoil("signal", 0.3, None)))
    fits = []
    for enough, most in ((0.0001, 99), (9.0, 12), (9.0, 99)):
        bench = load_bench(at.snapshot, at.predictions, at.spec, n_jobs=1)
        with fitting():
            imputers.bound_column(bench, bench.frame["signal"], enough, most)
        fits.append(bench.meter.done)

    assert fits == [5, 10, 15]


def test_bounds_are_counted_among_the_fits(tmp_path):
    """Fits of a column's own spread are told with the action, and all stay within the stage's."""
    frame = make_frame(400).with_columns(spoil("signal", 0.3, None), spoil("other", 0.02, None, seed=2))
    found = measure(prepare(tmp_path, frame))

    assert pick(found, pollution.MISSING, "signal").n_fits in {15, 20}
    assert found.n_fits == sum(action.n_fits for action in found.actions) <= MAX_FITS


def test_a_spread_that_nobody_sees_stops_no_other_action(units, monkeypatch, tmp_path):
    """Where no way of filling in changes what the model sees, the spread says so and the rest is measured."""
    at = prepare(tmp_path, make_frame(300).with_columns(spoil("noise", 0.2, None)))
    monkeypatch.setattr("datassay.value.actions.bench.Bench.is_same", lambda *_: True)
    found = measure(at)

    assert "No way of filling in" in pick(found, imputers.NAME).reason
    assert pick(found, pollution.MISSING).gain is not None


def test_an_audit_finds_the_cells_by_its_suite(units):
    """The stage of a whole audit hands on the suite."""
    import datassay

    frame = pl.read_parquet(units.snapshot.local_path)
    result = datassay.audit(frame, label="y", id="id", suite=str(units.suite), estimator=LINEAR)
    (action,) = [each for each in result.report.actions if each.name == pollution.FAILING]

    assert (action.outcome, action.caveat) == ("helps", None)
