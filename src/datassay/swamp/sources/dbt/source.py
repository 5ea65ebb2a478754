"""Usage source: dbt, from seeds and sources to what is exposed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from datassay.errors import SpecError
from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, TableSchema, Use, make_evidence
from datassay.swamp.sources import files
from datassay.swamp.sources.dbt.folder import read_folder
from datassay.swamp.sources.dbt.manifest import read_manifest
from datassay.swamp.sources.dbt.records import PYTHON, Model, Project, Query
from datassay.swamp.sources.mentions import find_words, names_table
from datassay.swamp.sources.query_reads import QueryReads, SqlText, read_texts
from datassay.swamp.sources.settings import read_settings

#: dbt's names of adapters that sqlglot calls otherwise.
_DIALECTS = {"sqlserver": "tsql", "synapse": "tsql", "fabric": "tsql", "athena": "athena", "trino": "trino"}


def read_dbt(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns of seeds and sources that reach a model which is shown, a metric or an analysis.

    `value` is the path of manifest.json, of a project's folder where nothing was compiled, or {manifest, catalog,
    dialect}. A model is shown where an exposure names it or no other model reads it. What only tests read is `tested`,
    which is no use. Raises SpecError for a value that is none of these.
    """
    settings = read_settings(value, "dbt", {"manifest", "catalog", "dialect"}, main="manifest")
    from datassay.swamp.sources.parsing import check_dialect

    dialect = check_dialect(settings.get("dialect"))
    shown = files.show_pattern(settings["manifest"])
    found = _find_projects(root, settings["manifest"])
    if not found:
        coverage = SourceCoverage(
            source=f"dbt: {shown}", n_files=0, n_parsed=0, n_unresolved=0, reasons=["no manifest: run dbt compile"]
        )
        return SourceResult(make_evidence([]), coverage, blind="no manifest")
    results = [_read_one(root, path, settings.get("catalog"), tables, dialect) for path in found]
    uses = [use for each in results for use in each.uses]
    doubts = {key: why for each in results for key, why in each.doubts.items()}
    coverage = SourceCoverage(
        source=f"dbt: {shown}",
        n_files=len(found),
        n_parsed=sum(each.n_whole_texts > 0 or (each.n_statements == 0 and each is not _BAD) for each in results),
        n_unresolved=sum(each.n_unresolved for each in results),
        reasons=files.cut([reason for each in results for reason in each.reasons], files.MOST_REASONS),
        n_statements=sum(each.n_statements for each in results),
        n_statements_parsed=sum(each.n_parsed for each in results),
        n_statements_resolved=sum(each.n_resolved for each in results),
    )
    blind = next(
        (f"{path.name} cannot be read" for path, each in zip(found, results, strict=True) if each is _BAD), None
    )
    n_reads = sum(each.n_reads for each in results)
    is_read = n_reads > 0 or coverage.n_statements_parsed > 0
    return SourceResult(make_evidence(uses), coverage, doubts, n_reads, blind=blind, is_read=is_read)


_BAD = QueryReads(reasons=["not a manifest of dbt"])


def _find_projects(root: Path, value: Any) -> list[Path]:
    """Return manifests, or folders of projects that were never compiled."""
    path = value if isinstance(value, Path) else root / value if isinstance(value, str) else None
    if path is not None and path.name == "dbt_project.yml":
        path = path.parent
    if path is not None and path.is_dir():
        manifest = path / "target" / "manifest.json"
        return [manifest if manifest.is_file() else path] if (path / "dbt_project.yml").is_file() else []
    found = files.find_files(root, value, "dbt")
    return [each.parent if each.name == "dbt_project.yml" else each for each in found]


def _read_one(root: Path, path: Path, catalog: Any, tables: Tables, dialect: str | None) -> QueryReads:
    if path.is_dir():
        project, folder = read_folder(path), path
    else:
        manifest = _load(path)
        if manifest is None or "nodes" not in manifest:
            return _BAD
        # target/manifest.json lies in the project's folder.
        folder = path.parent.parent if path.parent.name == "target" else path.parent
        beside = root / catalog if isinstance(catalog, str) else path.with_name("catalog.json")
        if catalog is not None and not isinstance(catalog, str):
            raise SpecError("usage.sources: 'catalog' is the path of dbt's catalog.json.")
        project = read_manifest(manifest, _load(beside) if beside.is_file() else None)
    dates = _date_models(root, folder, project, path)
    known = (*tables, *_other_tables(project, tables))
    dialect = dialect or _dialect(project.adapter)
    reads = read_texts([*_texts(project, dates), *_queries(project, dates)], known, dialect)
    reads.uses += _tested(project, dates, known, dialect)
    _add_python_models(project, known, reads)
    reads.reasons = [*project.problems, *reads.reasons]
    own = {table.name for table in tables}
    reads.uses = [use for use in reads.uses if use.table in own]
    reads.doubts = {key: why for key, why in reads.doubts.items() if key[0] in own}
    return reads


def _texts(project: Project, dates: dict[str, date], *, is_exposed: bool = True) -> list[SqlText]:
    """Return the models as texts; one that no other model reads is what people read."""
    read = {name for model in project.models for name in model.reads}
    python = {name for model in project.models if model.language == PYTHON for name in model.reads}
    texts = []
    for model in project.models:
        if model.language == PYTHON or (model.is_ephemeral and model.name in read):
            continue
        exposed = model.name in project.exposures or model.name not in read or model.name in python
        texts.append(
            SqlText(
                model.text,
                model.place,
                dates.get(model.place),
                name=model.name,
                is_exposed=(True if exposed else None) if is_exposed else False,
            )
        )
    return texts


def _queries(project: Project, dates: dict[str, date]) -> list[SqlText]:
    return [_as_text(query, dates) for query in (*project.metrics, *project.analyses) if query.text]


def _as_text(query: Query, dates: dict[str, date]) -> SqlText:
    return SqlText(query.text, query.place, dates.get(query.place), has_lines=False)


def _tested(project: Project, dates: dict[str, date], tables: Tables, dialect: str | None) -> list[Use]:
    """Return what the tests read, through the models that they test."""
    if not project.tests:
        return []
    tests = [_as_text(query, dates) for query in project.tests if query.text]
    places = {test.place for test in tests}
    reads = read_texts([*_texts(project, dates, is_exposed=False), *tests], tables, dialect)
    return [use._replace(kind="tested") for use in reads.uses if use.source in places]


def _add_python_models(project: Project, tables: Tables, reads: QueryReads) -> None:
    """Doubt what a model in Python reads of seeds and sources: it is not followed."""
    for model in project.models:
        if model.language != PYTHON:
            continue
        for table in tables:
            if not _reads(model, table):
                continue
            reads.n_reads += 1
            reads.n_unresolved += 1
            reads.reasons.append(f"{model.place}: a model in Python is not followed")
            reads.uses += [
                Use(table.name, name, "mentioned", model.place) for name in find_words(model.text, table.columns)
            ]
            for column in table.columns:
                reads.doubts.setdefault((table.name, column), f"may be read in {model.place}")


def _reads(model: Model, table: TableSchema) -> bool:
    names = {name.casefold().rpartition(".")[2] for name in table.names}
    return any(name.casefold() in names for name in model.reads) or names_table(model.text, table)


def _other_tables(project: Project, tables: Tables) -> list[TableSchema]:
    """Return the seeds and sources that only the catalog knows: stars of them can be told apart."""
    known = {name.casefold().rpartition(".")[2] for table in tables for name in table.names}
    return [
        TableSchema((name,), "", columns)
        for name, columns in sorted(project.columns.items())
        if columns and name.casefold() not in known
    ]


def _date_models(root: Path, folder: Path, project: Project, path: Path) -> dict[str, date]:
    places = {model.place for model in project.models} | {query.place for query in (*project.analyses, *project.tests)}
    there = {place: folder / place for place in sorted(places) if (folder / place).is_file()}
    dates = files.date_files(root, there.values())
    fallback = files.date_files(root, [path])[path] if path.is_file() else None
    found = {place: dates[where] for place, where in there.items()}
    rest = places | {query.place for query in project.metrics}
    return found if fallback is None else {**dict.fromkeys(rest, fallback), **found}


def _dialect(adapter: str | None) -> str | None:
    if adapter is None:
        return None
    from sqlglot.dialects.dialect import Dialect

    name = _DIALECTS.get(adapter, adapter)
    return name if Dialect.get(name) is not None else None


def _load(path: Path) -> dict[str, Any] | None:
    text = files.read_text(path)
    try:
        loaded = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None
