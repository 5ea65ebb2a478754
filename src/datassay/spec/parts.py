"""The parts of an audit definition, each with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from importlib.metadata import entry_points
from numbers import Integral
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema, model_validator

from datassay.errors import suggest
from datassay.spec.numbers import AtLeastOne, Count, Fraction, NotNegative, Positive, Share

Metric = Literal[
    "accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "average_precision", "neg_log_loss",
    "r2", "neg_mean_absolute_error", "neg_root_mean_squared_error",
]  # fmt: skip
CLASSIFICATION_METRICS = get_args(Metric)[:6]
REGRESSION_METRICS = get_args(Metric)[6:]
#: What people call some of them, taken for the full name.
SHORT_METRICS = {
    "f1": "f1_macro",
    "auc": "roc_auc",
    "log_loss": "neg_log_loss",
    "mae": "neg_mean_absolute_error",
    "rmse": "neg_root_mean_squared_error",
}


def _name_in_full(metric: Any) -> Any:
    return SHORT_METRICS.get(metric, metric) if isinstance(metric, str) else metric


#: A metric as scikit-learn names it; a definition may use the short name.
NamedMetric = Annotated[
    Metric,
    BeforeValidator(_name_in_full),
    WithJsonSchema({"type": "string", "enum": [*get_args(Metric), *SHORT_METRICS]}),
]


def _name_classes(shares: Any) -> Any:
    """Name classes as the audit names them: YAML reads 1 and true as a number and a boolean, where text is meant."""
    if not isinstance(shares, Mapping):
        return shares
    named: dict[Any, Any] = {}
    for key, share in shares.items():
        name = _name_class(key)
        if name in named:
            msg = f"the class {name!r} is there twice"
            raise ValueError(msg)
        named[name] = share
    return named


def _name_class(key: Any) -> Any:
    """Return the name that labels.naming gives to such a label; what cannot be one stays as it is."""
    # Callers from Python may hand over numbers of numpy.
    key = key.item() if hasattr(key, "item") else key
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, Integral) or (isinstance(key, float) and key.is_integer() and abs(key) < 2.0**53):
        return str(int(key))
    if isinstance(key, date) and not isinstance(key, datetime):
        return key.isoformat()
    return repr(key) if isinstance(key, float) else key


#: What a usage source is given: a glob, several, or its settings; the source itself says what it can use.
SourceValue = str | list[Any] | dict[str, Any] | None


class Part(BaseModel):
    """Base of all parts: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatasetSpec(Part):
    """Where the data lies."""

    path: str = Field(description="File or folder in the repository: .parquet, .csv, or a folder of .parquet files.")
    rev: str | None = Field("HEAD", description="Branch, tag or commit; null reads the workspace.")
    repo: str | None = Field(None, description="Git URL or path of the DVC repository; null is this project.")

    _is_bound: bool = PrivateAttr(default=False)

    def model_post_init(self, context: Any) -> None:
        """Take from whoever read the definition whether it is a file of a project."""
        if isinstance(context, dict):
            self._is_bound = context.get("is_bound", False)

    @property
    def is_bound(self) -> bool:
        """Whether the path has to stay in the repository: a definition is shared with it, a call is not."""
        return self._is_bound


class FeatureSpec(Part):
    """Which columns the model may see, and what binds rows together."""

    exclude: list[str] = Field(default=[], description="Columns that are no features.")
    embeddings: list[str] = Field(default=[], description="Fixed-size array columns used as they are.")
    time: str | None = Field(None, description="Column in whose order rows are split.")
    groups: str | None = Field(None, description="Column whose equal values stay in one fold.")


class TrustedSpec(Part):
    """Verified labels so far."""

    column: str | None = Field(None, description="Column with verified labels, null where not verified.")
    reviews: str | None = Field(None, description="Table with id, true_label and drawn ('random' or 'worklist').")


class AnnotatorSpec(Part):
    """Labels of several annotators: one column each, or a table of their own."""

    columns: list[str] = Field(default=[], description="Wide: one column of the table per annotator, null: no vote.")
    votes: str | None = Field(None, description="Long: a table with one row per vote.")
    id: str | None = Field(None, description="Column of votes that names the row; null is the definition's id or 'id'.")
    annotator: str = Field("annotator", description="Column of votes that names who voted.")
    label: str = Field("label", description="Column of votes with the label.")

    @model_validator(mode="after")
    def _has_one_form(self) -> AnnotatorSpec:
        if bool(self.columns) == (self.votes is not None):
            msg = "name either columns (one per annotator) or votes (a table with one row per vote)"
            raise ValueError(msg)
        if self.columns and len(set(self.columns)) < 2:
            msg = "columns needs two annotators or more"
            raise ValueError(msg)
        if len(set(self.columns)) < len(self.columns):
            msg = "columns names an annotator twice"
            raise ValueError(msg)
        return self


class CleaningSpec(Part):
    """What reviewing labels costs and yields."""

    labels_per_hour: Positive = 60.0
    cost_per_hour: NotNegative = 40.0
    reviewer_accuracy: Share = 0.95


class CollectingSpec(Part):
    """What new labelled rows cost."""

    rows_per_day: Positive = 500.0
    cost_per_day: NotNegative = 600.0
    setup_cost: NotNegative = 0.0
    class_share: Annotated[dict[str, Fraction] | None, BeforeValidator(_name_classes)] = Field(
        None, description="Share of these classes among new rows; the others keep today's proportions. null: as today."
    )

    @model_validator(mode="after")
    def _has_shares(self) -> CollectingSpec:
        if self.class_share is not None and not 0 < sum(self.class_share.values()) <= 1 + 1e-9:
            msg = "class_share adds up to more than 0 and at most 1"
            raise ValueError(msg)
        return self


class ActionsSpec(Part):
    """Other ways to spend time: repairs of columns, copies of rows, doubtful labels."""

    measure: bool = Field(True, description="false leaves the stage out.")
    hours_per_repair: NotNegative = Field(0.25, description="Writing one repair of one column that code can do.")
    cells_per_hour: Positive = Field(120.0, description="Cells that a person looks up and corrects in an hour.")
    max_columns: Count = Field(8, description="Most columns whose missing or wrong cells are looked at.")


class UsageSource(BaseModel):
    """One place that may prove that a column is read; exactly one key, an installed package may add further ones."""

    model_config = ConfigDict(extra="allow", frozen=True)

    sql: SourceValue = Field(None, description="Glob of SQL files, or {path, dialect, views}.")
    query_log: SourceValue = Field(None, description="Glob of csv, parquet or jsonl files, or {path, preset, ...}.")
    dbt: SourceValue = Field(None, description="dbt's manifest.json, or {manifest, catalog}.")
    python: SourceValue = Field(None, description="Glob of Python files.")
    notebook: SourceValue = Field(None, description="Glob of notebooks.")
    code: SourceValue = Field(None, description="Glob of files in other languages: words only, weak evidence.")
    model: SourceValue = Field(None, description="Glob of saved models.")
    feast: SourceValue = Field(None, description="Glob of Feast definitions.")
    lookml: SourceValue = Field(None, description="Glob of LookML files.")
    tableau: SourceValue = Field(None, description="Glob of Tableau workbooks.")
    declared: SourceValue = Field(None, description="Columns that somebody vouches for, or a file that lists them.")

    @model_validator(mode="after")
    def _has_one_key(self) -> UsageSource:
        for key in self.model_extra or {}:
            if key not in {plugin.name for plugin in entry_points(group="datassay.usage_sources")}:
                msg = f"unknown usage source {key!r}. {suggest(key, list(type(self).model_fields))}"
                raise ValueError(msg)
        if len(self.model_dump(exclude_none=True)) != 1:
            msg = "a usage source has exactly one key, such as sql, query_log, dbt, python or declared"
            raise ValueError(msg)
        return self


class UsageSpec(Part):
    """Where use of columns is looked for."""

    window: str | None = Field(
        None, pattern=r"^[1-9]\d*d$", description="Only evidence this recent counts, such as 90d."
    )
    sources: list[UsageSource] = []
    table: str | None = Field(None, description="The dataset's table name in SQL; null is the dataset's name.")
    protected: list[str] = Field(default=[], description="Columns that may not be called unused: keys, legal hold.")
    max_unread: Fraction = Field(
        0.2, description="Largest share of statements that may stay unread before silence says nothing."
    )


class SqlSpec(Part):
    """The database that `engine: sql` checks the suite in."""

    connection: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Environment variable that holds the database's address; an address itself has no place in a file.",
    )
    table: str | None = Field(
        None,
        min_length=1,
        description="Table that holds the dataset, 'schema.name' or 'name'; null loads it for the run, and drops it.",
    )


class StorageSpec(Part):
    """What keeping and checking bytes costs."""

    cost_per_gb_month: NotNegative = 0.023
    replicas: AtLeastOne = Field(1, description="How many copies are kept.")
    cost_per_gb_read: NotNegative = Field(
        0.005, description="Price of a GB that a check reads, as warehouses charge for scans; 0 leaves it out."
    )
    checks_per_month: NotNegative = Field(30, description="How often the suite is run.")


class ExpectationsGate(Part):
    """Most failed expectations allowed, by severity; null allows any number."""

    critical: Count | None = 0
    warning: Count | None = None
    info: Count | None = None


class LabelGate(Part):
    """Most label noise allowed."""

    max: Fraction


class VerdictGate(Part):
    """Verdicts that block."""

    block: list[Literal["clean", "collect", "review_first", "neither", "not_applicable"]] = []


class DriftGate(Part):
    """Most drifted columns allowed."""

    max_columns: Count


class SwampGate(Part):
    """Most unused columns, or most money in them, allowed."""

    max_columns: Count | None = None
    max_cost_per_month: NotNegative | None = None


class GateSpec(Part):
    """Rules that turn a report into an exit code."""

    expectations: ExpectationsGate | None = ExpectationsGate()
    label_error_rate: LabelGate | None = None
    verdict: VerdictGate | None = None
    drift: DriftGate | None = None
    swamp: SwampGate | None = None
    unknown: Literal["block", "allow"] = Field("block", description="What a rule that could not be measured does.")
