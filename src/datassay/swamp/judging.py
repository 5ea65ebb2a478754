"""What all sources together say of a column, and whether their silence says anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import polars as pl

from datassay.results import ColumnAdvice, ColumnStatus, Evidence, UsageKind
from datassay.swamp.evidence import EVIDENCE, NO_USE, NOT_PROOF, WEAK, SourceResult, Tables
from datassay.words import plural

_NO_USE_TOLD = {
    "dropped": "only dropped",
    "written": "only written, never read,",
    "tested": "only read by a check",
    "derived": "only feeds what nothing reads,",
}
_WEAK_TOLD = {
    "starred": "only taken along by a star",
    "bound": "bound, but not seen to be shown,",
    "mentioned": "only a word",
}


@dataclass(frozen=True)
class Finding:
    """The judgement of one column."""

    status: ColumnStatus
    reason: str
    advice: ColumnAdvice
    #: Newest first.
    evidence: list[Evidence] = field(default_factory=list)
    kinds: list[UsageKind] = field(default_factory=list)
    last_used_at: str | None = None
    n_queries: int = 0
    n_users: int = 0


class Judge:
    """All evidence by table and column, and what keeps silence from counting."""

    def __init__(
        self, results: Sequence[SourceResult], tables: Tables, *, window: str | None, now: datetime, max_unread: float
    ) -> None:
        """Sort the evidence; `now` ends the window, and above `max_unread` silence says nothing."""
        self.window = window
        self.since = None if window is None else (now.astimezone(UTC) - timedelta(days=int(window[:-1]))).date()
        self.evidence: dict[tuple[str, str], list[Evidence]] = {}
        found = pl.concat([pl.DataFrame(schema=EVIDENCE), *(result.evidence for result in results)])
        newest_first = found.sort(
            ["last_used_at", "table", "column", "kind", "source"],
            descending=[True, False, False, False, False],
            nulls_last=True,
            maintain_order=True,
        )
        for table, column, kind, day, source, n_queries, users in newest_first.rows():
            stamp = None if day is None else day.isoformat()
            each = Evidence(kind=kind, source=source, last_used_at=stamp, n_queries=n_queries, users=users)
            kept = self.evidence.setdefault((table, column), [])
            if not kept or kept[-1] != each:
                kept.append(each)
        self.doubts: dict[tuple[str, str], str] = {}
        for result in results:
            for key, why in result.doubts.items():
                self.doubts.setdefault(key, why)
        self.blind = _find_blindness(results, tables, self.since, window, max_unread)

    def judge(self, table: str, column: str) -> Finding:
        """Return a column's status, why, and what to do."""
        evidence = self.evidence.get((table, column), [])
        proofs = [each for each in evidence if each.kind not in NOT_PROOF]
        inside = [each for each in proofs if self._is_inside(each)]
        last = max((each.last_used_at for each in proofs if each.last_used_at), default=None)
        if inside:
            users = {user for each in inside for user in each.users}
            return Finding(
                "used", _tell(inside), "keep", evidence, sorted({each.kind for each in inside}), last,
                sum(each.n_queries for each in inside), len(users),
            )  # fmt: skip
        status, reason = self._judge_silence(table, column, evidence, proofs)
        advice: ColumnAdvice = "ask" if status == "unknown" else "archive" if proofs else "drop"
        kinds: list[UsageKind] = sorted({each.kind for each in evidence if each.kind in WEAK})
        return Finding(status, reason, advice, evidence, kinds, last)

    def _judge_silence(
        self, table: str, column: str, evidence: list[Evidence], proofs: list[Evidence]
    ) -> tuple[ColumnStatus, str]:
        undated = [each for each in proofs if each.last_used_at is None]
        if undated:
            return "unknown", f"used in {undated[0].source}, at an unknown time"
        if (table, column) in self.doubts:
            why = self.doubts[table, column]
            return "unknown", why if " " in why else f"may be read in {why}"
        weak = [each for each in evidence if each.kind in WEAK and (each.last_used_at is None or self._is_inside(each))]
        if weak:
            return "unknown", f"{_WEAK_TOLD[weak[0].kind]} in {weak[0].source}"
        if self.blind is not None:
            return "unknown", self.blind
        if proofs:
            return "unused", f"last seen {proofs[0].last_used_at} in {proofs[0].source}, before the last {self.window}"
        idle = [each for each in evidence if each.kind in NO_USE]
        if idle:
            order = list(_NO_USE_TOLD)
            told = min(idle, key=lambda each: order.index(each.kind))
            return "unused", f"{_NO_USE_TOLD[told.kind]} in {told.source}"
        return "unused", "nothing names it"

    def _is_inside(self, evidence: Evidence) -> bool:
        if self.since is None or evidence.kind == "declared":
            return True  # who vouches for a column does so now
        return evidence.last_used_at is not None and date.fromisoformat(evidence.last_used_at) >= self.since


def _find_blindness(
    results: Sequence[SourceResult], tables: Tables, since: date | None, window: str | None, max_unread: float
) -> str | None:
    """Say why no column can be called unused, if so: silence is only telling where somebody has listened."""
    if not results:
        return "no usage source named"
    searches = [result for result in results if result.is_search]
    if not searches:
        return "only a list of used columns is named, and nothing was searched"
    for result in searches:
        told = result.coverage
        if told.n_files == 0 and result.n_reads == 0:
            return f"{told.source}: no file matches"
        if result.blind is not None:
            return f"{told.source}: {result.blind}"
        if told.n_parsed < told.n_files and not told.n_statements:
            return f"{told.source}: {told.n_files - told.n_parsed} of {plural(told.n_files, 'file')} could not be read"
        if told.n_unresolved and not result.doubts and not told.n_statements:
            return f"{told.source}: {plural(told.n_unresolved, 'statement')} could not be resolved"
        if since is not None and told.first_at is not None and told.first_at[:10] > since.isoformat():
            return f"{told.source}: begins {told.first_at[:10]}, and so covers less than the last {window}"
        if since is not None and told.last_at is not None and told.last_at[:10] < since.isoformat():
            return f"{told.source}: ends {told.last_at[:10]}, before the last {window}"
    n_read = sum(result.n_reads for result in searches)
    if not n_read:
        names = [repr(name) for table in tables[:3] for name in table.names]
        told_names = " or ".join(names) + (f" or {plural(len(tables) - 3, 'other')}" if len(tables) > 3 else "")
        return f"no source reads a table called {told_names}"
    n_unread = sum(result.coverage.n_unresolved for result in searches)
    if n_unread > max_unread * (n_read + n_unread):
        return f"{n_unread} of {plural(n_read + n_unread, 'statement')} that name the tables could not be read"
    return None


def tell_unsearched(results: Sequence[SourceResult]) -> str | None:
    """Say why nothing was searched for use: no source is named, or not one of those that search could be read."""
    if not results:
        return "no usage sources are named"
    searches = [result for result in results if result.is_search]
    if not searches or any(_was_read(result) for result in searches):
        return None
    return "; ".join(_tell_unread(result) for result in searches)


def _was_read(result: SourceResult) -> bool:
    told = result.coverage
    if result.is_read is not None:
        return result.is_read
    return bool(told.n_parsed if told.n_files else result.n_reads)


def _tell_unread(result: SourceResult) -> str:
    reasons = result.coverage.reasons or [result.blind or "holds nothing to read"]
    more = f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    return f"{result.coverage.source}: {reasons[0]}{more}"


def _tell(proofs: list[Evidence]) -> str:
    kinds = sorted({each.kind for each in proofs})
    last = next((each for each in proofs if each.last_used_at is not None), proofs[0])
    places = len({each.source for each in proofs})
    return f"{', '.join(kinds)} in {last.source}" + (f" and {places - 1} more" if places > 1 else "")
