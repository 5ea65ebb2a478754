"""`estimate_value` where there is little or nothing to tell: a clear sentence, and never a number from nothing."""

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.naive_bayes import GaussianNB

import datassay
from datassay.errors import DataError, SpecError, UsageError

N, N_WRONG = 400, 40
CLEANING = {"labels_per_hour": 40, "cost_per_hour": 40, "reviewer_accuracy": 0.95}
COLLECTING = {"rows_per_day": 100, "cost_per_day": 300}


def make_tumours():
    """Return 400 rows of scikit-learn's breast cancer set with 40 flipped labels, and the true labels."""
    X, true = load_breast_cancer(return_X_y=True)
    true = true[:N]
    y = true.copy()
    y[np.random.default_rng(0).choice(N, N_WRONG, replace=False)] ^= 1
    columns = {f"x{j}": X[:N, 3 * j] for j in range(6)}
    return pl.DataFrame({"row": np.arange(N), **columns, "y": y}), true


TUMOURS, TRUE = make_tumours()


def estimate(frame=TUMOURS, **changes):
    parts = {"label": "y", "id": "row", "estimator": GaussianNB, "cleaning": CLEANING, "collecting": COLLECTING}
    return datassay.estimate_value(frame, **(parts | changes))


def reviews_of(rows, labels, *, reviewer=None):
    """Return reviews of rows drawn at random."""
    table = pl.DataFrame({"row": list(rows), "true_label": list(labels), "drawn": ["random"] * len(rows)})
    return table if reviewer is None else table.with_columns(reviewer=pl.Series(reviewer))


def test_cleaning_that_must_harm_is_said_to():
    """Half the labels reviewed and none wrong: a reviewer who errs once in five only spoils, whatever is left."""
    clean = TUMOURS.with_columns(y=pl.Series(TRUE))
    found = estimate(
        clean, reviews=reviews_of(range(0, N, 2), TRUE[::2]), cleaning={**CLEANING, "reviewer_accuracy": 0.8}
    )

    assert found.verdict.action in {"collect", "neither"}
    assert "Cleaning would harm: at most" in found.verdict.sentence
    assert "leaves more than that wrong" in found.verdict.sentence
    assert found.cleaning.per_hour.estimate <= 0
    assert "review " not in found.verdict.sentence.split("Cleaning would harm")[1].replace("reviewer", "")


def test_cleaning_that_may_yet_repair_is_not_said_to_harm_for_certain():
    """One in twenty of the labels that are left may still be wrong: who errs as often harms probably, and no more."""
    clean = TUMOURS.with_columns(y=pl.Series(TRUE))
    found = estimate(clean, reviews=reviews_of(range(0, N, 2), TRUE[::2]))

    assert "Cleaning would probably harm: under 1 %" in found.verdict.sentence
    assert found.cleaning.per_hour.estimate <= 0


def test_a_reviewer_who_never_errs_spoils_nothing_where_nothing_is_wrong():
    """What is neither repaired nor spoilt is not told as harm."""
    clean = TUMOURS.with_columns(y=pl.Series(TRUE))
    found = estimate(clean, reviews=reviews_of(range(N), TRUE), cleaning={**CLEANING, "reviewer_accuracy": 1.0})
    told = " ".join([found.verdict.sentence, *found.verdict.reasons])

    assert found.verdict.reasons
    assert "more than that wrong" not in told
    assert "adds errors" not in told


def test_reviewers_who_contradict_each_other_are_not_taken_at_their_word():
    """Both answers are kept, they settle nothing, and the accuracy that they show replaces the one that was claimed."""
    rows = list(range(60))
    both = reviews_of(rows * 2, [*TRUE[:60], *(1 - TRUE[:60])], reviewer=["a"] * 60 + ["b"] * 60)
    found = estimate(reviews=both)

    assert found.noise_rate.source == "model"
    assert found.cleaning.reviewer_accuracy < 0.6
    assert any("contradict each other" in note for note in found.notes)
    assert any(note.endswith("nothing is learned from what they said.") for note in found.notes)
    assert not any(note.startswith("0 ") or " 0 reviewed" in note for note in found.notes)
    assert any("as rows that two of them saw show" in told for told in found.verdict.assumptions)


def test_reviews_of_people_who_agree_no_more_than_guesses_are_no_source():
    """Where twenty pairs of twenty disagree, forty other answers of one of the two are worth as little."""
    both = reviews_of([*range(60), *range(20)], [*TRUE[:60], *(1 - TRUE[:20])], reviewer=["a"] * 60 + ["b"] * 20)
    found, alone = estimate(reviews=both), estimate()

    assert found.noise_rate == alone.noise_rate
    assert found.noise_rate.source == "model"
    assert found.reviewer_accuracy.low == 0 < found.reviewer_accuracy.estimate
    assert any("agree no more often than guesses would: nothing is learned" in note for note in found.notes)
    assert any("40 reviewed rows count as not reviewed" in note for note in found.notes)
    assert not any("from reviews" in told for told in found.verdict.reasons)


def test_one_pair_that_agrees_does_not_make_bad_reviewers_good():
    """Stated as right in a fifth of the rows they stay so: cleaning would harm, and the answers are not believed."""
    rows = [*range(99), 0]
    said = reviews_of(rows, TRUE[rows], reviewer=["a"] * 99 + ["b"])
    found = estimate(reviews=said, cleaning={**CLEANING, "reviewer_accuracy": 0.2})

    assert found.cleaning.reviewer_accuracy < 0.25
    assert found.cleaning.per_hour.estimate <= 0
    assert "Cleaning would harm" in found.verdict.sentence
    assert any("agreement cannot show the contrary" in note for note in found.notes)
    assert any("the definition's 20 %, and 1 pair of answers" in told for told in found.verdict.assumptions)


def test_an_accuracy_is_shown_by_pairs_only_where_they_weigh_more_than_what_was_stated():
    """One pair shows next to nothing: the figure is the caller's own."""
    rows = [*range(60), 0]
    one = estimate(reviews=reviews_of(rows, TRUE[rows], reviewer=["a"] * 60 + ["b"]))
    told = next(text for text in one.verdict.assumptions if text.startswith("A reviewer is"))

    assert told == (
        "A reviewer is right 95 % of the time: the definition's 95 %, and 1 pair of answers to one row so far."
    )


def test_a_few_contradictions_lower_the_reviewers_accuracy():
    """One pair in ten disagrees: right in about 95 % of the rows, and the rest of the answers count."""
    second = np.where(np.arange(60) < 6, 1 - TRUE[:60], TRUE[:60])
    both = reviews_of([*range(60)] * 2, [*TRUE[:60], *second], reviewer=["a"] * 60 + ["b"] * 60)
    found = estimate(reviews=both, cleaning={**CLEANING, "reviewer_accuracy": 1.0})

    assert found.noise_rate.source == "review"
    assert 0.9 < found.cleaning.reviewer_accuracy < 0.99


def test_gains_are_counted_from_the_score_on_believed_labels():
    """A column that gives the label away makes the score on given labels perfect, and leaves true ones to gain."""
    leaked = TUMOURS.with_columns(leak=pl.col("y"))
    found = estimate(leaked, reviews=reviews_of(range(0, N, 3), TRUE[::3]), estimator=None)

    assert found.baseline == 1
    assert 0.8 < found.baseline_believed < 0.98
    assert found.cleaning.per_hour.estimate > 0
    assert found.baseline_believed + found.cleaning.per_hour.estimate <= 1


def test_a_table_that_was_reviewed_whole_has_nothing_left_to_clean():
    """The noise rate is known, and there is no worklist to value."""
    found = estimate(reviews=reviews_of(range(N), TRUE), cleaning={**CLEANING, "reviewer_accuracy": 1.0})

    assert found.verdict.action == "not_applicable"
    assert "Every label has been reviewed" in found.verdict.sentence
    rate = found.noise_rate
    assert (rate.low, rate.estimate, rate.high) == pytest.approx((N_WRONG / N,) * 3)
    assert found.cleaning.per_hour is None


@pytest.mark.parametrize(
    ("reviews", "told"),
    [
        pytest.param(reviews_of([1, 2, 9_999], [0, 1, 1]), "the id '9999' is not in the table", id="unknown id"),
        pytest.param(reviews_of([1, 2, 3], [0, 1, 7]), "'7' is no class of the label", id="unknown class"),
        pytest.param(reviews_of([1], [0]).with_columns(drawn=pl.lit("best")), "neither 'random' nor", id="drawn"),
    ],
)
def test_reviews_that_do_not_fit_are_refused(reviews, told):
    """Before anything is fitted."""
    with pytest.raises(UsageError, match=told):
        estimate(reviews=reviews)


@pytest.mark.parametrize(
    ("part", "key"),
    [("cleaning", "labels_per_hour"), ("collecting", "rows_per_day"), ("cleaning", "reviewer_accuracy")],
)
def test_rates_of_zero_are_refused(part, key):
    """Nothing is ever divided by them."""
    with pytest.raises(SpecError, match=rf"'{part}\.{key}': more than 0 is needed"):
        estimate(**{part: {key: 0}})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param([pl.lit(1.0).alias(f"x{j}") for j in range(6)], "No column of the table tells", id="constant"),
        pytest.param(
            [pl.Series(f"x{j}", np.random.default_rng(j).normal(size=N)) for j in range(6)],
            "no better than guessing",
            id="useless",
        ),
        pytest.param([pl.when(pl.col("row") < 3).then(2).otherwise("y").alias("y")], "The class '2' has 3", id="rare"),
        pytest.param([pl.lit(1).alias("y")], "one class only", id="one class"),
    ],
)
def test_tables_that_tell_nothing_give_no_figure(change, told):
    """The verdict says why, and no gain is made up."""
    found = estimate(TUMOURS.with_columns(change))

    assert found.verdict.action == "not_applicable"
    assert told in found.verdict.sentence
    assert (found.cleaning.per_hour, found.collecting.per_day) == (None, None)
    assert (found.p_cleaning_beats_collecting, found.evpi) == (None, None)
    assert found.cleaning.curve.is_empty()


USELESS = TUMOURS.select("row", "y", *(pl.Series(f"z{j}", np.random.default_rng(j).normal(size=N)) for j in range(4)))


def test_random_reviews_tell_the_noise_rate_where_no_model_does():
    """A hundred answers are not thrown away because the features are useless; gains and worklist stay unknown."""
    rows = np.random.default_rng(1).permutation(N)[:100]
    n_wrong = int((USELESS["y"].to_numpy()[rows] != TRUE[rows]).sum())
    found = estimate(USELESS, reviews=reviews_of(rows, TRUE[rows]), cleaning={**CLEANING, "reviewer_accuracy": 1.0})

    assert found.verdict.action == "not_applicable"
    assert "no better than guessing" in found.verdict.sentence
    assert found.noise_rate.source == "review"
    assert found.noise_rate.estimate == pytest.approx(n_wrong / 100, abs=0.01)
    assert found.noise_rate.low < N_WRONG / N < found.noise_rate.high
    assert found.noise_rate.high - found.noise_rate.low < 0.12
    assert found.notes[0].startswith("The noise rate is what 100 random reviews of 400 labels say without a model")
    assert found.cleaning.per_hour is None
    assert found.worklist.is_empty()


def test_a_census_tells_the_noise_rate_where_no_model_does():
    """Who has reviewed all rows knows the rate, whatever list they followed."""
    listed = reviews_of(range(N), TRUE).with_columns(drawn=pl.lit("worklist"))
    found = estimate(USELESS, reviews=listed, cleaning={**CLEANING, "reviewer_accuracy": 1.0})

    assert found.noise_rate.source == "review"
    assert found.noise_rate.estimate == pytest.approx(N_WRONG / N)
    assert found.notes[0].startswith("The noise rate is what 400 reviews of 400 labels say without a model.")


@pytest.mark.parametrize(
    "reviews",
    [
        pytest.param(None, id="none"),
        pytest.param(reviews_of(range(40), TRUE[:40]).with_columns(drawn=pl.lit("worklist")), id="listed"),
        pytest.param(
            reviews_of([*range(40)] * 2, [*TRUE[:40], *(1 - TRUE[:40])], reviewer=["a"] * 40 + ["b"] * 40), id="guesses"
        ),
    ],
)
def test_without_random_reviews_that_count_there_is_no_rate_either(reviews):
    """A rate from nothing is none."""
    found = estimate(USELESS, reviews=reviews)

    assert found.verdict.action == "not_applicable"
    assert found.noise_rate is None


def test_reviews_that_contradict_a_perfect_model_are_heard():
    """Labels made by a rule are foreseen with their errors; what reviewers found is then worth telling."""
    rule = TUMOURS.with_columns(x0=pl.col("y") * 2.0, x1=pl.col("y") - 0.5)
    alone = estimate(rule)
    rows = np.random.default_rng(0).permutation(N)[:100]
    wrong = np.where(np.arange(100) < 20, 1 - rule["y"].to_numpy()[rows], rule["y"].to_numpy()[rows])
    reviewed = estimate(rule, reviews=reviews_of(rows, wrong))

    assert alone.verdict.action == "not_applicable"
    assert "foresees every given label" in alone.verdict.sentence
    assert reviewed.noise_rate.source == "review"
    assert reviewed.noise_rate.estimate > 0.05
    assert reviewed.verdict.action != "not_applicable"
    assert not any("nothing is left" in note for note in reviewed.notes)


def make_numbers():
    """Return 300 rows of three columns, a number that follows them, and the same with one in twelve far off."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(300, 3))
    y = 3 * X[:, 0] + 2 * X[:, 1] + rng.normal(size=300) * 0.7 + 20
    dirty = y + np.where(rng.random(300) < 1 / 12, rng.normal(size=300) * 30, 0.0)
    return pl.DataFrame({**{f"x{j}": X[:, j] for j in range(3)}, "true": y, "dirty": dirty})


NUMBERS = make_numbers()


@pytest.mark.parametrize("metric", ["r2", "mae"])
@pytest.mark.parametrize("label", ["true", "dirty"])
def test_a_copy_of_a_number_gives_no_figures_whatever_trees_make_of_it(label, metric):
    """Trees cut the copy into steps and foresee it poorly; what they leave is no error of a label."""
    frame = NUMBERS.select("^x.$", y=pl.col(label), copy=2 * pl.col(label) + 1)
    found = estimate(frame, id=None, estimator=None, metric=metric)

    assert found.verdict.action == "not_applicable"
    assert "The column 'copy' alone foresees every given label" in found.verdict.sentence
    assert found.notes[0].startswith("The column 'copy' alone gives every label away")
    assert (found.cleaning.per_hour, found.collecting.per_day, found.evpi) == (None, None, None)


def test_a_right_copy_of_wrong_numbers_is_told_before_all_else():
    """Where it gives the label away in most rows there are figures, and what they rest on comes first."""
    found = estimate(NUMBERS.select("^x.$", y="dirty", gold="true"), id=None, estimator=None)
    plain = estimate(NUMBERS.select("^x.$", y="dirty"), id=None, estimator=None)

    assert found.verdict.action != "not_applicable"
    assert found.notes[0].startswith("The column 'gold' alone gives the label away in 9")
    assert not any("gives" in note and "away" in note for note in plain.notes)


def test_reviews_are_heard_though_a_column_gives_the_label_away():
    """What people found wrong is no less wrong for being in a copy, too."""
    frame = NUMBERS.select("^x.$", y="dirty", copy="dirty")
    found = estimate(
        frame, id=None, estimator=None, reviews=reviews_of(range(60), NUMBERS["true"][:60]).rename({"row": "id"})
    )

    assert found.noise_rate.source == "review"
    assert found.verdict.action != "not_applicable"
    assert found.notes[0].startswith("The column 'copy' alone gives every label away")


def test_an_all_but_perfect_model_gains_next_to_nothing():
    """No draw of a gain is made up where nothing is left above the score, neither way."""
    exact = pl.when(pl.col("row") == 0).then(1 - pl.col("y")).otherwise("y")
    found = estimate(TUMOURS.with_columns(x0=exact * 2.0, x1=exact - 0.5))

    assert 0.99 < found.baseline < 1
    assert found.verdict.action == "neither"
    for gain in (found.cleaning.per_hour, found.collecting.per_day):
        assert (gain.low, gain.high) == pytest.approx((0, 0), abs=0.004)


@pytest.mark.parametrize("name", ["*", "^x.*$", "^y$"])
def test_names_that_polars_takes_for_patterns_are_refused(name):
    """Such a name would stand for other columns, without a word."""
    with pytest.raises(UsageError, match="is a pattern to polars"):
        estimate(TUMOURS.with_columns(pl.lit(1).alias(name)))


def test_a_file_that_vanished_under_a_lazy_frame_is_told_as_that(tmp_path):
    """And not as a cache that cannot be written."""
    TUMOURS.write_parquet(tmp_path / "x.parquet")
    plan = pl.scan_parquet(tmp_path / "x.parquet")
    assert plan.collect_schema()
    (tmp_path / "x.parquet").unlink()

    with pytest.raises(DataError, match="no such file"):
        estimate(plan)


def test_a_table_in_memory_and_a_plan_of_it_have_the_same_figures():
    """The one is looked at where it lies, the other is read through a file."""
    held, read = estimate(TUMOURS), estimate(TUMOURS.lazy())

    assert held.to_dict() == read.to_dict()
    assert held.worklist.equals(read.worklist)
