"""Other actions: measured on the audit's own folds, within their fits, and honest where nothing can be said."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from acting_support import make_frame, measure, pick, prepare, spoil
from hypothesis import given
from hypothesis import strategies as st

from datassay.errors import InconclusiveError, SpecError
from datassay.labels.estimator import fitting
from datassay.progress import report_to
from datassay.results import ExpectationResult, Expectations, Interval
from datassay.spec import parse_spec
from datassay.value.actions import imputers, pollution, repairs, rows, sampling, stage
from datassay.value.actions.bench import MAX_FITS, load_bench
from datassay.value.actions.nested import flag_anew
from datassay.value.actions.reading import name_outcome, read_differences
from datassay.value.actions.stage import why_skip


@pytest.fixture(scope="module")
def disguised(tmp_path_factory):
    """A table whose telling column says -999 in every eighth row, under a model that minds."""
    frame = make_frame().with_columns(spoil("signal", 0.125, -999.0), spoil("noise", 0.4, None, seed=2))
    return prepare(tmp_path_factory.mktemp("disguised"), frame, estimator="actions_support:make_linear")


@pytest.fixture(scope="module")
def found(disguised):
    """What the stage says of it."""
    return measure(disguised)


def test_a_disguised_missing_value_is_repaired_and_measured(found):
    """Writing -999 as missing helps a linear model; it costs the assumed quarter of an hour."""
    repair = pick(found, repairs.DISGUISED)

    assert (repair.columns, repair.n_cells, repair.hours, repair.cost) == (["signal"], 63, 0.25, 10.0)
    assert repair.outcome == "helps"
    assert repair.gain.low > 0.05
    assert repair.p_gains > 0.9
    assert repair.gain_per_hour == pytest.approx(4 * repair.gain.estimate)


def test_an_irrelevant_column_full_of_gaps_does_nothing(found):
    """Looking up 200 values that tell nothing is not measurable, and takes its time all the same."""
    action = pick(found, pollution.MISSING, "noise")

    assert action.outcome == "does nothing measurable"
    assert (action.n_cells, action.hours) == (200, pytest.approx(200 / 120))
    assert action.n_fits == 10


def test_missing_values_are_bounded_by_ways_of_filling_them(found):
    """The spread over fillings is a bound, starts at zero and names all columns with gaps, plain or disguised."""
    action = pick(found, imputers.NAME)

    assert action.is_bound
    assert (sorted(action.columns), action.n_cells, action.p_gains) == (["noise", "signal"], 263, None)
    assert action.gain.low == 0 < action.gain.estimate <= action.gain.high
    # What -999 costs is within what the fillings disagree by.
    assert action.gain.high >= pick(found, repairs.DISGUISED).gain.estimate


def test_dropping_labels_is_always_among_the_actions(found):
    """It costs nothing, and says on which labels it was scored."""
    action = pick(found, rows.DROP_LABELS)

    assert (action.hours, action.cost, action.gain_per_hour) == (0, 0, None)
    assert "rewards agreeing with errors" in action.measured
    assert action.gain.low <= action.gain.estimate <= action.gain.high


def test_flags_anew_have_not_seen_the_part_that_judges_them(disguised):
    """Other labels in a held-out part change no flag that is judged on it, but flags that are judged elsewhere."""
    bench, other = (load_bench(disguised.snapshot, disguised.predictions, disguised.spec, n_jobs=2) for _ in range(2))
    object.__setattr__(other, "y", np.where(bench.fold == 0, 1 - bench.y, bench.y))
    with fitting():
        flags, changed = flag_anew(bench), flag_anew(other)

    assert (flags[0] == changed[0]).all()
    assert (flags[1] != changed[1]).any()
    assert not any(flagged[bench.fold == i].any() for i, flagged in enumerate(flags))
    assert bench.meter.done == 10


def test_two_folds_are_too_few_to_flag_anew(disguised):
    """With two folds nothing is left to learn from once both are set aside."""
    bench = load_bench(disguised.snapshot, disguised.predictions, disguised.spec, n_jobs=1)
    object.__setattr__(bench, "fold", bench.fold % 2)

    with pytest.raises(InconclusiveError, match="three folds"):
        flag_anew(bench)


def test_fits_are_counted_and_told(disguised):
    """The sum of all fits is what was counted, at most 64, and the listener hears each of them.

    Which columns matter, the audit's own fits have told: no fit is made for that.
    """
    told = []
    listener = SimpleNamespace(start=lambda *_: None, finish=lambda *_: None, advance=lambda *each: told.append(each))
    with report_to(listener):
        found = measure(disguised)

    assert found.n_fits == sum(action.n_fits for action in found.actions) <= MAX_FITS
    assert [done for _, done, _ in told] == list(range(1, found.n_fits + 1))
    assert {stage for stage, _, _ in told} == {"actions"}


def test_threads_change_nothing_and_the_seed_does(disguised, found):
    """The same record to the last bit whatever the threads; another seed spoils other cells."""
    other = disguised.spec.model_copy(update={"seed": 1})

    assert measure(disguised, n_jobs=1) == found
    assert measure(disguised, spec=other) != found


def test_more_columns_than_allowed_are_left_out(disguised):
    """`max_columns` bounds what costs people time, and leaves repairs alone."""
    spec = disguised.spec.model_copy(update={"actions": disguised.spec.actions.model_copy(update={"max_columns": 0})})
    kinds = {action.kind for action in measure(disguised, spec=spec).actions}

    assert kinds == {"drop_labels", "spread", "repair"}


def test_beyond_the_fits_the_screen_speaks_or_nobody(tmp_path):
    """With a dozen gappy columns the fits run out: the rest is bounded by the screen or said to be not measured."""
    frame = make_frame(300)
    gappy = [spoil("noise", 0.1, None, seed=i).alias(f"noise_{i}") for i in range(9)]
    found = measure(prepare(tmp_path, frame.with_columns(gappy)))
    unfitted = [action for action in found.actions if action.kind == "pollution" and action.n_fits == 0]

    assert found.n_fits <= MAX_FITS
    assert unfitted
    for action in unfitted:
        assert (action.outcome == "not measured") == (action.gain is None) == (action.reason is not None)
        assert action.gain is None or action.is_bound


def test_copies_never_sit_on_both_sides(tmp_path):
    """Copies are dropped from training parts; each test part holds one of a kind, and its kind is not trained on."""
    frame = make_frame(300)
    again = [frame.head(60).with_columns(id=pl.col("id") + more) for more in (300, 600)]
    frame = pl.concat([frame, *again])
    at = prepare(tmp_path, frame)
    bench = load_bench(at.snapshot, at.predictions, at.spec, n_jobs=1)
    copies = rows.find_copies(bench, at.snapshot)
    # As if the audit had not kept copies together.
    scattered = load_bench(at.snapshot, at.predictions, at.spec, n_jobs=1)
    object.__setattr__(scattered, "fold", np.random.default_rng(0).integers(0, 5, 420))
    seen = []

    def spy(features, y, train, test):
        seen.append((set(copies[train].tolist()), copies[test]))
        return np.tile([0.4, 0.6], (len(test), 1))

    object.__setattr__(scattered, "learner", SimpleNamespace(fit_predict=spy, wants_table=False))
    with fitting():
        apart, kept = rows.deduplicate(scattered, copies), rows.deduplicate(bench, copies)

    assert copies.max() + 1 == 300
    assert apart.n_rows == kept.n_rows == 120
    assert all(not trained & set(tested.tolist()) for trained, tested in seen)
    # Folds that cut kinds need a baseline of their own; folds that do not are scored from the predictions.
    assert (apart.n_fits, kept.n_fits, len(seen)) == (10, 5, 10)
    assert apart.outcome == "does nothing measurable"
    assert kept.gain.low <= kept.gain.high


def test_without_copies_there_is_nothing_to_drop(found):
    """Deduplication is only named where there are copies."""
    assert "deduplicate" not in {action.kind for action in found.actions}


def test_wrong_labels_that_are_found_help_when_dropped(tmp_path):
    """Labels of one class flipped: leaving the flagged rows out helps, and the caveat is told."""
    is_flipped = (pl.int_range(pl.len()).shuffle(3) < 400) & (pl.col("y") == "yes")
    frame = make_frame(1000).with_columns(pl.when(is_flipped).then(pl.lit("no")).otherwise("y").alias("y"))
    action = pick(measure(prepare(tmp_path, frame)), rows.DROP_LABELS)

    assert action.n_rows > 100
    assert (action.outcome, action.n_fits) == ("helps", 15)
    assert "class weights" in action.caveat


def test_categories_and_numbers_in_text_are_repaired(tmp_path):
    """Spellings are merged, signs and thousands separators are read, and a decimal comma is no thousands separator."""
    rng = np.random.default_rng(0)
    city = rng.choice(["Rome", "rome ", "ROME", "Oslo", " oslo"], 400).tolist()
    pay = [f"$ {x:,.2f}" for x in rng.uniform(100, 9000, 400)]
    comma = [f"{x:.2f}".replace(".", ",") for x in rng.uniform(0, 9, 400)]
    frame = make_frame(400).with_columns(pl.Series("count", city), pl.Series("pay", pay), pl.Series("comma", comma))
    at = prepare(tmp_path, frame)
    bench = load_bench(at.snapshot, at.predictions, at.spec, n_jobs=1)
    found = {(each.name, each.column): each for each in repairs.find_repairs(bench, at.profile)}
    merged = found[repairs.CATEGORIES, "count"].fixed

    assert set(found) == {(repairs.CATEGORIES, "count"), (repairs.NUMBERS, "pay")}
    assert sorted(set(merged.str.strip_chars().str.to_lowercase())) == ["oslo", "rome"]
    assert merged.n_unique() == 2
    assert found[repairs.CATEGORIES, "count"].n_cells == (merged != bench.frame["count"]).sum()
    assert found[repairs.NUMBERS, "pay"].fixed.to_list() == [float(x[2:].replace(",", "")) for x in pay]


def test_what_the_encoding_does_anyway_costs_no_fit(tmp_path):
    """A repair that the model does not see gains exactly nothing, without a fit."""
    frame = make_frame(200).with_columns(pl.col("noise").round(3).cast(pl.String).alias("written"))
    at = prepare(tmp_path, frame)
    bench = load_bench(at.snapshot, at.predictions, at.spec, n_jobs=1)
    same = repairs.Repair(repairs.NUMBERS, "noise", bench.frame["noise"].cast(pl.Float32), 200)
    action = repairs.measure_repair(bench, same)

    assert action.gain == Interval(estimate=0, low=0, high=0)
    assert (action.n_fits, action.p_gains, action.outcome) == (0, 0.5, "does nothing measurable")


def test_pollution_copies_the_errors_there_are(tmp_path):
    """Doses are nested, exact, leave wrong cells alone, and spoil cells as the table itself does."""
    frame = make_frame(400).with_columns(spoil("noise", 0.1, None), spoil("signal", 0.2, -999.0))
    at = prepare(tmp_path, frame)
    bench = load_bench(at.snapshot, at.predictions, at.spec, n_jobs=1)
    targets = {each.column: each for each in pollution.find_targets(bench, at.profile, {})}
    once, twice = (
        column.is_null().to_numpy() for column in pollution.pollute(bench, targets["noise"], np.array([1.0, 2.0]))
    )
    is_missing = bench.frame["noise"].is_null().to_numpy()
    disguised = pollution.pollute(bench, targets["signal"], np.array([1.0]))[0]

    assert (is_missing.sum(), once.sum(), twice.sum()) == (40, 80, 120)
    assert (is_missing <= once).all()
    assert (once <= twice).all()
    assert (disguised.null_count(), (disguised == -999).sum()) == (0, 160)


def test_failing_checks_are_shares_without_rows(tmp_path):
    """A check's count stands for its rows: that share of cells gets the values of other rows."""
    at = prepare(tmp_path, make_frame(400))
    result = ExpectationResult(
        type="expect_column_values_to_be_between", column="signal", severity="critical", outcome="failed",
        n_evaluated=400, n_unexpected=80, unexpected_fraction=0.2,
    )  # fmt: skip
    nulls = result.model_copy(update={"type": "expect_column_values_to_not_be_null", "column": "other"})
    checks = Expectations(
        engine="x", suite="x", success=False, n_evaluated=2, n_failed=2, n_unknown=0, results=[result, nulls]
    )
    found = measure(at, expectations=checks)
    action = pick(found, pollution.FAILING)

    assert (action.columns, action.n_cells) == (["signal"], 80)
    assert action.outcome == "helps"
    assert [each.kind for each in found.actions].count("pollution") == 1


def test_mostly_wrong_columns_are_not_measured(tmp_path):
    """Where more than half of a column is missing there is nothing left to make missing."""
    found = measure(prepare(tmp_path, make_frame(300).with_columns(spoil("other", 0.7, None))))
    action = pick(found, pollution.MISSING, "other")

    assert (action.outcome, action.gain, action.n_cells) == ("not measured", None, 210)
    assert "More than half" in action.reason


def test_an_estimator_that_fails_on_a_repair_stops_no_other_action(tmp_path):
    """A model that refuses nulls cannot say what writing them gains: that one is not measured, with the reason."""
    frame = make_frame(300).with_columns(spoil("signal", 0.1, -999.0))
    found = measure(prepare(tmp_path, frame, estimator="actions_support:make_fragile"))
    repair = pick(found, repairs.DISGUISED)

    assert (repair.outcome, repair.gain) == ("not measured", None)
    assert "could not be fitted" in repair.reason
    assert pick(found, rows.DROP_LABELS).gain is not None


def test_regression_is_measured_in_its_metric(tmp_path):
    """The same for numbers: a repair helps R2, a useless column does nothing, wrong numbers can be dropped."""
    frame = make_frame(400, task="regression").with_columns(
        spoil("signal", 0.1, -999.0), spoil("noise", 0.3, None, seed=2), spoil("y", 0.03, 9.0, seed=3)
    )
    found = measure(prepare(tmp_path, frame, task="regression", estimator="actions_support:make_linear_regressor",
                            metric="neg_mean_absolute_error"))  # fmt: skip
    by_kind = {action.kind: action for action in found.actions}

    assert pick(found, repairs.DISGUISED).outcome == "helps"
    assert pick(found, pollution.MISSING, "noise").outcome == "does nothing measurable"
    assert by_kind["drop_labels"].n_rows >= 5
    assert by_kind["drop_labels"].caveat is None
    assert all(math.isfinite(action.gain.estimate) for action in found.actions if action.gain)


def test_unwanted_stages_are_skipped(disguised):
    """Nothing is fitted where the definition says so."""
    unwanted = disguised.spec.model_copy(
        update={"actions": disguised.spec.actions.model_copy(update={"measure": False})}
    )

    assert why_skip(disguised.spec) is None
    assert "measure: false" in why_skip(unwanted)


def test_of_large_tables_a_part_is_measured_and_said(disguised, found, monkeypatch):
    """Gains come of fewer rows, compared with fits of these; counts stay those of the whole table."""
    monkeypatch.setattr(stage, "LARGE", 3 * 400)
    monkeypatch.setattr(sampling, "FEWEST_ROWS", 100)
    part = measure(disguised)
    whole, of_part = (pick(each, rows.DROP_LABELS) for each in (found, part))

    assert "Measured on 400 of the 500 rows, drawn at random." in of_part.measured
    assert "Measured on" not in whole.measured
    assert of_part.n_rows == pytest.approx(whole.n_rows, rel=0.3)
    assert pick(part, repairs.DISGUISED, "signal").outcome == "helps"
    assert part.n_fits <= MAX_FITS
    assert part == measure(disguised, n_jobs=1)


@pytest.mark.parametrize(
    "kinds", [np.arange(500) // 200, np.maximum(np.arange(500) - 250, 0), np.zeros(500, dtype=int)]
)
def test_kinds_too_large_for_a_part_come_in_part(disguised, kinds):
    """Where most rows are alike a part is as large as it was to be, and holds them as often as the table."""
    bench = load_bench(disguised.snapshot, disguised.predictions, disguised.spec, n_jobs=1)
    with fitting():
        part = sampling.take_part(bench, kinds, 200)
    share = np.isin(part.row, bench.row[kinds == 0]).mean()

    assert 195 <= len(part.y) <= 200
    assert share == pytest.approx((kinds == 0).mean(), abs=0.1)


def test_copies_come_into_a_part_together(disguised):
    """A part of a table has as large a share of copies as the table."""
    bench = load_bench(disguised.snapshot, disguised.predictions, disguised.spec, n_jobs=1)
    kinds = np.arange(500) // 2
    with fitting():
        part = sampling.take_part(bench, kinds, 200)

    assert len(part.y) == 200
    assert (np.bincount(np.searchsorted(bench.row, part.row) // 2, minlength=250) != 1).all()
    assert np.isfinite(part.pred).all()
    assert part.scale == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("actions", "told"),
    [
        ({"cells_per_day": 9}, "cells_per_hour"),
        ({"cells_per_hour": 0}, "more than 0 is needed"),
        ({"max_columns": -1}, "0"),
    ],
)
def test_definition_of_actions_is_checked(actions, told):
    """Unknown keys are refused with the nearest one, and rates are positive."""
    with pytest.raises(SpecError, match=told):
        parse_spec({"dataset": {"path": "x"}, "actions": actions}, "x", "x.yaml")


def test_assumed_effort_is_printed():
    """Hours that nobody gave are among the assumed figures; the switch and the cap are none."""
    given_hours = parse_spec({"dataset": {"path": "x"}, "actions": {"hours_per_repair": 1}}, "x", "x.yaml")

    assert [each for each in given_hours.assumed if each.startswith("actions")] == ["actions.cells_per_hour = 120"]


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=10))
def test_intervals_hold_the_mean_and_turn_with_the_sign(differences):
    """The mean lies inside, and losses are gains the other way round."""
    found, back = np.array(differences), -np.array(differences)
    (gain, p), (loss, q) = read_differences(found, 5), read_differences(back, 5)

    assert gain.low <= gain.estimate <= gain.high
    assert (loss.low, loss.high) == (pytest.approx(-gain.high), pytest.approx(-gain.low))
    assert p + q == pytest.approx(1)


def test_interval_is_the_corrected_resampled_t():
    """Mean plus and minus t times the root of (1/J + test/train) s^2."""
    gain, _ = read_differences(np.array([0.01, 0.02, 0.03, 0.04, 0.05]), 5)

    assert gain.estimate == pytest.approx(0.03)
    assert gain.high - gain.estimate == pytest.approx(1.5332 * math.sqrt(0.2 + 0.25) * 0.0158114, rel=1e-4)


def test_folds_without_a_score_do_not_count():
    """A metric that one fold cannot be scored by is left to the others; with fewer than two folds nothing is said."""
    gain, _ = read_differences(np.array([0.1, np.nan, 0.3]), 3)

    assert gain.estimate == pytest.approx(0.2)
    with pytest.raises(InconclusiveError):
        read_differences(np.array([0.1, np.nan]), 2)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.01, 0.02, "helps"),
        (-0.02, -0.01, "harms"),
        (-0.3, 0.4, "does nothing measurable"),
        (0.0001, 0.0002, "does nothing measurable"),
        (0.0, 0.01, "does nothing measurable"),
    ],
)
def test_outcome_follows_the_interval(low, high, told):
    """An interval with zero in it, or smaller than what matters, is nothing."""
    assert name_outcome(Interval(estimate=(low + high) / 2, low=low, high=high), 0.001) == told
