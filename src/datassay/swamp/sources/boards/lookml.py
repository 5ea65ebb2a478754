"""Usage source: LookML views, explores and dashboards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from datassay.results import UsageKind
from datassay.swamp.evidence import SourceResult, Tables, TableSchema
from datassay.swamp.sources import files
from datassay.swamp.sources.boards.found import Found, open_files

_COLUMN = re.compile(r"\$\{TABLE\}\s*\.\s*(?:[\"`]([^\"`]+)[\"`]|(\w+))")
_FIELD = re.compile(r"\$\{\s*(?:(\w+)\.)?(\w+)\s*\}")
_PLAIN = re.compile(r"^\s*[\"`]?(\w+)[\"`]?\s*$")
_FIELDS = ("dimensions", "dimension_groups", "measures", "filters", "parameters")
_DEEPEST = 20


@dataclass
class _View:
    name: str
    place: str
    table: TableSchema | None
    #: SQL of each field.
    fields: dict[str, str] = field(default_factory=dict)
    #: Fields that are one per timeframe.
    groups: set[str] = field(default_factory=set)
    bases: list[str] = field(default_factory=list)


def read_lookml(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that LookML binds (`bound`), and those that dashboards, joins and filters of explores use.

    A field that no dashboard in the files shows is only bound: people may still ask for it in an explore. Raises
    SpecError for a bad glob.
    """
    found, paths, dates = open_files(root, value, "lookml", tables)
    documents: list[tuple[Path, Any]] = []
    for path in paths:
        found.place, found.day = files.show_path(path, root), dates[path]
        document = _load(path)
        if document is None:
            found.fail("not LookML")
        else:
            found.n_parsed += 1
            documents.append((path, document))
    views = _collect_views(root, documents, found)
    for path, document in documents:
        found.place, found.day = files.show_path(path, root), dates[path]
        if isinstance(document, dict):
            for explore in [*_dicts(document.get("explores")), *_dicts(document.get("views"))]:
                _read_explore(explore, views, found)
            for view in _dicts(document.get("views")):
                _read_view(view, views, found)
        for dashboard in document if isinstance(document, list) else []:
            _read_dashboard(dashboard, views, found)
    found.n_reads += sum(view.table is not None for view in views.values())
    return found.finish("lookml", value, len(paths))


def _load(path: Path) -> Any:
    text = files.read_text(path)
    if text is None:
        return None
    if path.name.endswith((".dashboard.lookml", ".dashboard.yml", ".dashboard.yaml")):
        try:
            loaded = yaml.safe_load(text)
        except yaml.YAMLError:
            return None
        return loaded if isinstance(loaded, list) else [loaded]
    import lkml

    try:
        return lkml.load(text)
    except (SyntaxError, KeyError, RecursionError, AttributeError, TypeError, ValueError):
        return None  # lkml has no closed set of errors


def _collect_views(root: Path, documents: list[tuple[Path, Any]], found: Found) -> dict[str, _View]:
    views: dict[str, _View] = {}
    for path, document in documents:
        for each in _dicts(document.get("views")) if isinstance(document, dict) else []:
            name = str(each.get("name")).removeprefix("+")
            view = views.setdefault(name, _View(name, files.show_path(path, root), None))
            if "derived_table" not in each:
                home = found.table(str(each.get("sql_table_name") or name))
                view.table = home if "sql_table_name" in each or view.table is None else view.table
            view.bases += [str(base) for base in _flat(each.get("extends__all")) if base]
            for kind in _FIELDS:
                for entry in _dicts(each.get(kind)):
                    default = f"${{TABLE}}.{entry.get('name')}" if kind in {"dimensions", "dimension_groups"} else ""
                    view.fields[str(entry.get("name"))] = str(entry.get("sql") or default) + _filters(entry)
                    if kind == "dimension_groups":
                        view.groups.add(str(entry.get("name")))
    for view in views.values():
        for base in view.bases:
            if base in views:
                view.fields = {**views[base].fields, **view.fields}
                view.groups |= views[base].groups
                view.table = view.table or views[base].table
    return views


def _filters(entry: dict[str, Any]) -> str:
    """Return the fields that a measure filters by, as references."""
    named = [str(key) for group in _flat(entry.get("filters__all")) if isinstance(group, dict) for key in group]
    return "".join(f" ${{{name}}}" for name in named)


def _read_view(each: dict[str, Any], views: dict[str, _View], found: Found) -> None:
    view = views[str(each.get("name")).removeprefix("+")]
    derived = each.get("derived_table")
    if isinstance(derived, dict) and isinstance(derived.get("sql"), str):
        found.add_query(re.sub(r"\$\{(\w+)\.SQL_TABLE_NAME\}", r"\1", derived["sql"]), f" (view {view.name})")
    for name in view.fields:
        _follow(views, view.name, name, found, "bound", at=f" ({view.name}.{name})")


def _read_explore(each: dict[str, Any], views: dict[str, _View], found: Found) -> None:
    """Read the joins and the fixed conditions of an explore; its `name` is that of its first view."""
    home = str(each.get("from") or each.get("view_name") or each.get("name"))
    aliases = {str(each.get("name")): home}
    joins = _dicts(each.get("joins"))
    aliases |= {str(join.get("name")): str(join.get("from") or join.get("name")) for join in joins}
    for join in joins:
        _read_sql(str(join.get("sql_on") or ""), aliases, views, found, "joined")
        key = join.get("foreign_key")
        if key:
            view, _, name = str(key).rpartition(".")
            _follow(views, aliases.get(view, view) or home, name, found, "joined")
    for key in ("sql_always_where", "sql_always_having"):
        _read_sql(str(each.get(key) or ""), aliases, views, found, "filtered")


def _read_sql(sql: str, aliases: dict[str, str], views: dict[str, _View], found: Found, kind: UsageKind) -> None:
    for view, name in _FIELD.findall(sql):
        if view:
            _follow(views, aliases.get(view, view), name, found, kind)
    # ${orders.id} names a field; orders.id in plain SQL names a column.
    for alias, name in re.findall(r"(?<![\w{.])(\w+)\.(\w+)", re.sub(r"\$\{[^}]*\}", " ", sql)):
        home = views.get(aliases.get(alias, alias))
        if home is not None:
            found.add(home.table, name, kind)


def _read_dashboard(each: Any, views: dict[str, _View], found: Found) -> None:
    for element in _dicts(each.get("elements")) if isinstance(each, dict) else []:
        at = f" ({each.get('dashboard')}: {element.get('title') or element.get('name')})"
        listed = [*_flat(element.get("fields")), *_flat(element.get("dimensions")), *_flat(element.get("measures"))]
        listed += [*_flat(element.get("pivots")), *_flat(element.get("sorts"))]
        for name in listed:
            _show(str(name).partition(" ")[0], views, found, "shown", at)
        filters = element.get("filters")
        for name in filters if isinstance(filters, dict) else []:
            _show(str(name), views, found, "filtered", at)
        listens = element.get("listen")
        for name in listens.values() if isinstance(listens, dict) else []:
            _show(str(name), views, found, "filtered", at)


def _show(name: str, views: dict[str, _View], found: Found, kind: UsageKind, at: str) -> None:
    view, _, own = name.partition(".")
    if view in views:
        _follow(views, view, own, found, kind, at=at)


def _follow(
    views: dict[str, _View], view: str, name: str, found: Found, kind: UsageKind, *, at: str = "", depth: int = 0
) -> None:
    """Note the columns behind a field, through the fields that its SQL names."""
    home = views.get(view)
    if home is None or depth > _DEEPEST:
        return
    if name not in home.fields:
        # created_date and created_week are of the group created.
        name = next((group for group in sorted(home.groups, key=len, reverse=True) if name.startswith(f"{group}_")), "")
    sql = home.fields.get(name, "")
    for quoted, plain in _COLUMN.findall(sql):
        found.add(home.table, quoted or plain, kind, at)
    bare = _PLAIN.match(sql)
    if bare is not None:
        found.add(home.table, bare[1], kind, at)
    for other, inner in _FIELD.findall(sql):
        if inner != "TABLE" and (other or inner != name):
            _follow(views, other or view, inner, found, kind, at=at, depth=depth + 1)


def _flat(value: Any) -> Iterator[Any]:
    """Yield the items of lists in lists, as lkml keeps repeated keys."""
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    elif value is not None:
        yield value


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
