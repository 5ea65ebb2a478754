"""Cache keys: a stage's result may be taken again for the same content, part of the definition and seed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

from datassay.results import Snapshot
from datassay.spec import AuditSpec

ENGINES = (
    "datassay", "polars", "great-expectations", "cleanlab", "dvc", "prefect",
    "numpy", "pandas", "scikit-learn", "skrub", "lightgbm", "sqlglot",
)  # fmt: skip


def engine_versions() -> dict[str, str]:
    """Return the installed versions of datassay and its engines."""
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in ENGINES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "absent"
    return versions


#: Raised whenever stages keep something else, or count it in another way, without a new version.
KEPT = 6


class Keys:
    """The keys of one audit's stages."""

    def __init__(self, spec: AuditSpec, snapshot: Snapshot, *, root: Path | None, suite: Path | None) -> None:
        """Read what the keys depend on: content, definition, engine versions, files beside the definition."""
        parts = spec.model_dump(mode="json")
        base = [snapshot.md5, engine_versions(), KEPT]
        learning = [
            parts[k] for k in ("label", "task", "id", "features", "metric", "estimator", "trusted", "annotators")
        ]
        votes = _content(Path(spec.annotators.votes)) if spec.annotators and spec.annotators.votes else None
        limits = [spec.seed, spec.max_rows, _source_of(spec.estimator, root), votes]
        self.check = _hash("check", base, parts["show_values"], parts["engine"], _content(suite))
        # Polars measures the profile for the engine pandas, too.
        elsewhere = parts["engine"] if parts["engine"] in {"spark", "sql"} else None
        self.profile = _hash("profile", base, parts["show_values"], spec.label, spec.id, elsewhere)
        self.predict = _hash("predict", base, learning, limits)
        reviews = _content(root / spec.trusted.reviews) if root and spec.trusted.reviews else None
        ledger = _content(root / "reviews" / f"{spec.name}.jsonl") if root else None
        # The reviewers' stated accuracy goes into what their reviews mean.
        # Whether annotators may be named is part of what is said of them.
        shown = parts["show_values"] if spec.annotators else None
        self.labels = _hash("labels", self.predict, reviews, ledger, parts["cleaning"]["reviewer_accuracy"], shown)
        money = [parts[k] for k in ("cleaning", "collecting", "currency", "smallest_gain")]
        self.value = _hash("value", self.labels, money)
        effort = [parts[k] for k in ("actions", "cleaning", "smallest_gain")]
        self.actions = _hash("actions", self.labels, self.check, effort)


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _content(path: Path | None) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None and path.is_file() else None


def _source_of(estimator: str | None, root: Path | None) -> str | None:
    """Return the hash of the factory's module where it lies in the project, so that editing it counts."""
    if estimator is None or root is None:
        return None
    relative = Path(*estimator.partition(":")[0].split("."))
    return _content(root / relative.with_suffix(".py")) or _content(root / relative / "__init__.py")
