"""Read a file of rules, find out what it is, and hand the table that is meant to its importer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datassay.errors import UsageError, suggest
from datassay.expectations.importers import dataframely, dbt, odcs, pandera, pandera_source, soda
from datassay.expectations.importers.python_source import Source
from datassay.expectations.importers.records import Imported, LeftOut
from datassay.expectations.legacy import is_legacy, modernize_item

KINDS = ("dbt", "pandera", "dataframely", "odcs", "soda", "gx")
#: Rules are written by people; a file of this size is data.
_MOST_BYTES = 5_000_000

#: How to import each table of a file, by the table's name.
Tables = dict[str, Callable[[], Imported]]


def import_rules(
    path: Path, *, kind: str | None = None, table: str | None = None, dataset: str, columns: list[str] | None = None
) -> Imported:
    """Return the rules of the file at `path` for one table, as expectations.

    `kind` is one of KINDS, or None to find out; `table` names the table where the file has several, and defaults to
    the dataset's name, or to the only one. `columns` are those of the data. Nothing of the file is run. Raises
    UsageError where the file cannot be read, is of no known kind, or leaves the table open.
    """
    text = _read_text(path)
    where = str(path)
    tables: Tables
    if path.suffix == ".py":
        kind, tables = _read_source(Source(text, where), kind, where, columns)
    else:
        content = _parse(text, path)
        kind = kind or _find_kind(content, where)
        tables = _list_tables(content, kind, dataset, columns, where)
    if not tables:
        raise UsageError(f"{where}: no table with rules of {kind}.", hint="Is it the right file? --as names its kind.")
    found = tables[_choose(tables, table, dataset, where)]()
    _leave_refused(found)
    return found


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path}: larger than {_MOST_BYTES // 1_000_000} MB, which is no file of rules.")
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"Cannot read {path}: {(exc.strerror or type(exc).__name__).lower()}.") from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"{path}: not UTF-8 text.") from exc


def _parse(text: str, path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else f" line {exc.lineno}" if hasattr(exc, "lineno") else ""
        raise UsageError(f"{path}{line}: neither valid YAML nor JSON.") from exc
    if not isinstance(content, dict):
        raise UsageError(f"{path}: a mapping is expected.", hint=f"Known kinds: {', '.join(KINDS)}.")
    return content


def _find_kind(content: dict[str, Any], where: str) -> str:
    if "expectations" in content:
        return "gx"
    if content.get("kind") == "DataContract" or ("apiVersion" in content and ("schema" in content)):
        return "odcs"
    if any(str(key).startswith("checks for ") for key in content):
        return "soda"
    if any(isinstance(content.get(key), list) for key in ("models", "seeds", "snapshots", "sources")):
        return "dbt"
    if "schema_type" in content or isinstance(content.get("columns"), dict):
        return "pandera"
    raise UsageError(f"{where}: not a file of rules of a known kind.", hint=f"Say which: --as {'|'.join(KINDS)}.")


def _read_source(source: Source, kind: str | None, where: str, columns: list[str] | None) -> tuple[str, Tables]:
    kind = kind or next((each for each in ("dataframely", "pandera") if source.imports(each)), None)
    if kind == "dataframely":
        return kind, {
            name: _later(dataframely.import_dataframely, source, name) for name in dataframely.list_schemas(source)
        }
    if kind == "pandera":
        found = dict(pandera_source.list_schemas(source))
        return kind, {name: _later(_import_source, name, *found[name], columns) for name in found}
    raise UsageError(f"{where}: it imports neither pandera nor dataframely.", hint="Other rules are YAML or JSON.")


def _import_source(
    name: str, content: dict[str, Any], lost: list[tuple[str, str, str]], columns: list[str] | None
) -> Imported:
    imported = pandera.import_pandera(name, content, columns)
    imported.left_out += [LeftOut(*each) for each in lost]
    return imported


def _list_tables(content: dict[str, Any], kind: str, dataset: str, columns: list[str] | None, where: str) -> Tables:
    if kind == "dbt":
        return {name: _later(dbt.import_dbt, name, table) for name, table in dbt.list_tables(content)}
    if kind == "soda":
        return {name: _later(soda.import_soda, name, checks) for name, checks in soda.list_tables(content)}
    if kind == "odcs":
        return {name: _later(odcs.import_odcs, name, table, columns) for name, table in odcs.list_tables(content)}
    if kind == "pandera":
        name = content.get("name")
        name = name if isinstance(name, str) and name else dataset
        return {name: _later(pandera.import_pandera, name, content, columns)}
    if kind == "gx":
        return {dataset: _later(_import_gx, dataset, content)}
    raise UsageError(f"{where}: a {kind} schema is Python source.", hint="Name the .py file.")


def _import_gx(name: str, content: dict[str, Any]) -> Imported:
    """Take a suite of Great Expectations over, in the words of 1.x where it is older."""
    found = Imported("Great Expectations", name)
    items = content.get("expectations")
    for item in items if isinstance(items, list) else []:
        fresh, problem = modernize_item(item) if is_legacy(content) else (item, None)
        if problem is not None or not isinstance(fresh, dict):
            told = item.get("expectation_type", item.get("type")) if isinstance(item, dict) else item
            column = (
                item["kwargs"].get("column")
                if isinstance(item, dict) and isinstance(item.get("kwargs"), dict)
                else None
            )
            found.leave(f"column {column}" if column else f"suite {name}", str(told)[:80], problem or "no expectation")
        else:
            meta: Any = fresh.get("meta")
            reason = {"reason": f"{found.kind}: {name}", **(meta if isinstance(meta, dict) else {})}
            found.items.append({**fresh, "meta": {**reason, "proposed": True}})
    return found


def _leave_refused(found: Imported) -> None:
    """Move what Great Expectations itself would refuse, such as a wrong argument, to what is left out."""
    from datassay.expectations.checks import parse_check
    from datassay.expectations.engine import build, explain_arguments, list_types, open_context

    kept = []
    with open_context():
        types = list_types()
        for item in found.items:
            check = parse_check(item)
            problem = check.problem
            if problem is None and check.type not in types:
                problem = "an expectation that Great Expectations 1.x has not"
            if problem is None:
                try:
                    build(check.type, check.kwargs)
                except Exception as exc:  # noqa: BLE001 - whatever it raises on arguments is why the rule is left out
                    problem = f"Great Expectations refuses it: {explain_arguments(exc)}"
            if problem is None:
                kept.append(item)
            else:
                found.leave(f"column {check.label}" if check.label else found.table, check.type, problem)
    found.items = kept


def _choose(tables: Tables, table: str | None, dataset: str, where: str) -> str:
    if table is not None:
        if table not in tables:
            raise UsageError(f"{where}: no table {table!r}.", hint=suggest(table, list(tables)))
        return table
    if dataset in tables:
        return dataset
    if len(tables) == 1:
        return next(iter(tables))
    shown = ", ".join(repr(name) for name in list(tables)[:8])
    raise UsageError(f"{where}: {len(tables)} tables, and none is named {dataset!r}.", hint=f"Say --table: {shown}.")


def _later(function: Callable[..., Imported], *args: Any) -> Callable[[], Imported]:
    return lambda: function(*args)
