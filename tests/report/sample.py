"""A realistic report with fixed figures, and its variants; loaded by path from the conftests."""

from __future__ import annotations

import math
from typing import Any

from datassay.results import (
    Anchor,
    Cleaning,
    CleaningPoint,
    Collecting,
    CollectingPoint,
    ColumnDrift,
    ColumnProfile,
    Context,
    DatasetInfo,
    Drift,
    Evidence,
    ExpectationResult,
    Expectations,
    Gate,
    GateRule,
    Interval,
    Labels,
    OtherAction,
    PerClass,
    PrecisionPoint,
    Profile,
    Report,
    RunInfo,
    SourceCoverage,
    Split,
    StageRecord,
    Swamp,
    SwampColumn,
    TopValue,
    Value,
    Verdict,
)

#: Names as hostile data would have them: markup, quotes, Markdown, templates, control and direction characters.
HOSTILE_NAMES = [
    "<script>alert('c4n4ry')</script>",
    '"><img src=x onerror=alert(1)>',
    "a|b`c`*d*_e_[f](http://example.invalid)",
    "two\nlines\tand a tab",
    "${7*7} {{7*7}} {% raw %}",
    '=HYPERLINK("http://example.invalid")',
    "Größe 中文 émoji 🦜",
    "\x1b[31mred\x1b[0m \u202eright to left",
    "x" * 400,
]
STAGES = ("pull", "check", "predict", "labels", "value", "swamp", "profile", "actions", "drift", "verdict", "gate")
COLUMNS = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship", "race",
    "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income", "row_id",
]  # fmt: skip


def make_report(columns: list[str] | None = None, **changes: Any) -> Report:
    """Return the sample report; `columns` replaces the names of its columns, `changes` its parts."""
    names = columns or COLUMNS
    parts: dict[str, Any] = {
        "run": RunInfo(
            id="4f1c2a9be0d7",
            started_at="2026-11-23T03:00:00+00:00",
            duration_s=94.2,
            seed=0,
            stage_seconds=dict(zip(STAGES, (1.2, 6.4, 21.7, 3.1, 48.9, 0.8, 1.9, 12.4, 2.6, 0.0, 0.0), strict=True)),
            cached_stages=["pull"],
            versions={
                "datassay": "0.1.0",
                "cleanlab": "2.9.0",
                "dvc": "3.67.1",
                "great_expectations": "1.24.1",
                "lightgbm": "4.7.0",
                "polars": "2.1.0",
                "scikit-learn": "1.9.0",
            },
        ),
        "dataset": DatasetInfo(
            name="adult",
            path="data/adult.parquet",
            repo=None,
            rev="v3",
            commit="a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
            md5="5d41402abc4b2a76b9719d911017c592",
            format="parquet",
            n_rows=58_842,
            n_columns=len(names),
            stored_bytes=3_412_880,
        ),
        "context": Context(
            label="income",
            id="row_id",
            task="classification",
            metric="balanced_accuracy",
            currency="EUR",
            estimator=None,
            show_values=["education"],
            assumed=[
                "cleaning.reviewer_accuracy = 0.95",
                "collecting.setup_cost = 0",
                "storage.cost_per_gb_month = 0.023",
            ],
        ),
        "stages": {stage: StageRecord(outcome="passed") for stage in STAGES} | {"gate": StageRecord(outcome="failed")},
        "expectations": make_expectations(names),
        "labels": make_labels(),
        "value": make_value(),
        "actions": make_actions(names),
        "verdict": Verdict(
            action="clean",
            sentence=(
                "One hour of cleaning (90 labels, about 41 real errors) is worth +0.31 points of balanced accuracy; "
                "one day of collecting (500 rows) +0.08. Clean first; after about 6 hours the two are even."
            ),
            reasons=[
                "An hour of cleaning gains more than a day of collecting in 93 % of 2,000 draws.",
                "The noise depends on the class (14.1 % of '>50K', 4.4 % of '<=50K'): more rows do not repair it.",
            ],
            assumptions=[
                "A reviewer is right with 95 % of labels.",
                "New rows come from the same source and carry the same share of wrong labels.",
            ],
        ),
        "swamp": make_swamp(names),
        "profile": make_profile(names),
        "drift": make_drift(names),
        "gate": Gate(
            outcome="failed",
            rules=[
                GateRule(name="expectations_critical", outcome="failed", value=1, threshold=0),
                GateRule(name="label_error_rate", outcome="failed", value=0.068, threshold=0.05),
                GateRule(name="drift_columns", outcome="passed", value=3, threshold=5),
                GateRule(
                    name="swamp_columns",
                    outcome="unknown",
                    value=3,
                    threshold=8,
                    reason="2 columns could not be told used from unused",
                ),
            ],
        ),
    }
    return Report(**(parts | changes))


def make_expectations(names: list[str]) -> Expectations:
    """Return 41 checks: three failed (one critical), one that could not be evaluated."""
    results = [
        ExpectationResult(type="expect_column_values_to_be_between", column=names[0], severity="critical",
                          outcome="failed", n_evaluated=58_842, n_unexpected=212, unexpected_fraction=0.0036,
                          detail="between 16 and 100"),
        ExpectationResult(type="expect_column_values_to_be_in_set", column=names[1], severity="warning",
                          outcome="failed", n_evaluated=56_043, n_unexpected=2_799, unexpected_fraction=0.0499,
                          detail="one of 9 values"),
        ExpectationResult(type="expect_compound_columns_to_be_unique", column=None, severity="warning",
                          outcome="failed", n_evaluated=58_842, n_unexpected=96, unexpected_fraction=0.00163,
                          detail="over 14 columns"),
        ExpectationResult(type="expect_column_kl_divergence_to_be_less_than", column=names[3 % len(names)],
                          severity="info", outcome="unknown", reason="no partition object is stored in the suite"),
    ]  # fmt: skip
    results += [
        ExpectationResult(type="expect_column_values_to_not_be_null", column=names[i % len(names)], severity="info",
                          outcome="passed", n_evaluated=58_842, n_unexpected=0, unexpected_fraction=0.0)
        for i in range(37)
    ]  # fmt: skip
    return Expectations(engine="great_expectations 1.24.1 (pandas)", suite="expectations/adult.json", success=False,
                        n_evaluated=40, n_failed=3, n_unknown=1, results=results)  # fmt: skip


def make_labels() -> Labels:
    """Return class-dependent noise of 6.8 %."""
    return Labels(
        n_labelled=58_842,
        n_issues=3_998,
        noise_rate=Interval(estimate=0.068, low=0.051, high=0.087),
        noise_rate_source="model",
        transition_matrix=[[0.956, 0.044], [0.141, 0.859]],
        transition_low=[[0.935, 0.021], [0.07, 0.784]],
        transition_high=[[0.979, 0.065], [0.216, 0.93]],
        classes=["<=50K", ">50K"],
        per_class=[
            PerClass(label="<=50K", n_given=44_310, noise_rate=0.044, n_issues=1_950),
            PerClass(label=">50K", n_given=14_532, noise_rate=0.141, n_issues=2_048),
        ],
        detector_precision=[
            PrecisionPoint(k=k, precision=Interval(estimate=p, low=p - 0.09, high=min(1, p + 0.09)))
            for k, p in ((100, 0.46), (500, 0.41), (1_000, 0.37), (4_000, 0.27))
        ],
        worklist_path=None,
        notes=["412 rows are near duplicates of another row and were kept in one fold with it."],
    )


def make_value() -> Value:
    """Return curves that rise and flatten: cleaning fast at first, collecting slowly and long."""

    def cleaning(hours: float) -> CleaningPoint:
        gain = 0.0262 * (1 - math.exp(-hours / 8))
        return CleaningPoint(labels=round(hours * 90), hours=hours, cost=hours * 40, gain=gain, low=gain * 0.58,
                             high=gain * 1.45)  # fmt: skip

    def collecting(days: float) -> CollectingPoint:
        gain = 0.0118 * math.log1p(days / 14)
        return CollectingPoint(rows=round(days * 500), days=days, cost=days * 600, gain=gain, low=gain * 0.25,
                               high=gain * 1.9)  # fmt: skip

    fractions = (0.35, 0.5, 0.7, 0.85, 1.0)
    return Value(
        metric="balanced_accuracy",
        baseline=0.7812,
        n_train=47_073,
        n_fits=101,
        anchors=[
            Anchor(train_rows=round(47_073 * f), added_noise_rate=0, n_fits=12, score_sd=0.0021,
                   score=0.7812 + 0.0142 * math.log(f))
            for f in fractions
        ],
        cleaning=Cleaning(per_hour=Interval(estimate=0.0031, low=0.0018, high=0.0045), labels_per_hour=90,
                          cost_per_hour=40, reviewer_accuracy=0.95, n_wrong_per_hour=41.2,
                          curve=[cleaning(h) for h in (0, 0.5, 1, 2, 4, 6, 8, 12, 16, 24, 32)]),
        collecting=Collecting(per_day=Interval(estimate=0.0008, low=0.0002, high=0.0015), rows_per_day=500,
                              cost_per_day=600, setup_cost=0,
                              curve=[collecting(d) for d in (0, 0.5, 1, 2, 3, 5, 10)]),
        p_cleaning_beats_collecting=0.93,
        p_cleaning_beats_collecting_per_cost=0.995,
        exchange_rate=Interval(estimate=5.3, low=3.9, high=7.2),
        exchange_rate_closed_form=4.6,
        best_split=[
            Split(budget_cost=cost, cleaning_fraction=share, hours=cost * share / 40, days=cost * (1 - share) / 600,
                  gain=Interval(estimate=gain, low=gain * 0.6, high=gain * 1.4))
            for cost, share, gain in ((240, 1.0, 0.0138), (1_200, 0.65, 0.0231), (6_000, 0.21, 0.0318))
        ],
        break_even_hours=6.1,
        evpi=0.00004,
        expected_regret=0.00002,
    )  # fmt: skip


def make_actions(names: list[str]) -> list[OtherAction]:
    """Return one action of each kind and each outcome; none of them beats labels and rows."""
    folds = "Cross-validation of the repaired table against the table as it is, on the same folds."
    return [
        OtherAction(name="Drop the labels that look wrong", kind="drop_labels", n_rows=4_001, p_gains=0.5, n_fits=5,
                    gain=Interval(estimate=0.0004, low=-0.0021, high=0.0102), outcome="does nothing measurable",
                    measured="Cross-validation with and without them in the training parts."),
        OtherAction(name="Drop exact copies of rows", kind="deduplicate", n_rows=52, p_gains=0.04, n_fits=5,
                    gain=Interval(estimate=-0.0009, low=-0.0016, high=-0.0002), outcome="harms",
                    measured="Cross-validation with and without copies in the training parts."),
        OtherAction(name="Fill in all missing values with the true ones", kind="spread", columns=names[:5],
                    n_cells=6_420, hours=53.5, cost=2_140, is_bound=True, n_fits=15, outcome="at most",
                    gain=Interval(estimate=0.004, low=0, high=0.0061), gain_per_hour=0.000075,
                    measured="Distance between the best and the worst of 4 tables."),
        OtherAction(name="Write disguised missing values as missing", kind="repair", columns=[names[10 % len(names)]],
                    n_cells=1_236, hours=0.25, cost=10, gain=Interval(estimate=0.0011, low=0.0003, high=0.0019),
                    gain_per_hour=0.0044, p_gains=0.96, n_fits=5, outcome="helps", measured=folds,
                    caveat="Only where arriving data is repaired too."),
        OtherAction(name="Look up the missing values", kind="pollution", columns=[names[0]], n_cells=3_354,
                    hours=27.95, cost=1_118, gain=Interval(estimate=0.0002, low=-0.0004, high=0.0008),
                    gain_per_hour=0.000007, p_gains=0.67, n_fits=10, outcome="does nothing measurable",
                    measured="One and two more shares of its cells were replaced by missing ones."),
        OtherAction(name="Correct the values that fail a check", kind="pollution", columns=[names[4]], n_cells=640,
                    hours=5.33, cost=213, outcome="not measured",
                    reason="The 64 fits of this stage went to what matters more."),
    ]  # fmt: skip


def make_swamp(names: list[str]) -> Swamp:
    """Return three unused, two unknown and otherwise used columns."""
    columns = []
    for i, name in enumerate(names):
        status = "unused" if i in {2, 6, 11} else "unknown" if i in {8, 13} else "used"
        evidence = [
            Evidence(
                kind="projected", source=f"queries/report_{j}.sql:{j + 3}", last_used_at="2026-10-02T00:00:00+00:00"
            )
            for j in range(1 + i % 3)
        ]
        reasons = {
            "used": "read within the window",
            "unused": "nothing in the window reads it",
            "unknown": "only taken along by SELECT *",
        }
        columns.append(
            SwampColumn(name=name, status=status, reason=reasons[status], stored_bytes=180_000 + 7_919 * i,
                        evidence=evidence if status == "used" else [], cost_per_month=31.7 + 0.4 * i,
                        null_fraction=0.0 if i % 4 else 0.057,
                        importance=0.012 / (i + 1) if status != "unknown" else None, is_protected=i in {14, 15})
        )  # fmt: skip
    unused = [column for column in columns if column.status == "unused"]
    return Swamp(
        window="90d",
        columns=columns,
        coverage=[
            SourceCoverage(source="sql: queries/**/*.sql", n_files=12, n_parsed=11, n_unresolved=1,
                           reasons=["queries/old.sql: not SQL of any known dialect"]),
            SourceCoverage(source="python: src/**/*.py", n_files=7, n_parsed=7, n_unresolved=0),
        ],
        n_used=sum(column.status == "used" for column in columns),
        n_unused=len(unused),
        n_unknown=sum(column.status == "unknown" for column in columns),
        unused_bytes=sum(column.stored_bytes for column in unused),
        unused_cost_per_month=sum(column.cost_per_month for column in unused),
        currency="EUR",
    )  # fmt: skip


def make_profile(names: list[str]) -> Profile:
    """Return numbers for even columns and categories for odd ones."""
    columns = []
    for i, name in enumerate(names):
        shared: dict[str, Any] = {"name": name, "null_fraction": 0.0 if i % 4 else 0.057}
        if i % 2 == 0:
            columns.append(ColumnProfile(**shared, dtype="Int64", n_distinct=73 + i, minimum=17.0, maximum=1_490_000.0,
                                         mean=38.6, quantiles=[19, 28, 37, 48, 63],
                                         disguised_missing_fraction=0.021 if i == 10 else 0,
                                         disguised_missing_kinds=["-999"] if i == 10 else []))  # fmt: skip
        else:
            top = TopValue(value="HS-grad" if i == 3 else None, fraction=0.32)
            columns.append(ColumnProfile(**shared, dtype="String", n_distinct=9, is_constant=i == 13, top_values=[top]))
    return Profile(columns=columns, n_duplicate_rows=52)


def make_drift(names: list[str]) -> Drift:
    """Return three drifted columns, one of them added, and labels that got worse."""
    columns = [
        ColumnDrift(name=name, measure="ks" if i % 2 == 0 else "total_variation",
                    effect_size=0.31 - 0.1 * i if i < 2 else 0.02, p_value=0.0001 if i < 2 else 0.7, is_drifted=i < 2)
        for i, name in enumerate(names[:-1])
    ]  # fmt: skip
    columns.append(ColumnDrift(name=names[-1], measure="added", effect_size=1.0, p_value=None, is_drifted=True))
    return Drift(against_rev="v2", against_md5="7d793037a0760186574b0282f2f435e7", n_rows_before=48_842,
                 n_rows_now=58_842, n_drifted=3, threshold=0.1, columns=columns, noise_rate_before=0.049,
                 newly_failed=["expect_column_values_to_be_between:age", "expect_compound_columns_to_be_unique:"],
                 newly_passed=[])  # fmt: skip


def make_unknown_report() -> Report:
    """Return an audit that could measure next to nothing: the model is too weak, the suite is broken."""
    reason = "the model is no better than the prior (balanced accuracy 0.501 against 0.500)"
    stages = {stage: StageRecord(outcome="passed") for stage in STAGES}
    stages |= {
        "check": StageRecord(outcome="unknown", reason="expectations/adult.json: not valid JSON (line 3)."),
        "predict": StageRecord(outcome="unknown", reason=reason),
        "labels": StageRecord(outcome="unknown", reason=reason),
        "value": StageRecord(outcome="unknown", reason=reason),
        "actions": StageRecord(outcome="unknown", reason=reason),
        "swamp": StageRecord(outcome="skipped", reason="the definition names no usage source"),
        "drift": StageRecord(outcome="skipped", reason="no earlier rev has been audited"),
        "verdict": StageRecord(outcome="unknown", reason=reason),
        "gate": StageRecord(outcome="unknown"),
    }
    return make_report(
        stages=stages, expectations=None, labels=None, value=None, actions=[], swamp=None, drift=None,
        verdict=Verdict(action="not_applicable", sentence=f"There is no verdict because {reason}.", reasons=[reason],
                        assumptions=[]),
        gate=Gate(outcome="unknown", rules=[
            GateRule(name="expectations_critical", outcome="unknown", value=None, threshold=0, reason="suite broken"),
        ]),
    )  # fmt: skip


def make_unlabelled_report() -> Report:
    """Return an audit of a table without a label: checks and columns only."""
    stages = {stage: StageRecord(outcome="passed") for stage in STAGES}
    for stage in ("predict", "labels", "value", "actions", "verdict"):
        stages[stage] = StageRecord(outcome="skipped", reason="the definition names no label")
    context = make_report().context.model_copy(update={"label": None, "task": "none"})
    return make_report(
        stages=stages, context=context, labels=None, value=None, actions=[],
        verdict=Verdict(action="not_applicable", sentence="Without a label there is nothing to weigh.", reasons=[],
                        assumptions=[]),
        gate=Gate(outcome="passed", rules=[GateRule(name="drift_columns", outcome="passed", value=3, threshold=5)]),
    )  # fmt: skip


def make_worklist_head(n: int = 20) -> list[dict[str, Any]]:
    """Return the worst rows of a worklist."""
    labels = ("<=50K", ">50K")
    return [
        {"id": 31_007 + 977 * i, "given_label": labels[i % 2], "suggested_label": labels[1 - i % 2],
         "p_wrong": 0.985 - 0.011 * i, "label_quality": 0.012 + 0.01 * i, "rank": i + 1}
        for i in range(n)
    ]  # fmt: skip
