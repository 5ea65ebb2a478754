"""The audit definition, `audits/<dataset>.yaml`: typed, complete with defaults, strict about unknown keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from datassay.errors import SpecError
from datassay.spec.numbers import Count, EnoughRows, NotNegative
from datassay.spec.parts import (
    CLASSIFICATION_METRICS,
    REGRESSION_METRICS,
    ActionsSpec,
    AnnotatorSpec,
    CleaningSpec,
    CollectingSpec,
    DatasetSpec,
    FeatureSpec,
    GateSpec,
    NamedMetric,
    Part,
    SqlSpec,
    StorageSpec,
    TrustedSpec,
    UsageSpec,
)
from datassay.spec.wording import explain


class AuditSpec(Part):
    """One audit definition."""

    dataset: DatasetSpec
    label: str | None = None
    task: Literal["classification", "regression", "none"] | None = Field(
        None, description="null decides from the label: numbers with many values are regression."
    )
    id: str | None = Field(None, description="Column that names a row; null is the row number.")
    features: FeatureSpec = FeatureSpec()
    metric: NamedMetric | None = Field(
        None, description="scikit-learn's name, or mae, rmse, log_loss, auc, f1; null is balanced_accuracy or r2."
    )
    estimator: str | None = Field(None, description="Import path package.module:factory; null is the tabular default.")
    suite: str | None = Field(None, description="Great Expectations suite; null looks for expectations/<dataset>.json.")
    engine: Literal["polars", "pandas", "spark", "sql"] = Field("polars", description="What evaluates the suite.")
    sql: SqlSpec = SqlSpec()
    trusted: TrustedSpec = TrustedSpec()
    annotators: AnnotatorSpec | None = Field(
        None, description="Votes of several annotators; a label column that the table lacks is made of them."
    )
    cleaning: CleaningSpec = CleaningSpec()
    collecting: CollectingSpec = CollectingSpec()
    actions: ActionsSpec = ActionsSpec()
    currency: str = Field("EUR", min_length=1, max_length=5)
    usage: UsageSpec = UsageSpec()
    storage: StorageSpec = StorageSpec()
    gate: GateSpec = GateSpec()
    show_values: list[str] = Field(default=[], description="Columns whose values may appear in reports.")
    smallest_gain: NotNegative | None = Field(
        None,
        description="Gains below this do not matter, in units of the metric; null is 0.001 for scores, 0 for errors.",
    )
    max_rows: EnoughRows | None = Field(None, description="Most rows used for fits; null is 50,000.")
    seed: Count = 0

    _name: str = PrivateAttr("dataset")
    _where: str | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any) -> None:
        """Take the dataset's name, and what errors call the definition, from whoever read it."""
        if isinstance(context, dict):
            self._name, self._where = context.get("name", "dataset"), context.get("where")

    @property
    def name(self) -> str:
        """The dataset's name: the definition's file name."""
        return self._name

    @property
    def where(self) -> str:
        """What errors call the definition: the path of its file, or the call that it was given in."""
        return self._where or self._name

    @field_validator("estimator")
    @classmethod
    def _is_import_path(cls, value: str | None) -> str | None:
        if value is not None and value.count(":") != 1:
            msg = "an estimator is an import path such as package.module:factory"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _has_fitting_metric(self) -> AuditSpec:
        allowed = {"classification": CLASSIFICATION_METRICS, "regression": REGRESSION_METRICS}.get(self.task or "")
        if self.metric and allowed and self.metric not in allowed:
            msg = f"metric {self.metric!r} is not for {self.task}; use one of {', '.join(allowed)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _is_not_bound_by_the_label(self) -> AuditSpec:
        for key in ("time", "groups"):
            if self.label is not None and getattr(self.features, key) == self.label:
                what = "rows would be put in order by" if key == "time" else "rows of one part would all have"
                msg = f"features.{key} is the label {self.label!r}: {what} what is to be predicted; name another column"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _has_a_database(self) -> AuditSpec:
        if self.engine == "sql" and self.sql.connection is None:
            msg = "engine sql needs 'sql: {connection: NAME}', the environment variable with the database's address"
            raise ValueError(msg)
        return self

    def anchored(self, root: Path | None) -> AuditSpec:
        """Return the definition with the path of the votes absolute, relative paths starting at `root`."""
        found = self.annotators
        if found is None or found.votes is None or root is None:
            return self
        return self.model_copy(
            update={"annotators": found.model_copy(update={"votes": str(root.absolute() / found.votes)})}
        )

    @property
    def annotator_columns(self) -> list[str]:
        """The columns that hold one annotator's votes each: no features, and nothing to show to a reviewer."""
        return list(self.annotators.columns) if self.annotators is not None else []

    @property
    def assumed(self) -> list[str]:
        """Figures that the definition leaves out and we assume: "cleaning.labels_per_hour = 60"."""
        parts: list[tuple[str, Part]] = [
            ("cleaning", self.cleaning), ("collecting", self.collecting), ("actions", self.actions),
            ("storage", self.storage),
        ]  # fmt: skip
        return [
            f"{prefix}.{key} = {getattr(part, key):g}"
            for prefix, part in parts
            for key in type(part).model_fields
            if key not in part.model_fields_set and key not in {"measure", "max_columns", "class_share"}
        ]


def parse_spec(content: dict[str, Any], name: str, where: str, *, is_bound: bool = False) -> AuditSpec:
    """Check `content` against the definition's model; `where` is what an error calls the file.

    With `is_bound` the data has to lie in the project's repository. Raises SpecError in one line: the first problem,
    where it is and what to do.
    """
    try:
        return AuditSpec.model_validate(content, context={"name": name, "where": where, "is_bound": is_bound})
    except ValidationError as exc:
        raise explain(exc, where, AuditSpec) from None


@contextmanager
def blaming(spec: AuditSpec) -> Iterator[None]:
    """Run a block that finds out whether a definition fits its data; its SpecErrors name the definition."""
    try:
        yield
    except SpecError as exc:
        if exc.what.startswith(spec.where):
            raise
        raise SpecError(f"{spec.where}: {exc.what[0].lower()}{exc.what[1:]}", hint=exc.hint) from exc


def read_spec(path: Path) -> AuditSpec:
    """Read one definition; its file name without the suffix is the dataset's name."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        repeated = _find_repeated(yaml.compose(text, Loader=yaml.SafeLoader))
        content = yaml.safe_load(text)
    except OSError as exc:
        raise SpecError(f"Cannot read the audit definition {path}: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise SpecError(f"{path}: byte {exc.start} is not UTF-8 text.", hint="Save the file as UTF-8.") from exc
    except RecursionError as exc:
        raise SpecError(f"{path}: nested too deeply, or into itself.", hint="Write it out, without aliases.") from exc
    except yaml.YAMLError as exc:
        raise _explain_yaml(exc, path) from exc
    if repeated is not None:
        number, key = repeated
        raise SpecError(f"{path} line {number}: the key {key!r} is there twice.", hint="Keep one of them.")
    if not isinstance(content, dict):
        raise SpecError(
            f"{path}: an audit definition is a mapping.", hint="Start with 'dataset: {path: data/x.parquet}'."
        )
    return parse_spec(content, path.stem, str(path), is_bound=True)


def _find_repeated(node: Any) -> tuple[int, str] | None:
    """Return line and name of the first key that a mapping has twice: YAML would let the last one win in silence."""
    seen: set[str] = set()
    for key, value in getattr(node, "value", ()) if getattr(node, "id", "") == "mapping" else ():
        if key.id != "scalar":
            continue
        if key.value in seen:
            return key.start_mark.line + 1, key.value
        seen.add(key.value)
        if (found := _find_repeated(value)) is not None:
            return found
    return None


def _explain_yaml(exc: Exception, path: Path) -> SpecError:
    from yaml.constructor import ConstructorError
    from yaml.reader import ReaderError

    mark = getattr(exc, "problem_mark", None)
    where = f"{path} line {mark.line + 1}" if mark else str(path)
    problem = str(getattr(exc, "problem", None) or "")
    tag = re.search(r"constructor for the tag '(.+)'", problem)
    if tag is not None:
        name = tag[1].replace("tag:yaml.org,2002:", "!!")
        told = f"{where}: the tag {name!r:.80} is not allowed."
        return SpecError(told, hint="Write plain text, numbers, lists and mappings.")
    if isinstance(exc, ConstructorError) and "unhashable" in problem:
        return SpecError(f"{where}: a key is a list or a mapping.", hint="Keys are text.")
    if isinstance(exc, ReaderError):
        told = f"{where}: character {exc.position + 1:,} is one that YAML does not allow."
        return SpecError(told, hint="Remove it, or save the file as plain UTF-8 text.")
    return SpecError(f"{where}: not valid YAML.", hint="Check indentation, colons and quotes.")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of an audit definition, for editors."""
    schema = AuditSpec.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "datassay audit definition"
    return schema
