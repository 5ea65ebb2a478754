"""Estimators that take some columns of a table only: transformers by column, pipelines of them, Spark's."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.shaping import given_names
from datassay.swamp.sources.tracing.values import Model, Seq, Series, Text, Value, exact_names, frames_in
from datassay.swamp.sources.tracing.verbs import MODELS

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State

_WORD = re.compile(r"[^\W\d]\w*")
_SPARK_INPUTS = (
    "inputCol", "inputCols", "featuresCol", "labelCol", "weightCol", "userCol", "itemCol", "ratingCol", "itemsCol",
    "censorCol",
)  # fmt: skip


def build_model(state: State, name: str, args: list[Value], kwargs: dict[str, Value]) -> Model | None:
    """Return the estimator that a call makes, if it is known to take some columns only."""
    if name == "ColumnTransformer":
        remainder = kwargs.get("remainder", Text("drop"))
        listed = kwargs.get("transformers", args[0] if args else None)
        parts = listed.items if isinstance(listed, Seq) and listed.is_exact else None
        return _by_columns(parts, remainder, place=2)
    if name == "make_column_transformer":
        return _by_columns(tuple(args), kwargs.get("remainder", Text("drop")), place=1)
    if name in state.spark_models:
        return _build_spark(name, args, kwargs)
    if name == "Prophet":
        return Model(("ds", "y"))
    if name in {"Pipeline", "make_pipeline", "ImbPipeline"}:
        listed = kwargs.get("steps", args[0] if args and name != "make_pipeline" else None)
        steps = args if name == "make_pipeline" else listed.items if isinstance(listed, Seq) else ()
        first = steps[0] if steps else None
        first = first.items[-1] if isinstance(first, Seq) and first.items else first
        return first if isinstance(first, Model) else None
    # A search, a clone or a wrapper takes the columns of what it wraps.
    return next((value for value in [*args, *kwargs.values()] if isinstance(value, Model)), None)


def _by_columns(parts: tuple[Value, ...] | None, remainder: Value, *, place: int) -> Model | None:
    if parts is None or remainder != Text("drop"):
        return None
    columns: list[str] = []
    for part in parts:
        if not isinstance(part, Seq) or len(part.items) <= place:
            return None
        if part.items[place - 1] == Text("drop"):
            continue
        names = exact_names(part.items[place])
        if names is None:
            return None
        columns += names
    return Model(tuple(dict.fromkeys(columns)))


def _build_spark(name: str, args: list[Value], kwargs: dict[str, Value]) -> Model | None:
    if name in {"Pipeline", "CrossValidator", "TrainValidationSplit"}:
        stages = kwargs.get("stages", kwargs.get("estimator", args[0] if args else None))
        found = stages.items if isinstance(stages, Seq) else (stages,)
        models = [stage for stage in found if isinstance(stage, Model)]
        if len(models) < len(found):
            return None
        return Model(tuple(column for model in models for column in model.columns), keeps_rest=True)
    columns: list[str] = []
    for key in _SPARK_INPUTS:
        names = exact_names(kwargs[key]) if key in kwargs else []
        if names is None:
            return None
        columns += names
    formula = kwargs.get("formula")
    if isinstance(formula, Text):
        columns += _WORD.findall(formula.text)
    return Model((*columns, "features", "label"), keeps_rest=True)


def call_model(
    state: State, model: Model, name: str, node: ast.Call, *, args: list[Value], kwargs: dict[str, Value]
) -> Value:
    """Follow a method of such an estimator."""
    frames = [frame for value in [*args, *kwargs.values()] for frame in frames_in(value)]
    if name in MODELS or frames:
        for frame in frames:
            state.use(frame, model.columns, "modelled", node)
        if model.keeps_rest and name == "transform" and frames:
            return frames[0].loosely()
        return model if name in {"fit", "partial_fit"} else Series()
    added = given_names([*args, *kwargs.values()])
    if name.startswith(("set", "add_")) and added:
        return Model((*model.columns, *added), model.is_exact, model.keeps_rest)
    return model


def fit_formula(state: State, frame: Frame, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> bool:
    """Note the columns of a formula such as "income ~ age + C(sex)"; False where there is none."""
    texts = [value.text for value in [*args, *kwargs.values()] if isinstance(value, Text) and "~" in value.text]
    for text in texts:
        state.use(frame, [name for name in _WORD.findall(text) if frame.find(name)], "modelled", node)
        quoted = re.findall(r"Q\(['\"](.*?)['\"]\)", text)
        state.use(frame, quoted, "modelled", node)
    return bool(texts)


def setup_columns(frame: Frame, name: str, kwargs: dict[str, Value]) -> Frame | None:
    """Return what an automatic trainer takes of a table: h2o's x and y, what PyCaret is not told to ignore."""
    if name == "setup" and "target" in kwargs:
        gone = exact_names(kwargs.get("ignore_features"))
        return frame.drop(gone or [])
    names = exact_names(kwargs.get("x")) if "training_frame" in kwargs else None
    if names is not None:
        return frame.keep([*names, *given_names([kwargs.get("y")])])
    return None
