"""What functions that are not followed do with the tables that they are given."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import replace

from datassay.swamp.sources.tracing.columnar import Columnar
from datassay.swamp.sources.tracing.estimators import build_model, fit_formula, setup_columns
from datassay.swamp.sources.tracing.frames import Frame, merge_frames
from datassay.swamp.sources.tracing.joins import given_suffixes, join_common
from datassay.swamp.sources.tracing.naming import dotted_name
from datassay.swamp.sources.tracing.plots import draw
from datassay.swamp.sources.tracing.shaping import given_names
from datassay.swamp.sources.tracing.values import (
    Class,
    Foreign,
    Function,
    Names,
    Seq,
    Series,
    Text,
    Value,
    frames_in,
    pending_in,
    written_names,
)
from datassay.swamp.sources.tracing.verbs import (
    ENCODES,
    HARMLESS,
    JOINS,
    KINDS,
    MATRICES,
    MODELS,
    NAMING,
    OVERVIEW_MODULES,
    OVERVIEWS,
    PASSES,
    PATH_ONLY,
    PLOTS,
    REGISTERS,
    RELISTS,
    SPLITS,
    TESTS,
)

#: Arguments that name outputs or settings and no columns.
_LAYOUT = frozenset({"axis", "index", "dtype", "columns", "schema", "join", "how", "orient"})


class Handing(Columnar):
    """Evaluation of calls by what they are given."""

    @abstractmethod
    def instantiate(self, made: Class, args: list[Value], kwargs: dict[str, Value], node: ast.AST) -> Value:
        """Follow the making of an object of a class of this file."""

    def foreign_method(
        self, receiver: Foreign, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call
    ) -> Value:
        frame = merge_frames(part for value in [*args, *kwargs.values()] for part in frames_in(value))
        if frame is None:
            return Foreign()
        if name in JOINS:
            for key, value in [*kwargs.items(), *((str(i), value) for i, value in enumerate(args))]:
                if key not in {"left_on", "suffixes", "how", "suffix", "lsuffix", "rsuffix", "validate", "by_left"}:
                    self.use(frame, written_names(value) or [], "joined", node)
            if name == "merge" and len(args) < 3:
                join_common(self, frame, receiver, kwargs, node)
            suffixes = dict.fromkeys([*frame.suffixes, *given_suffixes(kwargs, 1)])
            return replace(frame, suffixes=tuple(suffixes), is_exact=False)
        return frame

    def use_arguments(self, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
        """Follow a call of something that is not followed itself, by its name and what it is given."""
        values = [*args, *kwargs.values()]
        frames = [frame for value in values for frame in frames_in(value)]
        if name in {"enumerate", "zip"} and args:
            return self._pair(name, args)
        if name in {"list", "set"} and not values:
            return Seq(())
        if name in RELISTS and args and isinstance(args[0], Names | Seq | Text):
            return Seq(tuple(Text(letter) for letter in args[0].text)) if isinstance(args[0], Text) else args[0]
        if name == "field" and kwargs:  # of a dataclass
            made_by = kwargs.get("default_factory")
            return self.inline(made_by, [], {}, node) if isinstance(made_by, Function) else kwargs.get("default")
        if not frames and name not in HARMLESS and name not in PATH_ONLY and not isinstance(self.env.get(name), Class):
            self.read_raw(values, node, f"handed to {name}()")
        made = self.env.get(name) if isinstance(node.func, ast.Name) else None
        if isinstance(made, Class):
            return self.instantiate(made, args, kwargs, node)
        model = build_model(self, name, args, kwargs)
        if model is not None:
            for frame in frames:
                self.use(frame, model.columns, "modelled", node)
            return model
        if not frames:
            # A call on a table of unknown origin: df.groupby("sex").
            if isinstance(node.func, ast.Attribute) and name in NAMING:
                self.mention(given_names(values), KINDS.get(name, "projected"), node)
            for value in values:
                if isinstance(value, Function) and isinstance(value.node, ast.Lambda):
                    self.inline(value, [], {}, node)  # what it names is of the table that nobody knows
            if name in {"DataFrame", "LazyFrame"}:
                return Foreign()
            # What is made of values is values; but a list of them may be names of columns.
            has_values = any(isinstance(value, Series) for value in values) and name not in RELISTS
            return Series(None, pending_in(values)) if has_values or name in TESTS else None
        is_overview = (dotted_name(node.func) or "").partition(".")[0] in OVERVIEW_MODULES
        if name in HARMLESS or is_overview:
            return None
        if name in OVERVIEWS and isinstance(node.func, ast.Attribute):  # pd.isnull(df)
            return replace((merge_frames(frames) or frames[0]).loosely(), is_overview=True)
        return self._use_tables(name, frames, args, kwargs, node)

    def _pair(self, name: str, args: list[Value]) -> Value:
        """Follow enumerate and zip: pair by pair where the items are written down."""
        if name == "enumerate":
            rounds = self.rounds(args[0])
            items = [self.item_of(args[0])] if rounds is None else rounds
            return Seq(tuple(Seq((None, item)) for item in items))
        columns = [self.rounds(value) for value in args]
        known = [column for column in columns if column is not None]
        if len(known) == len(columns):
            return Seq(tuple(Seq(tuple(row)) for row in zip(*known, strict=False)))
        return Seq((Seq(tuple(self.item_of(value) for value in args)),))

    def _use_tables(
        self, name: str, frames: list[Frame], args: list[Value], kwargs: dict[str, Value], node: ast.Call
    ) -> Value:
        values = [*args, *kwargs.values()]
        whole = merge_frames(frames) or frames[0]
        if name in SPLITS:
            return Seq(tuple(replace(value) if isinstance(value, Frame) else value for value in args for _ in range(2)))
        if fit_formula(self, whole, args, kwargs, node):
            return None
        chosen = setup_columns(whole, name, kwargs)
        if chosen is not None or name in MODELS:
            for frame in frames if chosen is None else [chosen]:
                # Each column by itself in a loop over all of them: an encoding in place.
                if not (frame.is_overview and len(args) == 1 and name in {"fit", "transform", "fit_transform"}):
                    self.use_all(frame, "modelled", node)
            if name not in ENCODES:
                return None if name in {"fit", "partial_fit", "train"} else Series()
            return whole.as_matrix()
        if name in PLOTS:
            return draw(self, whole, node, args, kwargs)
        if name == "getattr" and len(args) > 1:
            return self.pick_value(whole, args[1], node, "projected")
        if name in {"get_dummies", "to_dummies"}:
            self.use(whole, given_names([kwargs.get("columns")]), "projected", node)
            return replace(whole.loosely(), is_dummied=True)
        if name in JOINS and args and isinstance(args[0], Frame | Foreign):
            return self._merge_tables(args, kwargs, node)
        if name in KINDS:
            for value in values:
                self.use(whole, written_names(value) or [], KINDS[name], node)
            return replace(whole)
        if name in PASSES:
            written = [
                each for key, value in kwargs.items() if key not in _LAYOUT for each in written_names(value) or []
            ]
            self.use(whole, written, "projected", node)
            return whole.as_matrix() if name in MATRICES else replace(whole)
        if name in REGISTERS:
            self.env.update({value.text: whole for value in args if isinstance(value, Text)})
            self.env.update({key: value for key, value in kwargs.items() if isinstance(value, Frame)})
            return None
        # px.scatter(df, x="age"): what is named is used, whatever else may be.
        self.use(whole, given_names(values), "projected", node)
        self.hand_on(frames, node, f"the table is handed to {name}()")
        return whole.loosely()

    def _merge_tables(self, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
        """Follow pd.merge(left, right, ...)."""
        left, right = args[0], args[1] if len(args) > 1 else kwargs.get("right")
        rest = {key: value for key, value in kwargs.items() if key != "right"}
        joined: list[Frame] = []
        for side, (table, key) in enumerate(((left, "left_on"), (right, "right_on"))):
            for frame in frames_in(table):
                named = [rest.get("on"), rest.get("by"), rest.get(key), *args[2:]]
                self.use(frame, given_names(named), "joined", node)
                self.use_names(frame, named, "joined", node)
                if len(args) < 4:
                    join_common(self, frame, left if side else right, rest, node)
                suffixes = dict.fromkeys([*frame.suffixes, *given_suffixes(rest, side)])
                joined.append(replace(frame, suffixes=tuple(suffixes), is_exact=False))
        return merge_frames(joined)
