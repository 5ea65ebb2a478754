"""Usage source: saved models, by the features that they name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, TableSchema, Use, make_evidence
from datassay.swamp.sources import files
from datassay.swamp.sources.models.features import Features, NotReadableError, read_features

_BETWEEN = re.compile(r"[_=\[. -]")


def read_models(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that saved models take as features, as `modelled`, with the importance if the file has one.

    Read are LightGBM text and JSON, XGBoost JSON, CatBoost's JSON export, ONNX inputs, PMML, MLflow's MLmodel, skops,
    and lists of features beside a model that is a pickle. Nothing is unpickled. An importance of zero is told and
    proves nothing. Features without names put every column in doubt. Raises SpecError for a bad glob.
    """
    found = files.find_files(root, value, "model")
    declared = {path.name.partition(".features.")[0] for path in found if ".features." in path.name}
    reasons: list[str] = [] if found else ["no file matches"]
    dates = files.date_files(root, found)
    uses: list[Use] = []
    doubts: dict[tuple[str, str], str] = {}
    n_parsed = n_reads = n_unresolved = 0
    for path in found:
        name = files.show_path(path, root)
        if path.stem in declared or (path.name in declared and ".features." not in path.name):
            n_parsed += 1  # the list beside it speaks for it
            continue
        try:
            features = read_features(path)
            if not features.is_named:
                raise NotReadableError("its features have no names")  # noqa: TRY301 - told as all that cannot be read
        except NotReadableError as exc:
            n_unresolved += 1
            reasons.append(f"{name}: {exc}")
            for table in tables:
                doubts |= {(table.name, column): f"may be a feature of {name}: {exc}" for column in table.columns}
            continue
        n_parsed += 1
        matched = _match_all(features, tables)
        n_reads += bool(matched)
        strangers = [feature for feature in features.importances if feature not in matched]
        if strangers:
            reasons.append(f"{name}: {len(strangers)} of {len(features.importances)} features are no column: "
                           f"{', '.join(strangers[:5])}")  # fmt: skip
        for feature, homes in matched.items():
            place = name + _tell(features, feature)
            for table, column, is_sure in homes:
                if is_sure:
                    uses.append(Use(table.name, column, "modelled", place, dates[path]))
                else:
                    doubts.setdefault((table.name, column), f"may be the feature {feature!r} of {name}")
    coverage = SourceCoverage(
        source=f"model: {files.show_pattern(value)}",
        n_files=len(found),
        n_parsed=n_parsed,
        n_unresolved=n_unresolved,
        reasons=files.cut(reasons, files.MOST_REASONS),
    )
    blind = None if found else "no file matches"
    return SourceResult(make_evidence(uses), coverage, doubts, n_reads, blind=blind)


def _tell(features: Features, feature: str) -> str:
    importance = features.importances[feature]
    if importance is None:
        return ""
    return f" ({importance:g} {features.unit})" if features.unit == "splits" else f" ({features.unit} {importance:g})"


def _match_all(features: Features, tables: Tables) -> dict[str, list[tuple[TableSchema, str, bool]]]:
    """Return for each feature the columns that it may be, and whether it is sure.

    A name that several tables have is that of the table which has most of the model's features.
    """
    by_feature = {
        feature: [(table, column) for table in tables if (column := match(feature, table)) is not None]
        for feature in features.importances
    }
    n_matches = {table.name: 0 for table in tables}
    for homes in by_feature.values():
        for table, _ in homes:
            n_matches[table.name] += 1
    result = {}
    for feature, homes in by_feature.items():
        if homes:
            most = max(n_matches[table.name] for table, _ in homes)
            result[feature] = [(table, column, n_matches[table.name] == most) for table, column in homes]
    return result


def match(feature: str, table: TableSchema) -> str | None:
    """Return the column behind a feature: itself, or what a pipeline made of it: num__age, sex_male, sex=male."""
    plain = {_plain(column): column for column in table.columns}
    for name in (feature, feature.rpartition("__")[2]):
        if name in table.columns:
            return name
        if _plain(name) in plain:
            return plain[_plain(name)]
        made_of = [column for column in table.columns if _is_made_of(name, column)]
        if made_of:
            return max(made_of, key=len)
    return None


def _plain(name: str) -> str:
    """Return a name as LightGBM writes it: blanks and what JSON would quote become underscores."""
    return re.sub(r"[^\w]", "_", name)


def _is_made_of(feature: str, column: str) -> bool:
    return len(feature) > len(column) and feature.startswith(column) and bool(_BETWEEN.match(feature[len(column)]))
