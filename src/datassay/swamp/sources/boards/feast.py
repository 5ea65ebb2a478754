"""Usage source: Feast definitions, read by their syntax and never imported."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datassay.results import UsageKind
from datassay.swamp.evidence import SourceResult, Tables, TableSchema
from datassay.swamp.sources import files
from datassay.swamp.sources.boards.found import Found, open_files

_VIEWS = frozenset({"FeatureView", "BatchFeatureView", "StreamFeatureView", "StreamFeatureTable"})
_TIMES = ("timestamp_field", "event_timestamp_column", "created_timestamp_column", "date_partition_column")


@dataclass
class _Code:
    """All files of a feature repository: values by name."""

    names: dict[str, ast.expr] = field(default_factory=dict)
    #: Functions that are on-demand views, by name, with their decorator.
    on_demand: dict[str, tuple[ast.FunctionDef, ast.Call]] = field(default_factory=dict)

    def resolve(self, node: ast.expr | None, depth: int = 0) -> ast.expr | None:
        """Return what a name stands for."""
        while isinstance(node, ast.Name) and depth < 20:
            node, depth = self.names.get(node.id), depth + 1
        return node

    def text(self, node: ast.expr | None) -> str | None:
        node = self.resolve(node)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    def items(self, node: ast.expr | None) -> list[ast.expr]:
        node = self.resolve(node)
        return list(node.elts) if isinstance(node, ast.List | ast.Tuple | ast.Set) else []


@dataclass
class _Place:
    name: str
    day: Any


def read_feast(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that feature services ask for, as `modelled`; fields of a view that none asks for are `bound`.

    Raises SpecError for a bad glob.
    """
    found, paths, dates = open_files(root, value, "feast", tables)
    code = _Code()
    calls: list[tuple[ast.Call, _Place]] = []
    for path in paths:
        found.place, found.day = files.show_path(path, root), dates[path]
        tree = _parse(path)
        if tree is None:
            found.fail("not Python")
            continue
        found.n_parsed += 1
        place = _Place(found.place, found.day)
        _collect(tree, code)
        calls += [(node, place) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    _Reader(code, found).read(calls)
    return found.finish("feast", value, len(paths))


def _parse(path: Path) -> ast.Module | None:
    text = files.read_text(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text) if text is not None else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _collect(tree: ast.Module, code: _Code) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            code.names.update({target.id: node.value for target in node.targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            code.names[node.target.id] = node.value
        elif isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and _name(decorator.func) == "on_demand_feature_view":
                    code.on_demand[node.name] = (node, decorator)


class _Reader:
    """Follows services to views to sources."""

    def __init__(self, code: _Code, found: Found) -> None:
        self.code = code
        self.found = found

    def read(self, calls: list[tuple[ast.Call, _Place]]) -> None:
        views = [(call, place) for call, place in calls if _name(call.func) in _VIEWS]
        by_name = {self.code.text(_given(call, "name", 0)): call for call, _ in views}
        for call, place in views:
            self.found.place, self.found.day = place.name, place.day
            if self._table(call) is not None:
                self.found.n_reads += 1
            self._use(call, None, "bound")
        for call, place in calls:
            self.found.place, self.found.day = place.name, place.day
            if _name(call.func) == "FeatureService":
                service = self.code.text(_given(call, "name", 0))
                for item in self.code.items(_given(call, "features", 1)):
                    self._ask(item, f" (service {service})")
            elif _name(call.func) in {"get_historical_features", "get_online_features"}:
                for item in self.code.items(_given(call, "features", 1)):
                    view, _, feature = (self.code.text(item) or "").partition(":")
                    if view in by_name and feature:
                        self._use(by_name[view], [feature], "modelled")

    def _ask(self, item: ast.expr, at: str) -> None:
        """Follow one entry of a service: a view, some features of one, or an on-demand view."""
        chosen: list[str] | None = None
        if isinstance(item, ast.Subscript):
            chosen = [name for each in self.code.items(item.slice) if (name := self.code.text(each)) is not None]
            item = item.value
        if isinstance(item, ast.Name) and item.id in self.code.on_demand:
            self._ask_on_demand(*self.code.on_demand[item.id], at)
            return
        view = self.code.resolve(item)
        if isinstance(view, ast.Call):
            self._use(view, chosen, "modelled", at)

    def _ask_on_demand(self, function: ast.FunctionDef, decorator: ast.Call, at: str) -> None:
        """Note the inputs that an on-demand view's function names."""
        texts = {node.value for node in ast.walk(function) if isinstance(node, ast.Constant)}
        listed = self.code.items(_given(decorator, "sources", 0))
        for source in listed or _values(self.code.resolve(_given(decorator, "inputs", 0))):
            view = self.code.resolve(source.value if isinstance(source, ast.Subscript) else source)
            if isinstance(view, ast.Call):
                self._use(view, [text for text in texts if isinstance(text, str)], "modelled", at)

    def _table(self, view: ast.Call) -> TableSchema | None:
        source = self._source(view)
        for key in ("path", "table", "table_ref", "name"):
            text = self.code.text(_given(source, key)) if source is not None else None
            table = self.found.table(text) if text else None
            if table is not None:
                return table
        return None

    def _source(self, view: ast.Call) -> ast.Call | None:
        node: ast.expr | None = None
        for key in ("source", "batch_source", "input", "stream_source"):
            node = node or self.code.resolve(_given(view, key))
        while isinstance(node, ast.Call) and _given(node, "batch_source") is not None:
            node = self.code.resolve(_given(node, "batch_source"))
        return node if isinstance(node, ast.Call) else None

    def _use(self, view: ast.Call, chosen: list[str] | None, kind: UsageKind, at: str = "") -> None:
        """Note the features of a view, its keys and its times."""
        source, table = self._source(view), self._table(view)
        mapping = self._mapping(source)
        if source is not None and (query := self.code.text(_given(source, "query"))) and kind != "bound":
            self.found.add_query(query, at)
        if table is None:
            return
        entities = self.code.items(_given(view, "entities"))
        keys = [key for entity in entities for key in self._keys(entity)]
        listed = self.code.items(_given(view, "schema")) or self.code.items(_given(view, "features"))
        fields = [name for each in listed if (name := self._field(each)) is not None]
        # A view without a schema takes every column of its source.
        names = chosen if chosen is not None else fields or list(table.columns)
        for name in names:
            self.found.add(table, mapping.get(name, name), kind, at)
        used: UsageKind = "bound" if kind == "bound" else "joined"
        for key in keys:
            self.found.add(table, mapping.get(key, key), used, at)
        for time in _TIMES:
            text = self.code.text(_given(source, time)) if source is not None else None
            if text:
                self.found.add(table, text, used, at)

    def _field(self, node: ast.expr) -> str | None:
        call = self.code.resolve(node)
        return self.code.text(_given(call, "name", 0)) if isinstance(call, ast.Call) else None

    def _keys(self, entity: ast.expr) -> list[str]:
        call = self.code.resolve(entity)
        if not isinstance(call, ast.Call):
            text = self.code.text(entity)
            return [text] if text else []
        listed = self.code.items(_given(call, "join_keys"))
        single = [_given(call, key) for key in ("join_key", "name")]
        keys = [
            text
            for node in listed or [node for node in single if node is not None][:1]
            if (text := self.code.text(node))
        ]
        return keys or [text for text in [self.code.text(_given(call, "name", 0))] if text]

    def _mapping(self, source: ast.Call | None) -> dict[str, str]:
        """Return the source's column for each field that has another name."""
        node = self.code.resolve(_given(source, "field_mapping")) if source is not None else None
        if not isinstance(node, ast.Dict):
            return {}
        pairs = [
            (self.code.text(key), self.code.text(value)) for key, value in zip(node.keys, node.values, strict=True)
        ]
        return {new: old for old, new in pairs if old is not None and new is not None}


def _values(node: ast.expr | None) -> list[ast.expr]:
    return list(node.values) if isinstance(node, ast.Dict) else []


def _given(call: ast.expr | None, key: str, place: int | None = None) -> ast.expr | None:
    if not isinstance(call, ast.Call):
        return None
    for keyword in call.keywords:
        if keyword.arg == key:
            return keyword.value
    return call.args[place] if place is not None and place < len(call.args) else None


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
