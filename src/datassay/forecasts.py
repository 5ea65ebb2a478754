"""Forecasts against what came of them: which audits follow each other, what was predicted, what was realised."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from pydantic import Field

from datassay.datasets import git
from datassay.errors import DataError, DatassayError
from datassay.history import Forecast, History, Past, Point, Realised
from datassay.progress import get_reporter
from datassay.project import Project
from datassay.results import Interval, Record, Snapshot
from datassay.spec import AuditSpec
from datassay.words import plural

#: Where DVC writes the md5 of what it tracks.
POINTERS = ["*.dvc", "dvc.lock"]


class Comparison(Record):
    """One side of a forecast, and what came of it; gains are in units of `metric`."""

    before_rev: str
    after_rev: str
    before_md5: str
    after_md5: str
    #: When the forecast was last audited, and the reviews that it rests on; None where its line does not say.
    forecast_at: str | None = None
    n_reviews: int | None = None
    metric: str | None = None
    #: None where nothing could be compared at all.
    side: str | None = None
    #: Labels that changed, or new rows.
    amount: int | None = None
    #: For cleaning, the labels that had to be reviewed, worst first, for so many to change.
    n_reviewed: float | None = None
    predicted: Interval | None = None
    realised: Interval | None = None
    #: Whether the realised gain lies in the forecast's 80 % interval.
    is_inside: bool | None = None
    #: Whether the two intervals have nothing in common: the measurement's own error is no excuse.
    is_apart: bool | None = None
    #: Why there is nothing to compare.
    reason: str | None = None
    notes: list[str] = Field(default_factory=list)


class Coverage(Record):
    """How many forecasts held so far."""

    n_forecasts: int
    n_inside: int
    n_apart: int


@dataclass(frozen=True)
class Version:
    """All audits of one content of a dataset."""

    md5: str
    #: When the content is first known to have been there.
    at: datetime
    audits: list[Past]

    @property
    def last(self) -> Past:
        """The last audit that holds a forecast, or the last of all."""
        return next((past for past in reversed(self.audits) if past.forecast), self.audits[-1])

    @property
    def forecasts(self) -> list[Past]:
        """The audits that forecast differently, oldest first, the last of those that forecast alike; else the last.

        Reviews that came in between make another forecast of the same content.
        """
        return list({_identify(past): past for past in self.audits if past.forecast}.values()) or [self.last]


def compare_forecasts(project: Project, spec: AuditSpec, history: History, *, is_measured: bool) -> list[Comparison]:
    """Return every forecast beside what came of it at the next content that was audited, oldest first.

    A content that was audited with and without reviews has a forecast of each, and each is held against the same gain.
    What was measured once is taken from the history; what was not is measured and kept there where `is_measured`.
    Raises DeliveryError where a measurement cannot be kept; whatever else stops one is told as its reason.
    """
    versions = order_versions(project, history.audits())
    found: list[Comparison] = []
    for before, after in pairwise(versions):
        # One measurement serves all forecasts of one metric, model and seed; one that fails would fail again.
        failed: dict[tuple[str, str, int], str] = {}
        for past in before.forecasts:
            pair = Comparison(
                before_rev=past.rev, after_rev=after.last.rev, before_md5=before.md5, after_md5=after.md5,
                forecast_at=past.at if past.forecast else None, n_reviews=past.n_reviews,
            )  # fmt: skip
            reason, forecast = _why_not(past, after.last, spec), past.forecast
            if reason is not None or forecast is None:
                found.append(pair.model_copy(update={"reason": reason}))
                continue
            key = (forecast.metric, forecast.model, forecast.seed)
            known = _recall(history, before, after, spec, forecast)
            if known is None and not is_measured:
                failed[key] = "not measured yet; run 'datassay history' without --no-measure"
            elif known is None and key not in failed:
                try:
                    known = _measure(project, spec, before, after, forecast)
                except DatassayError as exc:
                    failed[key] = str(exc)
                else:
                    history.keep(known)
            if known is None:
                found.append(pair.model_copy(update={"reason": failed[key]}))
            else:
                found += judge(pair, forecast, known)
    return found


def judge(pair: Comparison, forecast: Forecast, realised: Realised) -> list[Comparison]:
    """Return a comparison for each side that something became of, or one that says that nothing did."""
    found = []
    base = pair.model_copy(update={"metric": forecast.metric, "notes": realised.notes})
    if realised.n_changed:
        reviewed = to_reviews(forecast, realised.n_changed)
        known = {"side": "cleaning", "amount": realised.n_changed, "n_reviewed": reviewed}
        found.append(_judge(base.model_copy(update=known), forecast.cleaning, reviewed, realised.cleaning))
    if realised.n_added:
        known = {"side": "collecting", "amount": realised.n_added}
        amount = float(realised.n_added)
        found.append(_judge(base.model_copy(update=known), forecast.collecting, amount, realised.collecting))
    if not found:
        gone = f"; {plural(realised.n_removed, 'row was', 'rows were')} taken out" if realised.n_removed else ""
        told = (
            f"none of the {plural(realised.n_common, 'row')} that both have got another label, and no row is new{gone}"
        )
        return [base.model_copy(update={"reason": told})]
    return found


def to_reviews(forecast: Forecast, n_changed: int) -> float:
    """Return how many labels, worst first, have to be reviewed for `n_changed` to change, by the forecast's precision.

    Of k labels of which a share p is wrong a reviewer who is right with probability r changes k (p r + (1 - p)(1 - r)).
    Beyond the last depth that precision was told for, the curve goes on as it ends.
    """
    r = forecast.reviewer_accuracy
    depths = np.array([0.0, *(point.k for point in forecast.precision)])
    shares = np.array([point.precision.estimate for point in forecast.precision])
    changed = np.maximum.accumulate(np.append(0.0, depths[1:] * (shares * r + (1 - shares) * (1 - r))))
    if n_changed <= changed[-1] or len(depths) < 2:
        return float(np.interp(n_changed, changed, depths)) if len(depths) > 1 else float(n_changed)
    per_label = changed[-1] / depths[-1]
    return float(min(n_changed / max(per_label, 1e-9), forecast.n_labelled))


def read_off(curve: list[Point], amount: float) -> tuple[Interval, bool]:
    """Return the predicted gain at `amount`, between the curve's points, and whether that lies beyond its end."""
    at = [0.0, *(point.amount for point in curve)]
    ends = {
        name: float(np.interp(amount, at, [0.0, *(getattr(point, name) for point in curve)]))
        for name in ("gain", "low", "high")
    }
    return Interval(estimate=ends["gain"], low=ends["low"], high=ends["high"]), amount > 1.05 * at[-1]


def count_coverage(found: list[Comparison]) -> Coverage:
    """Count the forecasts that could be compared, those that held, and those that were clearly missed."""
    judged = [each for each in found if each.is_inside is not None]
    return Coverage(
        n_forecasts=len(judged),
        n_inside=sum(bool(each.is_inside) for each in judged),
        n_apart=sum(bool(each.is_apart) for each in judged),
    )


def order_versions(project: Project, audits: list[Past]) -> list[Version]:
    """Return the contents that were audited in the order in which they came to be, not in that of the audits.

    A content is as old as its first commit that is known here, or as its first audit, whichever was first: an old tag
    that is audited late is still old.
    """
    by_md5: dict[str, list[Past]] = {}
    for past in audits:
        by_md5.setdefault(past.md5, []).append(past)
    versions = []
    for md5, group in by_md5.items():
        commits = {past.commit for past in group if past.commit is not None and past.repo is None}
        times = [past.at for past in group]
        times += [time for commit in commits if (time := git.read_commit_time(project.root, commit))]
        versions.append(Version(md5, min(map(_parse, times)), group))
    # Stable: contents of one second, as in a script, stay in the order of their audits.
    return sorted(versions, key=lambda version: version.at)


def _judge(pair: Comparison, curve: list[Point], at: float, realised: Interval | None) -> Comparison:
    if realised is None or not curve:
        told = "the metric could not be computed in two folds" if curve else "the forecast holds no curve"
        return pair.model_copy(update={"reason": told})
    predicted, is_beyond = read_off(curve, at)
    notes = [*pair.notes]
    if is_beyond:
        notes.append(f"The forecast of {pair.side} ends at {curve[-1].amount:,.0f}; its last point is compared.")
    return pair.model_copy(
        update={
            "predicted": predicted,
            "realised": realised,
            "is_inside": predicted.low <= realised.estimate <= predicted.high,
            "is_apart": realised.high < predicted.low or realised.low > predicted.high,
            "notes": notes,
        }
    )


def _why_not(before: Past, after: Past, spec: AuditSpec) -> str | None:
    if before.label is None or before.forecast is None:
        return "no forecast: gains were not measured, or were audited before forecasts were kept"
    if before.label != spec.label or after.label not in {None, spec.label}:
        names = " and ".join(dict.fromkeys(repr(name) for name in (before.label, after.label, spec.label) if name))
        return f"other label column: {names}"
    if before.id != spec.id:
        return f"other id column: {before.id!r} then, {spec.id!r} in the definition now"
    return None


def _recall(history: History, before: Version, after: Version, spec: AuditSpec, forecast: Forecast) -> Realised | None:
    wanted = (before.md5, after.md5, spec.label, spec.id, forecast.metric, forecast.model, forecast.seed)
    for known in reversed(history.realised()):
        if (
            known.md5_before, known.md5_after, known.label, known.id, known.metric, known.model, known.seed,
        ) == wanted:  # fmt: skip
            return known
    return None


def _measure(project: Project, spec: AuditSpec, before: Version, after: Version, forecast: Forecast) -> Realised:
    from datassay.realised import measure
    from datassay.run import importable

    old, new = (_take(project, spec, version) for version in (before, after))
    stage, started, reporter = f"{before.last.rev} > {after.last.rev}"[:40], time.perf_counter(), get_reporter()
    if reporter:
        reporter.start(stage, None)
    with importable(project.root if ":" in forecast.model else None):
        measured = measure(old, new, spec, forecast, stage=stage)
    if reporter:
        reporter.finish(stage, "passed", time.perf_counter() - started, plural(measured.n_fits, "fit"))
    return measured


def _take(project: Project, spec: AuditSpec, version: Version) -> Snapshot:
    """Return a content that was audited once: from its commit, from one that DVC recorded it in, or as it lies."""
    from datassay.datasets.snapshot import take_snapshot

    audits = [past for past in reversed(version.audits) if past.commit is not None]
    last = version.audits[-1]
    tried = [(past.path, past.repo, past.commit) for past in audits]
    if last.repo is None:
        # An audit of the workspace knows no commit, but most such content is committed a moment later.
        tried += [(last.path, None, commit) for commit in git.find_commits(project.root, version.md5, POINTERS)[:5]]
        tried.append((last.path, None, "workspace"))
    for path, repo, rev in dict.fromkeys(tried):
        # The recorded address is without its password.
        source = {"path": path, "repo": spec.dataset.repo if repo is not None else None}
        try:
            found = take_snapshot(
                spec.dataset.model_copy(update=source),
                name=spec.name, root=project.root, cache_dir=project.cache, rev=rev,
            )  # fmt: skip
        except DatassayError:
            continue
        if found.md5 == version.md5:
            return found
    raise DataError(
        f"The content that was audited as {last.rev!r} on {last.at[:10]} is in no commit and not in the workspace.",
        hint="Commit and push data before it is replaced.",
    )


def _identify(past: Past) -> str:
    """Return what tells forecasts apart; last digits do not, which another machine has otherwise."""
    forecast = past.forecast.model_dump_json() if past.forecast else "null"
    return json.dumps([past.label, past.id, json.loads(forecast, parse_float=lambda text: f"{float(text):.6g}")])


def _parse(at: str) -> datetime:
    found = datetime.fromisoformat(at)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
