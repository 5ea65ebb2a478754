"""The call `estimate_value` on frames: what it returns, what it refuses, and what it says where nothing can be told."""

import dataclasses
import json
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

import datassay
from datassay.errors import DataError, EngineError, SpecError, UsageError

N, N_WRONG = 400, 40
CLEANING = {"labels_per_hour": 40, "cost_per_hour": 40, "reviewer_accuracy": 0.97}
COLLECTING = {"rows_per_day": 100, "cost_per_day": 300, "setup_cost": 0}
MEASURED = {"clean", "collect", "review_first", "neither"}
WORKLIST = ["id", "given_label", "suggested_label", "p_wrong", "label_quality", "rank"]


def make_tumours(*, n_wrong=N_WRONG):
    """Return 400 rows and six columns of scikit-learn's breast cancer set, of whose labels `n_wrong` are flipped."""
    X, y = load_breast_cancer(return_X_y=True)
    y = y[:N].copy()
    y[np.random.default_rng(0).choice(N, n_wrong, replace=False)] ^= 1
    columns = {f"x{j}": X[:N, 3 * j] for j in range(6)}
    return pl.DataFrame({"row": np.arange(N) * 10, **columns, "y": y}).with_columns(pl.col("row").cast(pl.Int32))


TUMOURS = make_tumours()
#: A quick learner, for what does not depend on which it is.
QUICK = {"label": "y", "id": "row", "estimator": GaussianNB, "cleaning": CLEANING, "collecting": COLLECTING}


def draw_reviews(n_random, n_worst=0, worklist=None):
    """Return reviews from the true labels: random rows, and the worst of a worklist."""
    true = make_tumours(n_wrong=0).select(pl.col("row").alias("id"), true_label="y")
    chosen = true.sample(n_random, seed=1).with_columns(drawn=pl.lit("random"))
    if n_worst:
        worst = worklist.select("id").join(true, on="id", how="left", maintain_order="left").head(n_worst)
        chosen = pl.concat([chosen, worst.with_columns(drawn=pl.lit("worklist"))])
    return chosen.rename({"id": "row"})


@pytest.fixture(scope="module")
def found():
    """The default model on the noisy table, without a review."""
    return datassay.estimate_value(
        TUMOURS, label="y", id="row", cleaning=CLEANING, collecting=COLLECTING, seed=1, n_jobs=2
    )


@pytest.fixture(scope="module")
def quick():
    """The quick model on the noisy table."""
    return datassay.estimate_value(TUMOURS, **QUICK)


def same(one, other):
    """Tell whether two results hold the same figures and the same worklist."""
    return one.to_dict() == other.to_dict() and one.worklist.equals(other.worklist)


def test_a_frame_and_a_label_give_every_figure(found):
    """Gains, probabilities, curves and the verdict are there, in order and in range."""
    hour, day = found.cleaning.per_hour, found.collecting.per_day

    assert found.verdict.action in MEASURED
    assert found.verdict.reasons
    assert found.verdict.assumptions
    assert hour.low <= hour.estimate <= hour.high
    assert day.low <= day.estimate <= day.high
    assert found.noise_rate.low <= N_WRONG / N <= found.noise_rate.high
    assert found.noise_rate.source == "model"
    assert 0 <= found.p_cleaning_beats_collecting <= 1
    assert 0 <= found.p_cleaning_beats_collecting_per_cost <= 1
    assert found.exchange_rate.low <= found.exchange_rate.estimate <= found.exchange_rate.high
    assert found.evpi >= 0
    assert found.expected_regret >= 0
    assert found.break_even is None or found.break_even >= 0
    assert all(0 <= split.cleaning_fraction <= 1 for split in found.best_split)
    assert found.cleaning.curve.columns == ["labels", "hours", "cost", "gain", "low", "high"]
    assert found.collecting.curve.columns == ["rows", "days", "cost", "gain", "low", "high"]
    # The last bit may differ: a processor takes many powers at a time otherwise than one.
    assert found.cleaning.curve["gain"][0] == pytest.approx(hour.estimate, rel=1e-12)
    assert found.collecting.curve["gain"][0] == pytest.approx(day.estimate, rel=1e-12)
    assert found.detector_precision.columns == ["k", "precision", "low", "high"]
    assert (found.task, found.metric, found.classes) == ("classification", "balanced_accuracy", ("0", "1"))
    assert 0.5 < found.baseline < found.baseline_believed < 1
    np.testing.assert_allclose(found.transition_matrix.sum(axis=1), 1)


def test_the_worklist_bears_the_frames_own_ids(found):
    """Every row is in it once, under its id in the id's own type; the planted errors come first more often than not."""
    wrong = TUMOURS.filter(TUMOURS["y"] != make_tumours(n_wrong=0)["y"])["row"]

    assert found.worklist.columns == WORKLIST
    assert found.worklist.schema["id"] == pl.Int32
    assert found.worklist["id"].sort().to_list() == TUMOURS["row"].to_list()
    assert found.worklist["rank"].to_list() == list(range(1, N + 1))
    assert found.worklist["id"].head(N_WRONG).is_in(wrong.implode()).mean() > 0.5


def test_fits_stay_within_what_a_verdict_may_cost(found):
    """At most 100 fits and one cross-validation of five."""
    assert 5 < found.n_fits <= 105


def test_the_result_is_frozen_and_says_its_sentence(found):
    """Nothing of it can be set, and its repr is the recommendation."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.evpi = 0.0
    with pytest.raises(ValueError, match="read-only"):
        found.transition_matrix[0, 0] = 1.0
    assert repr(found) == f"ValueEstimate({found.verdict.action}: {found.verdict.sentence})"


def test_the_result_turns_into_plain_json(found):
    """JSON holds what the dict holds: every figure, but not the two tables of all rows."""
    told = json.loads(found.to_json())

    assert told == found.to_dict()
    assert set(told) == {field.name for field in dataclasses.fields(found)} - {"worklist", "next_votes"}
    assert told["cleaning"]["per_hour"]["estimate"] == found.cleaning.per_hour.estimate
    assert told["collecting"]["curve"] == found.collecting.curve.to_dicts()


def test_one_fit_at_a_time_gives_the_same(found):
    """The same seed gives the same figures and order, whatever the number of jobs."""
    alone = datassay.estimate_value(
        TUMOURS, label="y", id="row", cleaning=CLEANING, collecting=COLLECTING, seed=1, n_jobs=1
    )

    assert same(alone, found)


@pytest.mark.parametrize("convert", [pl.DataFrame.lazy, pl.DataFrame.to_pandas, pl.DataFrame.to_arrow])
def test_other_tables_give_the_same(quick, convert):
    """A lazy, a pandas and an Arrow table are worth what the polars frame is."""
    assert same(datassay.estimate_value(convert(TUMOURS), **QUICK), quick)


def test_only_listed_features_are_seen(quick):
    """A list of features keeps all others from the model, in whatever order; a mapping is that of a definition."""
    leaking = TUMOURS.with_columns(copy=pl.col("y").cast(pl.Float64))
    names = [f"x{j}" for j in range(6)]

    listed = datassay.estimate_value(leaking, **QUICK, features=names[::-1])
    mapped = datassay.estimate_value(leaking, **QUICK, features={"exclude": ["copy"]})

    assert same(listed, quick)
    assert same(mapped, quick)


def test_without_an_id_rows_are_numbered(quick):
    """Row numbers from 0 stand for ids, in reviews too."""
    frame = TUMOURS.drop("row")
    reviews = draw_reviews(30).select(id=pl.col("row") // 10, true_label="true_label", drawn="drawn")

    plain = datassay.estimate_value(frame, **{**QUICK, "id": None})
    reviewed = datassay.estimate_value(frame, **{**QUICK, "id": None}, reviews=reviews)
    by_id = datassay.estimate_value(TUMOURS, **QUICK, reviews=draw_reviews(30))

    assert plain.worklist["id"].to_list() == (quick.worklist["id"] // 10).to_list()
    assert plain.cleaning.per_hour == quick.cleaning.per_hour
    assert reviewed.to_dict() == by_id.to_dict()


def test_nothing_is_left_behind_and_the_frame_is_not_touched(tmp_path, monkeypatch):
    """The scratch folder is gone with the call; results need no file, and the frame is as it was."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    frame = TUMOURS.to_pandas()

    result = datassay.estimate_value(frame, **QUICK)

    assert list(tmp_path.iterdir()) == []
    assert result.worklist.height == N
    pd.testing.assert_frame_equal(frame, TUMOURS.to_pandas())


def test_no_dvc_no_suite_engine_and_no_server_is_loaded():
    """The call runs without DVC, Great Expectations and Prefect."""
    code = """
import sys, polars as pl, datassay
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
frame = pl.DataFrame({"a": X[:, 0], "b": X[:, 2], "y": y})
result = datassay.estimate_value(frame, label="y", estimator="sklearn.naive_bayes:GaussianNB")
print(result.verdict.action, sorted({"dvc", "great_expectations", "prefect"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    action, loaded = done.stdout.split(maxsplit=1)

    assert action in MEASURED
    assert loaded.strip() == "[]"
    assert done.stderr == ""


def test_a_callable_is_told_of_every_fit(quick):
    """Progress counts up to the number of fits of each stage, and changes nothing."""
    told = []

    result = datassay.estimate_value(TUMOURS, **QUICK, progress=lambda *at: told.append(at))

    assert same(result, quick)
    for stage in ("predict", "value"):
        done = [(n, total) for name, n, total in told if name == stage]
        assert [n for n, _ in done] == list(range(len(done)))
        assert done[-1][0] == done[-1][1]


@pytest.mark.parametrize(("progress", "lines"), [(True, 3), (False, 0), (None, 0)])
def test_progress_goes_to_stderr_only_when_wanted(capsys, progress, lines):
    """Away from a terminal, True is a line per stage; None and False are silent."""
    datassay.estimate_value(TUMOURS, **QUICK, progress=progress)

    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == lines


def test_reviews_sharpen_the_noise_rate(found):
    """Verified labels give the rate, narrow its interval, which still covers, and leave the top of the worklist."""
    reviews = draw_reviews(120, 40, found.worklist)

    result = datassay.estimate_value(
        TUMOURS, label="y", id="row", cleaning=CLEANING, collecting=COLLECTING, seed=1, reviews=reviews
    )

    assert result.noise_rate.source == "review"
    assert result.noise_rate.low <= N_WRONG / N <= result.noise_rate.high
    assert result.noise_rate.high - result.noise_rate.low < found.noise_rate.high - found.noise_rate.low
    assert not result.worklist["id"].head(40).is_in(reviews["row"].implode()).any()


def test_reviews_may_repeat_contradict_and_name_reviewers():
    """Two answers to one row, from two people who disagree, are both taken."""
    reviews = draw_reviews(30).with_columns(reviewer=pl.lit("ann"))
    again = reviews.head(5).with_columns(true_label=1 - pl.col("true_label"), reviewer=pl.lit("bob"))

    result = datassay.estimate_value(TUMOURS, **QUICK, reviews=pl.concat([reviews, again]))

    assert result.verdict.action in MEASURED
    assert result.noise_rate.source == "review"


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_blanks_of_pandas_are_no_answers(reviewed, missing):
    """A row whose true label is NaN counts as one that nobody has answered yet, as null does."""
    answers = draw_reviews(30).with_columns(pl.col("true_label").cast(pl.Float64))
    others = TUMOURS.filter(~pl.col("row").is_in(answers["row"].implode())).head(9)
    blank = others.select("row", true_label=pl.lit(missing, pl.Float64), drawn=pl.lit("worklist"))
    result = datassay.estimate_value(TUMOURS, **QUICK, reviews=pl.concat([answers, blank]))

    assert result.noise_rate == reviewed.noise_rate
    assert result.worklist.equals(reviewed.worklist)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda r: r.rename({"row": "id"}), id="the id called id, as in the worklist"),
        pytest.param(lambda r: r.with_columns(pl.col("row").cast(pl.Float64)), id="ids as floats"),
        pytest.param(lambda r: r.with_columns(pl.col("row", "true_label").cast(pl.String)), id="text, as from csv"),
        pytest.param(lambda r: r.with_columns(pl.col("true_label").cast(pl.Float64)), id="labels as floats"),
        pytest.param(lambda r: r.sort("true_label"), id="another order"),
        pytest.param(pl.DataFrame.lazy, id="a lazy frame"),
        pytest.param(pl.DataFrame.to_pandas, id="a pandas frame"),
    ],
)
def test_reviews_are_matched_however_they_are_written(change, reviewed):
    """Names, types and order of reviews change nothing."""
    assert same(datassay.estimate_value(TUMOURS, **QUICK, reviews=change(draw_reviews(30))), reviewed)


@pytest.mark.parametrize("dtype", [pl.Float64, pl.Decimal(12, 2), pl.Datetime("us"), pl.Datetime("ns")])
def test_reviews_are_matched_however_the_ids_of_the_table_are_written(dtype, reviewed):
    """Whole numbers name rows of floats and decimals, and times in microseconds those in nanoseconds."""
    frame, reviews = TUMOURS.with_columns(pl.col("row").cast(dtype)), draw_reviews(30)
    if dtype.is_temporal():
        other = pl.Datetime("us" if dtype.time_unit == "ns" else "ns")
        frame, reviews = (
            table.with_columns(pl.from_epoch("row").cast(to)) for table, to in ((TUMOURS, dtype), (reviews, other))
        )
    result = datassay.estimate_value(frame, **QUICK, reviews=reviews)

    assert result.noise_rate == reviewed.noise_rate
    assert result.worklist.drop("id").equals(reviewed.worklist.drop("id"))


@pytest.fixture(scope="module")
def reviewed():
    """The quick model with 30 random reviews."""
    return datassay.estimate_value(TUMOURS, **QUICK, reviews=draw_reviews(30))


def test_no_reviews_are_as_none(quick):
    """A table of reviews without rows changes nothing."""
    assert same(datassay.estimate_value(TUMOURS, **QUICK, reviews=draw_reviews(30).clear()), quick)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: r.with_columns(row=pl.col("row") + 7), r"reviews: the id '\d*7' and 29 more is not in the table"),
        (lambda r: r.with_columns(true_label=pl.lit("2")), "reviews: '2' is no class of the label"),
        (lambda r: r.with_columns(drawn=pl.lit("best")), "neither 'random' nor 'worklist' .* Write how each row was"),
        (lambda r: r.drop("drawn"), "reviews: the column 'drawn' is missing"),
        (lambda r: r.drop("true_label"), "reviews: the column 'true_label' is missing"),
        (lambda r: r.drop("row"), "reviews: the column 'row' is missing"),
        (lambda r: r["row"].to_list(), "reviews: A builtins.list is not a table"),
    ],
)
def test_reviews_that_do_not_fit_are_refused_before_any_fit(change, told):
    """The first thing that is wrong is named, and no path of a scratch file."""
    with pytest.raises(UsageError, match=told) as caught:
        datassay.estimate_value(TUMOURS, **QUICK, reviews=change(draw_reviews(30)), progress=pytest.fail)

    assert tempfile.gettempdir() not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"label": "z"}, "label names the column 'z', which the table has not"),
        ({"label": None}, "label is None. Name the column that a model predicts"),
        ({"label": None, "id": None}, "label is None. Name the column that a model predicts"),
        ({"label": ["y"]}, r"label holds \['y'\], which is no column's name"),
        ({"id": 0}, "id holds 0, which is no column's name"),
        ({"id": "rows"}, "Did you mean 'row'"),
        ({"id": "y"}, "id and label both name the column 'y'"),
        ({"features": ["x0", "x11"]}, "features names the column 'x11'.* Did you mean 'x1'"),
        ({"features": ["x0", "y"]}, "features names the label 'y'"),
        ({"features": "x0"}, r"features=\['x0'\]"),
        ({"features": []}, "features is empty"),
        ({"features": [0, 1]}, "Column names are text"),
        ({"features": 7}, "features is 7, which is no collection of names. Pass a list of columns' names"),
        ({"features": True}, "features is True, which is no collection of names"),
        ({"features": pl.col("x0")}, "features is .*, which is no collection of names"),
        ({"features": [["x0"]]}, r"features holds \['x0'\], which is no column's name"),
        ({"features": TUMOURS}, "features holds shape: .*, which is no column's name"),
        ({"features": (name for name in ["x0", "x11"])}, "features names the column 'x11'.* Did you mean 'x1'"),
        ({"features": {"group": "x0"}}, "unknown key 'features.group'. Did you mean 'groups'"),
        ({"task": "multiclass"}, "'task'"),
        ({"task": "none"}, "no value to estimate"),
        ({"metric": "area"}, "'metric'"),
        ({"metric": "r2"}, "metric 'r2' is not for classification, which the label 'y' asks for"),
        ({"metric": "accuracy", "task": "regression"}, "metric 'accuracy' is not for regression; use one of r2"),
        ({"cleaning": {"label_per_hour": 3}}, "unknown key 'cleaning.label_per_hour'. Did you mean 'labels_per_hour'"),
        ({"cleaning": {"labels_per_hour": 0}}, "'cleaning.labels_per_hour': more than 0 is needed"),
        (
            {"cleaning": {"labels_per_hour": float("inf")}},
            "'cleaning.labels_per_hour': a finite number is needed",
        ),
        ({"cleaning": {"reviewer_accuracy": 0}}, "'cleaning.reviewer_accuracy'"),
        ({"cleaning": {"reviewer_accuracy": 1.2}}, "'cleaning.reviewer_accuracy'"),
        ({"collecting": {"rows_per_day": 0}}, "'collecting.rows_per_day': more than 0 is needed"),
        ({"collecting": {"cost_per_day": -1}}, "'collecting.cost_per_day'"),
        ({"seed": -1}, "'seed'"),
        ({"seed": [1]}, "'seed': a whole number is needed"),
        ({"task": ["classification"]}, "'task': one of .* is needed"),
        ({"metric": {}}, "'metric': one of .* is needed"),
        ({"cleaning": 7}, "'cleaning': a mapping is needed, such as {labels_per_hour: 60"),
        ({"collecting": [("rows_per_day", 3)]}, "'collecting': a mapping is needed"),
        ({"reviews": 7}, "reviews: A builtins.int is not a table"),
        ({"n_jobs": 0}, "n_jobs is 0"),
        ({"n_jobs": True}, "n_jobs is True"),
        ({"n_jobs": np.array([1, 2])}, "n_jobs is array"),
        ({"progress": "bar"}, "progress is a str"),
        ({"features": {"groups": "y"}}, "features.groups is the label 'y'"),
        ({"features": {"time": "y"}}, "features.time is the label 'y'"),
        ({"estimator": "sklearn.naive_bayes"}, "import path such as package.module:factory"),
        ({"estimator": "no.such:thing"}, "'no.such:thing' cannot be imported"),
        ({"estimator": GaussianNB()}, "a GaussianNB is no factory"),
        ({"estimator": lambda: GaussianNB()}, "cannot be imported"),  # noqa: PLW0108
        ({"estimator": "sklearn.linear_model:LinearRegression"}, "is a regressor, but the task is classification"),
    ],
)
def test_wrong_arguments_are_named(arguments, told):
    """Wrong usage says what is wrong and what would be right, and never measures anything."""
    with pytest.raises(UsageError, match=told):
        datassay.estimate_value(TUMOURS, **{**QUICK, **arguments})


def test_names_and_numbers_of_numpy_are_names_and_numbers():
    """What a notebook holds is taken for what it is, and any collection names the same features."""
    plain = datassay.estimate_value(TUMOURS, **QUICK, features=["x0", "x1"], n_jobs=1)
    other = {**QUICK, "label": np.str_("y"), "features": (name for name in np.array(["x1", "x0"])), "seed": np.int64(0)}

    assert same(datassay.estimate_value(TUMOURS, **other, n_jobs=np.int64(1)), plain)


@pytest.mark.parametrize(
    ("table", "error", "told"),
    [
        ([1, 2], UsageError, "is not a table"),
        (TUMOURS.to_pandas().rename(columns={"x0": 0}), UsageError, "Column name 0 is not text"),
        (TUMOURS.with_columns(row=pl.col("row") // 20), UsageError, "only 200 different values in 400 rows"),
        (TUMOURS.with_columns(row=pl.when(pl.col("row") > 5).then("row")), UsageError, "'row' is missing in 1 row."),
        (TUMOURS.with_columns(pl.concat_list("row")), SpecError, "The id column 'row' of the table holds lists"),
        (
            TUMOURS.with_columns(row=pl.Series([b"\xff" + bytes(divmod(i, 256)) for i in range(N)])),
            SpecError,
            "bytes that are no text",
        ),
        (TUMOURS.with_columns(y=pl.struct("x0")), SpecError, "neither classes nor numbers"),
        (TUMOURS.to_pandas().assign(x0=[object()] * N), DataError, "Column 'x0' cannot be read"),
        (TUMOURS.lazy().select("row", "y", "z"), UsageError, "does not fit its source"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(table, error, told):
    """A table that is none, or whose rows cannot be told apart by their id, is an error and no result."""
    with pytest.raises(error, match=told):
        datassay.estimate_value(table, **QUICK)


@pytest.mark.parametrize("missing", [None, float("nan")])
@pytest.mark.parametrize("key", ["time", "groups"])
def test_rows_without_a_time_or_group_are_refused(key, missing):
    """That is the caller's to mend, and no finding; what rows without a label have there is nobody's business."""
    gap = pl.when(pl.col("row") > 0).then(pl.col("row") // 50).otherwise(pl.lit(missing)).alias("bond")
    with pytest.raises(UsageError, match=rf"features\.{key}: the column 'bond' is null in 1 labelled row\. Fill it"):
        datassay.estimate_value(TUMOURS.with_columns(gap), **QUICK, features={key: "bond"})
    bare = TUMOURS.with_columns(gap, y=pl.when(pl.col("row") > 0).then("y"))

    assert datassay.estimate_value(bare, **QUICK, features={key: "bond"}).verdict.action in MEASURED


def fail():
    """Return an estimator that cannot be fitted on missing values, nor on anything else."""
    return LogisticRegression(C=-1.0)


def test_an_estimator_that_fails_is_an_error():
    """The engine's failure is raised, in one line."""
    with pytest.raises(EngineError, match=r"test_valuation:fail could not be fitted: InvalidParameterError"):
        datassay.estimate_value(TUMOURS, **{**QUICK, "estimator": fail})


RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (TUMOURS.clear(), "the table has no rows"),
        (TUMOURS.head(15), "at least 20 are needed"),
        (TUMOURS.with_columns(y=pl.lit(None, dtype=pl.Int64)), "missing in all rows"),
        (TUMOURS.with_columns(y=1), "one class only: '1'"),
        (
            TUMOURS.with_columns(y=pl.when(pl.col("row") < 30).then(2).otherwise("y")),
            "class '2' has 3 rows, fewer than the 5 folds. Merge or drop the class, or collect more of it",
        ),
        (TUMOURS.with_columns(pl.col("^x.$") * 0), "No column of the table tells the rows apart"),
        (TUMOURS.select("row", "y"), "no column left that could be a feature"),
        (TUMOURS.with_columns(y=pl.Series(RANDOM.integers(0, 2, N))), "no better than guessing"),
    ],
)
def test_what_cannot_be_measured_has_no_figures(table, told):
    """The verdict is `not_applicable` with the reason; every figure is None and every table empty."""
    result = datassay.estimate_value(table, **QUICK)

    assert result.verdict.action == "not_applicable"
    assert told in result.verdict.sentence
    assert result.noise_rate is None
    assert result.cleaning.per_hour is None
    assert result.collecting.per_day is None
    figures = (
        "p_cleaning_beats_collecting",
        "exchange_rate",
        "evpi",
        "expected_regret",
        "break_even",
        "baseline",
        "baseline_believed",
    )
    assert [getattr(result, name) for name in figures] == [None] * len(figures)
    assert result.transition_matrix is None
    assert result.best_split == ()
    for frame in (result.worklist, result.cleaning.curve, result.collecting.curve, result.detector_precision):
        assert frame.is_empty()
    assert result.worklist.columns == WORKLIST
    assert result.worklist.schema["id"] == pl.Int32
    assert json.loads(result.to_json())["noise_rate"] is None


def test_few_rows_give_a_worklist_and_no_value():
    """Below 100 labelled rows labels are judged, but no curve is measured."""
    result = datassay.estimate_value(TUMOURS.head(90), **QUICK)

    assert result.verdict.action == "not_applicable"
    assert "90 labelled rows; 100 are needed" in result.verdict.sentence
    assert result.worklist.height == 90
    assert result.noise_rate.low <= result.noise_rate.estimate <= result.noise_rate.high
    assert result.cleaning.per_hour is None
    assert result.evpi is None


X6 = pl.concat_list([f"x{j}" for j in range(6)]).list.to_array(6)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param([pl.col("y").cast(pl.Float64)], id="classes as floats"),
        pytest.param([pl.col("y").cast(pl.Boolean)], id="a boolean label"),
        pytest.param([pl.when(pl.col("y") == 1).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("y")], id="text"),
        pytest.param(
            [pl.when(pl.col("y") == 1).then(pl.lit("b")).otherwise(pl.lit("a")).cast(pl.Categorical).alias("y")],
            id="a categorical label",
        ),
        pytest.param([pl.lit("site").alias("where")], id="a constant column besides"),
        pytest.param([pl.struct("x0").alias("odd")], id="a column of structs besides"),
    ],
)
def test_how_a_label_is_written_changes_no_figure(quick, change):
    """Classes are classes whatever their type, and columns without content are left out."""
    result = datassay.estimate_value(TUMOURS.with_columns(change), **QUICK)

    assert result.cleaning.per_hour == quick.cleaning.per_hour
    assert result.collecting.per_day == quick.collecting.per_day
    assert result.noise_rate == quick.noise_rate


@pytest.mark.parametrize(
    ("change", "n_rows"),
    [
        pytest.param([pl.when(pl.col("row") % 50 > 0).then("y").alias("y")], 320, id="missing labels"),
        pytest.param([pl.when(pl.col("row") % 50 > 0).then("x0").otherwise(float("nan")).alias("x0")], N, id="NaN"),
        pytest.param([pl.when(pl.col("row") % 50 > 0).then("x0").otherwise(float("inf")).alias("x0")], N, id="inf"),
        pytest.param([pl.datetime(2020, 1, 1) + pl.duration(hours="x0")], N, id="a datetime"),
        pytest.param([pl.col("x1").cast(pl.Decimal(12, 3)), pl.duration(hours="x0").alias("x0")], N, id="decimals"),
        pytest.param([X6.alias("embedding")], N, id="an embedding"),
        pytest.param([pl.format("a {} of text", "x1").alias("x1")], N, id="free text"),
        # Fewer pieces of words than a text vector has places: skrub warns of it.
        pytest.param(
            [pl.lit("a").repeat_by(pl.int_range(pl.len()) % 70).list.join("").alias("x1")], N, id="few pieces"
        ),
    ],
)
def test_features_of_all_kinds_are_taken(change, n_rows):
    """Missing, infinite, dated, exact, vector and text columns can be learnt from."""
    result = datassay.estimate_value(TUMOURS.with_columns(change), **{**QUICK, "estimator": None})

    assert result.verdict.action in MEASURED
    assert result.worklist.height == n_rows


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum([str(10 * i) for i in range(N)]), pl.UInt64])
def test_ids_keep_their_type(dtype):
    """The worklist's id has the type of the frame's."""
    ids = pl.col("row").cast(pl.String).cast(dtype)

    result = datassay.estimate_value(TUMOURS.with_columns(ids), **QUICK)

    assert result.worklist.schema["id"] == dtype


def test_seventy_seven_classes_and_embeddings_are_measured():
    """An array column and 77 classes, with as few rows each as the folds need."""
    y = np.arange(77 * 8) % 77
    content = (np.eye(77)[y] + 0.3 * np.random.default_rng(0).normal(size=(len(y), 77))).astype(np.float32)
    frame = pl.DataFrame({"e": pl.Series(content, dtype=pl.Array(pl.Float32, 77)), "y": [f"c{code}" for code in y]})

    result = datassay.estimate_value(
        frame, label="y", estimator=KNeighborsClassifier, metric="accuracy", cleaning=CLEANING, collecting=COLLECTING
    )

    assert result.verdict.action in MEASURED
    assert result.transition_matrix.shape == (77, 77)
    assert result.metric == "accuracy"


@pytest.mark.parametrize(("named", "metric"), [("r2", "r2"), ("mae", "neg_mean_absolute_error")])
def test_numbers_are_valued_too(named, metric):
    """Regression gives gains in its metric, which may go by a short name, and suggestions as numbers."""
    X, y = load_diabetes(return_X_y=True)
    frame = pl.DataFrame({**{f"x{j}": X[:, j] for j in range(10)}, "y": y}).with_columns(
        y=pl.when(pl.int_range(pl.len()) % 20 == 0).then(400 - pl.col("y")).otherwise("y")
    )
    reviews = pl.DataFrame({"id": [0, 1, 2], "true_label": y[:3], "drawn": ["random"] * 3})

    result = datassay.estimate_value(
        frame, label="y", metric=named, cleaning=CLEANING, collecting=COLLECTING, reviews=reviews
    )

    assert result.verdict.action in MEASURED
    assert (result.task, result.metric, result.classes) == ("regression", metric, ())
    assert result.transition_matrix is None
    assert result.worklist["given_label"].dtype == pl.Float64
    assert result.cleaning.per_hour.low <= result.cleaning.per_hour.estimate <= result.cleaning.per_hour.high


def test_a_perfect_model_has_nothing_to_clean():
    """Where every label is foreseen no noise is found, and no gain is made up: the sentence says why."""
    side = np.random.default_rng(0).normal(size=N)
    frame = pl.DataFrame({"x": side + 3 * np.sign(side), "z": side**2, "y": side > 0})

    result = datassay.estimate_value(frame, label="y", cleaning=CLEANING, collecting=COLLECTING)

    assert result.baseline == 1
    assert result.noise_rate.estimate < 0.01
    assert (result.cleaning.per_hour, result.collecting.per_day) == (None, None)
    assert result.verdict.action == "not_applicable"
    assert "foresees every given label (balanced_accuracy 1.000)" in result.verdict.sentence


@pytest.mark.parametrize("metric", ["r2", "neg_mean_absolute_error"])
def test_numbers_that_are_foretold_exactly_are_not_called_wrong(metric):
    """Nothing hides among residuals that are next to nothing, and no gain is made up."""
    X = np.random.default_rng(0).normal(size=(300, 3))
    frame = pl.DataFrame(X, schema=["a", "b", "c"]).with_columns(y=2 * pl.col("a") - pl.col("b"))

    result = datassay.estimate_value(
        frame, label="y", metric=metric, estimator="sklearn.linear_model:LinearRegression", cleaning=CLEANING
    )

    assert result.noise_rate.estimate < 0.001
    assert result.verdict.action == "not_applicable"
    assert "foresees every given label" in result.verdict.sentence


def test_a_reviewer_who_is_mostly_wrong_does_harm():
    """Where precision and reviewer accuracy add up to less than one, reviewing is said to add errors."""
    result = datassay.estimate_value(
        make_tumours(n_wrong=8), **{**QUICK, "cleaning": {**CLEANING, "reviewer_accuracy": 0.3}}
    )

    assert result.verdict.action not in {"clean", "not_applicable"}
    assert result.cleaning.per_hour.estimate <= 0
    assert any("Reviewing adds errors" in reason for reason in result.verdict.reasons)


@pytest.mark.parametrize("free", [("cleaning",), ("collecting",), ("cleaning", "collecting")])
def test_what_costs_nothing_can_be_compared(quick, free):
    """A cost of zero is a cost; gains stay as they are."""
    costs = {"cleaning": {**CLEANING, "cost_per_hour": 0}, "collecting": {**COLLECTING, "cost_per_day": 0}}

    result = datassay.estimate_value(TUMOURS, **{**QUICK, **{key: costs[key] for key in free}})

    assert result.cleaning.per_hour == quick.cleaning.per_hour
    assert result.collecting.per_day == quick.collecting.per_day
    assert 0 <= result.p_cleaning_beats_collecting_per_cost <= 1


def test_left_out_prices_are_said_to_be_assumed():
    """Without rates and costs the call answers, and says which figures it assumed."""
    result = datassay.estimate_value(TUMOURS, label="y", estimator=GaussianNB)

    assert result.verdict.action in MEASURED
    assert any("assumed; set cleaning.labels_per_hour" in text for text in result.verdict.assumptions)
