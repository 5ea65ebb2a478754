"""Read a dbt project from manifest.json and catalog.json."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from datassay.swamp.sources.dbt.records import Model, Project, Query, quote, select

_MODELS = ("model", "snapshot")
_NAME = re.compile(r"^\w+$")


def read_manifest(manifest: dict[str, Any], catalog: dict[str, Any] | None) -> Project:
    """Return what the two files say; what has another shape than dbt writes is left out and named."""
    project = Project(adapter=_text(_dict(manifest.get("metadata")).get("adapter_type")) or None)
    nodes = {key: node for key, node in _dict(manifest.get("nodes")).items() if isinstance(node, dict)}
    sources = {key: node for key, node in _dict(manifest.get("sources")).items() if isinstance(node, dict)}
    relations = {key: _relation(node) for key, node in {**nodes, **sources}.items()}
    for node in nodes.values():
        kind = node.get("resource_type")
        place = _text(node.get("original_file_path")) or _text(node.get("path")) or _text(node.get("name"))
        if kind == "test":
            project.tests.append(Query(_code(node) or _test_query(node, relations), place))
            continue
        text = _code(node)
        if kind in _MODELS:
            if not text:
                project.problems.append(f"{place}: no code in the manifest")
            config = _dict(node.get("config"))
            project.models.append(
                Model(
                    name=_relation(node),
                    place=place,
                    text=text,
                    reads=frozenset(relations[key] for key in _depends(node) if key in relations),
                    is_ephemeral=config.get("materialized") == "ephemeral",
                    language=_text(node.get("language")) or "sql",
                )
            )
        elif kind in {"analysis", "sql_operation", "sql operation"} and text:
            project.analyses.append(Query(text, place))
    for exposure in _values(manifest.get("exposures")):
        for key in _depends(exposure):
            if key in relations:
                project.exposures.setdefault(relations[key], []).append(_text(exposure.get("name")))
    project.metrics += _semantic_models(manifest, relations)
    project.metrics += _old_metrics(manifest, relations)
    for key, node in {**_dict((catalog or {}).get("nodes")), **_dict((catalog or {}).get("sources"))}.items():
        if key in relations and nodes.get(key, {}).get("resource_type") not in _MODELS:
            project.columns[relations[key]] = tuple(_dict(_dict(node).get("columns")))
    return project


def _semantic_models(manifest: dict[str, Any], relations: dict[str, str]) -> Iterator[Query]:
    for each in _values(manifest.get("semantic_models")):
        relation = _text(_dict(each.get("node_relation")).get("alias"))
        if not relation:
            relation = next((relations[key] for key in _depends(each) if key in relations), "")
        parts = [
            part
            for key in ("entities", "dimensions", "measures")
            for part in each.get(key) or []
            if isinstance(part, dict)
        ]
        expressions = [_expression(_text(part.get("expr")) or _text(part.get("name"))) for part in parts]
        place = _text(each.get("original_file_path")) or _text(each.get("name"))
        if relation and expressions:
            yield Query(select(expressions, relation), f"{place} (semantic model {_text(each.get('name'))})")


def _old_metrics(manifest: dict[str, Any], relations: dict[str, str]) -> Iterator[Query]:
    """Yield the metrics of dbt before 1.6, which name a model and columns themselves."""
    for each in _values(manifest.get("metrics")):
        expression = _text(each.get("expression")) or _text(each.get("sql"))
        relation = next((relations[key] for key in _depends(each) if key in relations), "")
        if not expression or not relation or expression == "*":
            continue
        named = [_text(each.get("timestamp")), *map(_text, each.get("dimensions") or [])]
        named += [_text(_dict(part).get("field")) for part in each.get("filters") or []]
        expressions = [expression, *(quote(name) for name in named if name)]
        yield Query(
            select(expressions, relation), f"{_text(each.get('original_file_path'))} (metric {each.get('name')})"
        )


def _test_query(node: dict[str, Any], relations: dict[str, str]) -> str:
    """Return what a generic test reads, where it was never compiled."""
    column = _text(node.get("column_name"))
    attached = relations.get(_text(node.get("attached_node")))
    depends = [relations[key] for key in _depends(node) if key in relations]
    relation = attached or (depends[-1] if depends else None)
    return select([quote(column)], relation) if column and relation else ""


def _expression(text: str) -> str:
    return quote(text) if _NAME.match(text) and not text.isdigit() else text


def _relation(node: dict[str, Any]) -> str:
    """Return the name under which compiled SQL reads a node."""
    return _text(node.get("alias")) or _text(node.get("identifier")) or _text(node.get("name"))


def _code(node: dict[str, Any]) -> str:
    for key in ("compiled_code", "compiled_sql", "raw_code", "raw_sql"):
        text = _text(node.get(key))
        # A generic test that was not compiled is the call of a macro: {{ test_unique(**_dbt_generic_test_kwargs) }}
        if text.strip() and "_dbt_generic_test_kwargs" not in text:
            return text
    return ""


def _depends(node: dict[str, Any]) -> list[str]:
    listed = _dict(node.get("depends_on")).get("nodes")
    return [key for key in listed if isinstance(key, str)] if isinstance(listed, list) else []


def _values(value: Any) -> list[dict[str, Any]]:
    return [each for each in _dict(value).values() if isinstance(each, dict)]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
