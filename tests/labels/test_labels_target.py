from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from labels_support import make_spec

from datassay.errors import DataError, SpecError
from datassay.labels.naming import to_classes, to_codes
from datassay.labels.target import infer_task, read_target

N = 60


def column(values: list, dtype: pl.DataType | None = None) -> pl.DataFrame:
    return pl.DataFrame({"x": range(N), "label": pl.Series((values * N)[:N], dtype=dtype)})


@pytest.mark.parametrize(
    ("values", "classes", "codes"),
    [
        (["no", "yes"], ["no", "yes"], [0, 1]),
        (["b", "a", None], ["a", "b"], [1, 0]),
        ([True, False, None], ["false", "true"], [1, 0]),
        ([10, 9, 100], ["9", "10", "100"], [1, 0]),
        ([1.0, 0.0, float("nan")], ["0", "1"], [1, 0]),
        (["é", "<b>", ""], ["", "<b>", "é"], [2, 1]),
    ],
)
def test_classes_are_sorted_and_named_as_people_name_them(snap, values, classes, codes):
    """Labels of any kind become class names in a fixed order, missing ones are counted."""
    target = read_target(snap(column(values)), make_spec(label="label"))

    assert target.task == "classification"
    assert classes == target.classes
    assert codes == target.y[:2].tolist()
    assert target.n_missing + len(target.rows) == N


def test_categories_keep_their_names(snap):
    """A categorical label gives its categories, sorted as text."""
    frame = column(["z", "a"]).with_columns(pl.col("label").cast(pl.Categorical))

    assert read_target(snap(frame), make_spec(label="label")).classes == ["a", "z"]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (list(range(20)), "classification"),
        (list(range(21)), "regression"),
        ([0.5, 1.0, 2.0], "regression"),
        ([1.0, 2.0], "classification"),
    ],
)
def test_the_task_follows_from_the_numbers(snap, values, task):
    """Few whole numbers are classes, other numbers are predicted as numbers."""
    assert task == read_target(snap(column(values)), make_spec(label="label")).task


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([float(i) for i in range(1, 27)] * 30, "classification"),
        (list(range(100)) * 20, "classification"),
        (list(range(5, 31)) * 30, "regression"),
        (list(range(0, 52, 2)) * 30, "regression"),
        (list(range(26)) * 19, "regression"),
        (list(range(26)) * 30 + [0] * 40, "regression"),
        (list(range(26)) * 30 + [26] * 10, "regression"),
        (list(range(201)) * 30, "regression"),
    ],
)
def test_numbered_classes_of_like_size_are_classes(values, task):
    """More whole numbers are classes only where they are counted off and about equally frequent."""
    assert infer_task(pl.Series(values)) == task


def test_the_definition_decides_the_task(snap):
    """A task that the definition names is not inferred."""
    frame = column([1, 2, 3])

    assert read_target(snap(frame), make_spec(label="label", task="regression")).task == "regression"
    assert read_target(snap(frame), make_spec(label="label", task="classification")).task == "classification"


@pytest.mark.parametrize(
    ("parts", "frame", "error", "message"),
    [
        ({"label": None}, column([0, 1]), SpecError, "names no label"),
        ({"label": "lable"}, column([0, 1]), SpecError, "'lable' is no column .*'label'"),
        ({}, column([None], pl.Int64), DataError, "missing in all rows"),
        ({}, column([float("nan")]), DataError, "missing in all rows"),
        ({}, column(["same"]), DataError, "one class only: 'same'"),
        ({"task": "regression"}, column([2.5]), DataError, "same value in all rows"),
        ({}, column([0, 1]).head(0), DataError, "no rows"),
        ({}, column([0, 1]).head(10), DataError, "10 rows; at least 20"),
        ({"task": "regression"}, column(["a", "b"]), SpecError, "not numbers"),
        ({"metric": "r2"}, column(["a", "b"]), SpecError, "not for classification"),
        ({"metric": "accuracy"}, column([0.1, 0.2]), SpecError, "not for regression"),
        ({}, column([float("inf"), 0.5, 1.5]), DataError, "infinite in 20 rows"),
        ({}, column([float("inf"), 1.0, 2.0]), DataError, "infinite in"),
        ({}, column([float("inf"), *(i / 2 for i in range(N - 1))]), DataError, r"infinite in 1 row\."),
        ({}, column([float("inf"), *[1.0, 2.0] * (N // 2)]), DataError, r"infinite in 1 row\."),
        ({}, column([float("inf"), 0.5, 1.5]), DataError, "Correct these labels, or leave them empty"),
        ({"task": "classification"}, column([float("inf"), 1.0, 2.0]), DataError, "or leave them empty"),
        ({}, column([[1], [2]]), SpecError, "neither classes nor numbers. Name a column of text"),
        ({"task": "regression"}, column([[1], [2]]), SpecError, "neither classes nor numbers. Name a column of text"),
    ],
)
def test_a_label_that_cannot_be_learned_is_explained(snap, parts, frame, error, message):
    """Every unusable label is one line that says what and where."""
    with pytest.raises(error, match=message) as caught:
        read_target(snap(frame), make_spec(**({"label": "label"} | parts)))

    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1e160, 0.5, 1.5], r"is beyond 1e\+140 in 20 rows: .* too large to be summed up\. Rescale it, as by dividing"),
        ([-1e308, 1e308, 0.5], r"is beyond 1e\+140 in 40 rows"),
        ([1e-200, 2e-200, 3e-200], r"differs by less than 1e-150: .* too small to be summed up\. Rescale it"),
    ],
)
def test_numbers_whose_squares_are_no_floats_are_to_be_rescaled(snap, values, told):
    """That is told of the label, before a model is blamed for what becomes of them."""
    with pytest.raises(DataError, match=told):
        read_target(snap(column(values)), make_spec(label="label", task="regression"))


@pytest.mark.parametrize(
    ("label", "told"),
    [("inf", "not a finite number. Correct it, or leave it empty"), ("tall", "not a finite"), ("1e200", "beyond 1e")],
)
def test_a_verified_number_that_is_none_is_to_be_corrected(label, told):
    """What is wrong and what to do is said, and the label itself is not."""
    with pytest.raises(DataError, match=told) as caught:
        to_codes(["1.5", label], [], "reviews")

    assert label not in str(caught.value)


def test_large_and_small_numbers_are_numbers(snap):
    """Atoms and galaxies have labels too."""
    for values in ([1e100, -2e100, 0.5], [1e-100, 2e-100, 4e-100]):
        assert read_target(snap(column(values)), make_spec(label="label", task="regression")).y[:3].tolist() == values


def test_dates_are_classes_only_if_there_are_few(snap):
    """A label of dates is read as classes, named as text."""
    frame = column([dt.date(2020, 1, 1), dt.date(2021, 1, 1)])

    assert read_target(snap(frame), make_spec(label="label")).classes == ["2020-01-01", "2021-01-01"]


def test_rows_without_a_label_keep_their_place(snap):
    """Positions of labelled rows are those of the snapshot."""
    target = read_target(snap(column([None, "a", "b"])), make_spec(label="label"))

    assert (target.rows == np.flatnonzero(np.arange(N) % 3)).all()


@pytest.mark.parametrize("kept", [[1.0], [0.5, 2.0], [1e300, 1.0], [float("nan"), 3.0]])
def test_a_class_is_named_by_its_own_value(kept):
    """A review of some rows names their classes as the whole table does."""
    whole = to_classes(pl.Series([0.5, 1.0, 2.0, 1e300, float("nan"), 3.0, -4.0]))

    assert whole.to_list()[1:3] == ["1", "2"]
    assert set(to_classes(pl.Series(kept))) <= set(whole)
