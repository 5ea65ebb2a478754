"""One method per stage: what it needs, what it may take from a cache, and what its absence means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datassay.errors import DataError
from datassay.history import History, Past
from datassay.keys import Keys
from datassay.results import (
    Drift,
    Expectations,
    Labels,
    OtherAction,
    OtherActions,
    Predictions,
    Profile,
    Snapshot,
    StageRecord,
    Swamp,
    Value,
    Verdict,
)
from datassay.spec import AuditSpec
from datassay.staging import Stages
from datassay.words import plural


@dataclass(frozen=True)
class Steps:
    """What every stage of one audit shares."""

    spec: AuditSpec
    root: Path | None
    cache_dir: Path
    suite: Path | None
    stages: Stages

    def pull(self, rev: str | None) -> Snapshot:
        from datassay.datasets.snapshot import take_snapshot

        dataset, name = self.spec.dataset, self.spec.name
        take = partial(take_snapshot, dataset, name=name, root=self.root, cache_dir=self.cache_dir, rev=rev)
        snapshot = self.stages.run("pull", take, Snapshot, must_succeed=True)
        if snapshot is None:  # an engine crashed in a way that nobody explained
            raise DataError(f"Could not pull {dataset.path}: {self.stages.records['pull'].reason}.")
        return snapshot

    def check(self, snapshot: Snapshot, keys: Keys) -> Expectations | None:
        from datassay.expectations.suite import run_suite

        if self.suite is None:
            self.stages.skip("check", "the definition names no suite")
            return None
        suite = self.suite
        spec = self.spec
        sql = spec.sql if spec.engine == "sql" else None
        check = partial(run_suite, snapshot, suite, show_values=spec.show_values, engine=spec.engine, sql=sql)
        # A table of a database may change at any time, so what was found in it is kept for no other run.
        key = keys.check if sql is None or sql.table is None else None
        return self.stages.run("check", check, Expectations, key=key, judge=judge_checks)

    def learn(self, snapshot: Snapshot, keys: Keys) -> tuple[Predictions | None, Labels | None, Value | None]:
        from datassay.labels.confident import estimate_labels
        from datassay.labels.pred_probs import predict
        from datassay.value.estimate import estimate_value_stage

        spec, stages = self.spec, self.stages
        if spec.label is None or spec.task == "none":
            for stage in ("predict", "labels", "value"):
                stages.skip(stage, "the definition names no label")
            return None, None, None
        folder = self.cache_dir / "predictions" / keys.predict
        folder.mkdir(parents=True, exist_ok=True)
        guess = partial(predict, snapshot, spec, cache_dir=folder)
        predictions = stages.run("predict", guess, Predictions, key=keys.predict)
        if predictions is None:
            stages.follow("labels", "predict")
            stages.follow("value", "predict")
            return None, None, None
        estimate = partial(estimate_labels, snapshot, predictions, spec, root=self.root, cache_dir=folder)
        labels = stages.run("labels", estimate, Labels, key=keys.labels)
        if labels is None:
            stages.follow("value", "labels")
            return predictions, None, None
        weigh = partial(estimate_value_stage, snapshot, predictions, labels, spec)
        return predictions, labels, stages.run("value", weigh, Value, key=keys.value)

    def find_swamp(self, snapshot: Snapshot, predictions: Predictions | None) -> Swamp | None:
        from datassay.swamp.columns import find_swamp
        from datassay.swamp.money import Prices, count_checks

        spec, storage = self.spec, self.spec.storage
        bound = (spec.label, spec.id, spec.features.time, spec.features.groups, spec.trusted.column)
        find = partial(
            find_swamp,
            snapshot,
            spec.usage,
            root=self.root,
            protected=[*(name for name in bound if name), *spec.annotator_columns, *spec.usage.protected],
            prices=Prices(
                storage.cost_per_gb_month * storage.replicas,
                storage.cost_per_gb_read,
                storage.checks_per_month,
                count_checks(self.suite),
            ),
            currency=spec.currency,
            importances=predictions.importances if predictions else None,
            time=spec.features.time,
        )
        # No cache: the evidence lies in files that may change at any time, and reading them is quick.
        return self.stages.run("swamp", find, Swamp)

    def profile(self, snapshot: Snapshot, keys: Keys) -> Profile | None:
        from datassay.quality.profile import profile_columns

        spec = self.spec
        look = partial(profile_columns, snapshot, show_values=spec.show_values, label=spec.label, id_column=spec.id)
        key: str | None = keys.profile
        if spec.engine in {"spark", "sql"}:
            from datassay.expectations.measures import measure_columns

            sql = spec.sql if spec.engine == "sql" else None
            measure = partial(measure_columns, engine=spec.engine, sql=sql)
            look = partial(look, engine=spec.engine, measure=measure)
            key = keys.profile if sql is None or sql.table is None else None
        return self.stages.run("profile", look, Profile, key=key)

    def act(
        self,
        snapshot: Snapshot,
        keys: Keys,
        predictions: Predictions | None,
        labels: Labels | None,
        *,
        profile: Profile | None,
        expectations: Expectations | None,
    ) -> list[OtherAction]:
        from datassay.value.actions.stage import measure_actions, why_skip

        if self.stages.records["value"].outcome != "passed" or predictions is None or labels is None:
            # Fewer rows than a curve needs are too few for a difference of scores, too.
            self.stages.follow("actions", "value")
            return []
        reason = why_skip(self.spec)
        if reason is not None:
            self.stages.skip("actions", reason)
            return []
        spec = self.spec
        measure = partial(
            measure_actions, snapshot, predictions, labels, spec,
            profile=profile, expectations=expectations, suite=self.suite,
        )  # fmt: skip
        # Whether profile and checks could be measured is part of the key: what they say follows from the content.
        key = f"{keys.actions}-{profile is not None:d}{expectations is not None:d}"
        result = self.stages.run("actions", measure, OtherActions, key=key)
        return result.actions if result else []

    def compare(self, snapshot: Snapshot, against: str | None, expectations: Expectations | None) -> Drift | None:
        from datassay.datasets.snapshot import take_snapshot
        from datassay.quality.drift import compare_snapshots

        spec = self.spec
        past = History(self.cache_dir, spec.name).before(snapshot.md5) if self.root else None
        if against is None and (past is None or past.commit is None):
            self.stages.skip("drift", f"{self._why_alone(snapshot, past)}; name one with --against")
            return None
        dataset = spec.dataset
        if against is None and past is not None:
            dataset = dataset.model_copy(update={"path": past.path, "repo": past.repo})
        rev = against or (past.commit if past else None)

        def compare() -> Drift:
            before = take_snapshot(dataset, name=spec.name, root=self.root, cache_dir=self.cache_dir, rev=rev)
            ignore = [spec.id] if spec.id else []
            drift = compare_snapshots(before, snapshot, ignore=ignore)
            earlier = History(self.cache_dir, spec.name).of_content(before.md5)
            told = past.rev if past and against is None else before.rev
            results = expectations.results if expectations else []
            failed = {f"{r.type}:{r.column or ''}" for r in results if r.outcome == "failed"}
            passed = {f"{r.type}:{r.column or ''}" for r in results if r.outcome == "passed"}
            return drift.model_copy(
                update={
                    "against_rev": told,
                    "against_commit": before.commit,
                    "against_path": before.path if before.path != snapshot.path else None,
                    "noise_rate_before": earlier.noise_rate if earlier else None,
                    "newly_failed": sorted(failed & set(earlier.passed)) if earlier else [],
                    "newly_passed": sorted(passed & set(earlier.failed)) if earlier else [],
                }
            )

        # No cache: what was audited in between is part of the result.
        return self.stages.run("drift", compare, Drift)

    def _why_alone(self, snapshot: Snapshot, past: Past | None) -> str:
        """Return why there is no earlier content to compare with."""
        if past is not None:
            return "what was audited before lay in the workspace, which keeps no earlier content"
        history = History(self.cache_dir, self.spec.name)
        alike = history.alike(snapshot.md5, rev=snapshot.rev, commit=snapshot.commit) if self.root else None
        if alike is not None:
            return f"the earlier rev that was audited here, {alike.rev!r}, has the same content"
        return "no earlier rev was audited here"

    def decide(self, value: Value | None, labels: Labels | None) -> Verdict:
        from datassay.value.verdict import decide

        stage = next((s for s in ("value", "labels", "predict") if self.stages.records[s].outcome != "passed"), None)
        reason = self.stages.records[stage].reason if stage else None
        return decide(value, labels, self.spec, reason_unknown=reason)


def judge_checks(expectations: Expectations) -> StageRecord:
    """Return how the checks went as a stage: unknown, and why, where one was not evaluated."""
    if not expectations.results:
        return StageRecord(outcome="unknown", reason="the suite holds no expectation")
    if expectations.n_unknown == 0:
        return StageRecord(outcome="passed")
    why = expectations.why_unknown
    told = f"{expectations.n_unknown:,} of {plural(len(expectations.results), 'expectation')} could not be evaluated"
    return StageRecord(outcome="unknown", reason=f"{told}: {why}" if why else told)
