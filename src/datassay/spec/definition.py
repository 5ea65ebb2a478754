"""The audit definition, `audits/<dataset>.yaml`: typed, complete with defaults, strict about unknown keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import (
    BaseModel,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from datassay.errors import SpecError, as_sentence, suggest
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
    NotNegative,
    Part,
    SqlSpec,
    StorageSpec,
    TrustedSpec,
    UsageSpec,
)


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
    max_rows: int | None = Field(None, ge=200, description="Most rows used for fits; null is 50,000.")
    seed: int = Field(0, ge=0)

    _name: str = PrivateAttr("dataset")

    def model_post_init(self, context: Any) -> None:
        """Take the dataset's name from whoever read the definition."""
        if isinstance(context, dict):
            self._name = context.get("name", "dataset")

    @property
    def name(self) -> str:
        """The dataset's name: the definition's file name."""
        return self._name

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
        return AuditSpec.model_validate(content, context={"name": name, "is_bound": is_bound})
    except ValidationError as exc:
        raise _explain(exc, where) from None


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
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise SpecError(f"{path}{line}: not valid YAML.", hint="Check indentation, colons and quotes.") from exc
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
        if key.value in seen:
            return key.start_mark.line + 1, key.value
        seen.add(key.value)
        if (found := _find_repeated(value)) is not None:
            return found
    return None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of an audit definition, for editors."""
    schema = AuditSpec.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "datassay audit definition"
    return schema


def _explain(exc: ValidationError, where: str) -> SpecError:
    # A key that is not known explains why another is missing.
    problem = min(exc.errors(), key=lambda error: error["type"] != "extra_forbidden")
    loc = [str(part) for part in problem["loc"]]
    key = ".".join(loc)
    if problem["type"] == "extra_forbidden":
        known = _keys_at(loc[:-1])
        return SpecError(f"{where}: unknown key {key!r}.", hint=suggest(loc[-1], known))
    if problem["type"] == "missing":
        return SpecError(f"{where}: key {key!r} is missing.")
    message = problem["msg"].removeprefix("Value error, ")
    at = f" {key!r}:" if key else ""
    got = "" if problem["type"] == "value_error" else f" (got {problem['input']!r:.60})"
    return SpecError(as_sentence(f"{where}:{at} {message[0].lower()}{message[1:]}{got}"))


def _keys_at(loc: list[str]) -> list[str]:
    """Return the keys that a definition knows below `loc`."""
    model: Any = AuditSpec
    for part in loc:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        options = [annotation, *get_args(annotation)]
        model = next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)
        if model is None:
            return []
    return list(model.model_fields)
