"""The part of the labels stage that several annotators make: their votes in, judgement, record and ranking out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import DataError
from datassay.labels.ballots import Ballots, fill_label, read_ballots
from datassay.labels.crowd import Ballot, Crowd, cast_ballot, hear, judge_votes, spread_rate
from datassay.labels.naming import to_classes
from datassay.labels.next_votes import NextVotes, rank_next_votes, write_next_votes
from datassay.labels.pred_probs import Arrays
from datassay.labels.review import read_ids
from datassay.labels.target import read_label
from datassay.labels.voices import Voices, save_voices
from datassay.labels.worklist import Judged
from datassay.results import Annotators, Labels, Predictions, Snapshot, next_votes_path, voices_path
from datassay.spec import AuditSpec
from datassay.words import plural

#: Shares of the votes that may name no class of the label: from one on that is told before all else, beyond the other
#: votes and label are about different things.
MANY_STRANGE, MOST_STRANGE = 0.1, 0.5
#: Strange labels that are named where their column may be shown.
N_NAMED = 3


@dataclass(frozen=True)
class Panel:
    """What the annotators say of the labelled rows."""

    judged: Judged
    record: Annotators
    next_votes: NextVotes
    voices: Voices
    notes: list[str]
    #: What a reader has to know before all other notes.
    alarms: list[str]

    def deliver(self, labels: Labels) -> dict[str, Any]:
        """Write next votes and voices beside the worklist; return what the record of the labels gains."""
        worklist = Path(str(labels.worklist_path))
        write_next_votes(self.next_votes.table, next_votes_path(worklist))
        save_voices(self.voices, voices_path(worklist))
        return {
            "annotators": self.record,
            "n_fits": self.next_votes.n_fits,
            "notes": [*self.notes, *labels.notes],
        }


def ask(snapshot: Snapshot, predictions: Predictions, spec: AuditSpec, arrays: Arrays, model: Judged) -> Panel | None:
    """Return what the definition's annotators say, None where it names none.

    Raises SpecError and DataError where the votes cannot be read or name other things, InconclusiveError where they are
    too many, and EngineError where cleanlab or the estimator fails.
    """
    ballots = read_ballots(snapshot, spec)
    if ballots is None:
        return None
    ballot, strange = cast_ballot(ballots, arrays.row, snapshot.n_rows, predictions.classes)
    if not len(ballot.row) and not len(strange):
        raise DataError("No labelled row has a vote.", hint="Check that annotators and label are of the same rows.")
    told = _tell_strange(strange, len(ballot.row) + len(strange), spec)
    is_alarm = len(strange) >= MANY_STRANGE * (len(ballot.row) + len(strange))
    crowd = hear(ballot, arrays.given, arrays.pred, model, classes=predictions.classes, seed=spec.seed)
    ranking = rank_next_votes(
        snapshot,
        predictions,
        spec,
        ballot=ballot,
        rows=arrays.row,
        pred=arrays.pred,
        consensus=crowd.consensus,
        ids=read_ids(snapshot, spec, np.arange(snapshot.n_rows, dtype=np.int64)),
    )
    judged = judge_votes(crowd, arrays.given, model)
    record = _describe(crowd, ballot, arrays, spec, ranking, n_made=_count_made(snapshot, spec, ballots, arrays.row))
    notes = [*ballots.notes, *([] if is_alarm else told), *ranking.notes, *_explain(record, judged)]
    return Panel(judged, record, ranking, crowd.voices, notes, told if is_alarm else [])


def _tell_strange(strange: NDArray[np.str_], n_votes: int, spec: AuditSpec) -> list[str]:
    """Return a note on the votes that name no class of the label, none without; raises DataError where most do not."""
    if not len(strange):
        return []
    named, annotators = "", spec.annotators
    columns = annotators.columns or [annotators.label] if annotators else []
    # What a cell holds is the owner's to show.
    if columns and set(columns) <= set(spec.show_values):
        labels, counts = np.unique(strange, return_counts=True)
        few = [repr(str(labels[i])) for i in np.argsort(-counts, kind="stable")[:N_NAMED]]
        named = f", such as {', '.join(few)}"
    verb, left = ("names", "it is left out") if len(strange) == 1 else ("name", "they are left out")
    told = f"{len(strange):,} of {plural(n_votes, 'vote')} {verb} no class that a given label has{named}"
    hint = f"Check that annotators and the label {spec.label!r} name the same things."
    if len(strange) > MOST_STRANGE * n_votes:
        raise DataError(f"{told}.", hint=hint)
    return [f"{told}; {left}. {hint}" if len(strange) >= MANY_STRANGE * n_votes else f"{told}; {left}."]


def _describe(
    crowd: Crowd, ballot: Ballot, arrays: Arrays, spec: AuditSpec, ranking: NextVotes, *, n_made: int
) -> Annotators:
    rows = np.flatnonzero(ballot.per_row > 0)
    wrong = 1 - crowd.belief[rows, crowd.consensus[rows]]
    annotators = crowd.annotators
    named = spec.annotators
    if named is not None and named.votes is not None and named.annotator not in spec.show_values:
        # Who they are is a cell value; which of them is which can be told by the number of their votes.
        numbers = {name: f"annotator {i}" for i, name in enumerate(sorted(one.name for one in annotators), start=1)}
        annotators = [one.model_copy(update={"name": numbers[one.name]}) for one in annotators]
    return Annotators(
        n_annotators=len(ballot.names),
        n_votes=len(ballot.row),
        n_rows=len(rows),
        n_shared_rows=int((ballot.per_row > 1).sum()),
        agreement_rate=crowd.agreement,
        n_tied=crowd.n_tied,
        n_differing=int((crowd.consensus[rows] != arrays.given[rows]).sum()),
        n_made=n_made,
        consensus_error_rate=spread_rate(float(wrong.mean()), len(rows), crowd.accuracy),
        annotators=annotators,
        **ranking.head,
    )


def _count_made(snapshot: Snapshot, spec: AuditSpec, ballots: Ballots, rows: NDArray[np.int64]) -> int:
    """Return how many of the labels of `rows` were made of votes."""
    series = read_label(snapshot, str(spec.label))
    if series is None:
        return len(rows)
    _, n_made = fill_label(to_classes(series), ballots, snapshot.n_rows)
    # Of a sample only the sampled ones.
    return int(series.gather(rows).is_null().sum()) if n_made else 0


def _explain(record: Annotators, judged: Judged) -> list[str]:
    notes = []
    if record.n_shared_rows == 0:
        notes.append(
            "No row has votes of two annotators, so they cannot be compared; what is told of them is the model's word."
        )
    alone = sum(one.quality is None for one in record.annotators)
    if alone and record.n_shared_rows:
        told = plural(alone, "annotator shares", "annotators share")
        notes.append(f"{told} no row with another one, so that quality is not told.")
    if record.n_made:
        notes.append(
            f"{plural(record.n_made, 'row')} had no own label: it is the majority of the votes, and of labels that "
            "lead alike the rarer one."
        )
    if judged.is_voted:
        notes.append(
            "Noise rate and precision come from the annotators' votes; errors that annotators share are not in them."
        )
    return notes
