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


@dataclass(frozen=True)
class Panel:
    """What the annotators say of the labelled rows."""

    judged: Judged
    record: Annotators
    next_votes: NextVotes
    voices: Voices
    notes: list[str]

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

    Raises SpecError and DataError where the votes cannot be read, InconclusiveError where they are too many, and
    EngineError where cleanlab or the estimator fails.
    """
    ballots = read_ballots(snapshot, spec)
    if ballots is None:
        return None
    ballot, n_strange = cast_ballot(ballots, arrays.row, snapshot.n_rows, predictions.classes)
    if not len(ballot.row):
        raise DataError(
            "No vote names a class of the label." if n_strange else "No labelled row has a vote.",
            hint=f"Check that annotators and the label {spec.label!r} name the same things.",
        )
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
    strange = f"{n_strange:,} votes name a class that no given label has; they are left out."
    notes = [*ballots.notes, *([strange] if n_strange else []), *ranking.notes, *_explain(record, judged)]
    return Panel(judged, record, ranking, crowd.voices, notes)


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
