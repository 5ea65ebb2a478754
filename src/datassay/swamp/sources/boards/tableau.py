"""Usage source: Tableau workbooks."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from datassay.results import UsageKind
from datassay.swamp.evidence import SourceResult, Tables, TableSchema
from datassay.swamp.sources import files
from datassay.swamp.sources.boards.found import Found, open_files

_MOST_BYTES = 200_000_000
_NAME = re.compile(r"\[([^\[\]]+)\]")
_DEEPEST = 20
#: [none:Region:nk], [sum:Sales:qk], [Region]: what stands in rows, columns and filters.
_INSTANCE = re.compile(r"^(?:\w+:)?(.*?)(?::\w{2}(?::\d+)?)?$")


class _Source:
    """One data source of a workbook."""

    def __init__(self, element: Any, found: Found) -> None:
        self.homes: dict[str, tuple[TableSchema | None, str]] = {}
        self.formulas: dict[str, str] = {}
        relations = {
            _bare(each.get("name", "")): found.table(each.get("table", "") or each.get("name", ""))
            for each in element.iter("relation")
            if each.get("type", "table") in {"table", "text"}
        }
        for record in element.iter("metadata-record"):
            if record.get("class") == "column":
                remote, local = record.findtext("remote-name") or "", record.findtext("local-name") or ""
                home = relations.get(_bare(record.findtext("parent-name") or ""))
                self.homes[_bare(local)] = (home, remote)
        tables = [table for table in relations.values() if table is not None]
        for column in element.iter("column"):
            name = _bare(column.get("name", ""))
            calculation = column.find("calculation")
            if calculation is not None and calculation.get("formula"):
                self.formulas[name] = str(calculation.get("formula"))
            elif name not in self.homes and len(tables) == 1:
                self.homes[name] = (tables[0], name)
        for each in element.iter("relation"):
            if each.get("type") == "text" and each.text:
                found.add_query(each.text)
            for clause in each.iter("clause"):
                for expression in clause.iter("expression"):
                    table, _, column = str(expression.get("op", "")).rpartition("].[")
                    if table:
                        found.add(relations.get(_bare(table + "]")), _bare("[" + column), "joined")
        found.n_reads += len(tables)

    def use(self, name: str, kind: UsageKind, found: Found, at: str, depth: int = 0) -> None:
        """Note the columns behind a field, through the formulas of calculated ones."""
        if depth > _DEEPEST:
            return
        if name in self.formulas:
            for inner in _NAME.findall(self.formulas[name]):
                self.use(inner, kind, found, at, depth + 1)
        elif name in self.homes:
            table, column = self.homes[name]
            found.add(table, column, kind, at)


def read_tableau(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that worksheets of .twb and .twbx files show or filter by; the others of a source are `bound`.

    Calculated fields are followed through their formulas. Raises SpecError for a bad glob.
    """
    found, paths, dates = open_files(root, value, "tableau", tables)
    for path in paths:
        found.place, found.day = files.show_path(path, root), dates[path]
        workbook = _load(path)
        if workbook is None:
            found.fail("no workbook of Tableau that can be read")
            continue
        found.n_parsed += 1
        _read_workbook(workbook, found)
    return found.finish("tableau", value, len(paths))


def _load(path: Path) -> Any:
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        if not zipfile.is_zipfile(path):
            return ElementTree.parse(path).getroot()
        with zipfile.ZipFile(path) as archive:
            inside = [entry for entry in archive.infolist() if entry.filename.endswith(".twb")]
            if not inside or inside[0].file_size > _MOST_BYTES:
                return None
            return ElementTree.fromstring(archive.read(inside[0]))
    except (OSError, ElementTree.ParseError, DefusedXmlException, zipfile.BadZipFile, ValueError):
        return None


def _read_workbook(workbook: Any, found: Found) -> None:
    sources = {str(each.get("name")): _Source(each, found) for each in workbook.findall("./datasources/datasource")}
    for source in sources.values():
        for name in [*source.homes, *source.formulas]:
            source.use(name, "bound", found, "")
    for sheet in workbook.iter("worksheet"):
        at = f" ({sheet.get('name')})"
        for dependencies in sheet.iter("datasource-dependencies"):
            name = str(dependencies.get("datasource"))
            if name not in sources:
                continue
            source = sources[name]
            # A workbook keeps a formula beside the sheet that uses it, too.
            for column in dependencies.iter("column"):
                calculation = column.find("calculation")
                if calculation is not None and calculation.get("formula"):
                    source.formulas.setdefault(_bare(column.get("name", "")), str(calculation.get("formula")))
            for instance in dependencies.iter("column-instance"):
                source.use(_bare(instance.get("column", "")), "shown", found, at)
        for element in sheet.iter():
            kind: UsageKind = "filtered" if element.tag in {"filter", "slices"} else "shown"
            if element.tag in {"rows", "cols"}:
                _use_all(element.text or "", sources, kind, found, at)
            elif element.get("column") and element.tag != "column-instance":
                _use_all(str(element.get("column")), sources, kind, found, at)


def _use_all(text: str, sources: dict[str, _Source], kind: UsageKind, found: Found, at: str) -> None:
    """Note [source].[sum:Sales:qk] wherever it stands in a text."""
    for source, instance in re.findall(r"\[([^\[\]]+)\]\.\[([^\[\]]+)\]", text):
        match = _INSTANCE.match(instance)
        if source in sources and match is not None:
            sources[source].use(match[1], kind, found, at)


def _bare(name: str) -> str:
    return name.strip().removeprefix("[").removesuffix("]")
