"""Consensus of several annotators, how good each is, and how likely a given label is wrong by all their votes."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.errors import EngineError, InconclusiveError
from datassay.labels.ballots import MOST_CELLS, Ballots
from datassay.labels.noise_rate import jeffreys
from datassay.labels.posterior import Floats
from datassay.labels.truths import Truths, draw_truths, to_odds
from datassay.labels.voices import Voices
from datassay.labels.worklist import Judged
from datassay.results import Annotator, Interval

#: Errors that annotators share are in no vote: this share of their typical error may be added to a rate.
SHARED_ERRORS = 0.3
#: From this share of rows with two voices on, a noise rate is said to come from votes.
MOSTLY = 0.5
#: Keeps ties of the model's probabilities from being broken by chance.
TIE = 1e-9


@dataclass(frozen=True)
class Ballot:
    """The votes on the rows of the predictions; rows and annotators by position, labels as codes."""

    row: NDArray[np.int64]
    who: NDArray[np.int64]
    code: NDArray[np.int64]
    n_rows: int
    names: list[str]

    @property
    def per_row(self) -> NDArray[np.int64]:
        """(n,) number of votes."""
        return np.bincount(self.row, minlength=self.n_rows)

    def matrix(self, rows: NDArray[np.int64]) -> Floats:
        """Return codes (rows, annotators) with NaN where there is no vote, as cleanlab takes them.

        Raises InconclusiveError where that would not fit into memory.
        """
        if len(rows) * len(self.names) > MOST_CELLS:
            raise InconclusiveError(
                f"{len(self.names):,} annotators on {len(rows):,} rows are too many to be compared.",
                hint="Set a smaller max_rows in the definition.",
            )
        place = np.full(self.n_rows, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        votes = np.full((len(rows), len(self.names)), np.nan)
        known = place[self.row] >= 0
        votes[place[self.row[known]], self.who[known]] = self.code[known]
        return votes


@dataclass(frozen=True)
class Crowd:
    """What the votes say; (n,) arrays are by row of the predictions."""

    #: Consensus code, -1 where nobody voted.
    consensus: NDArray[np.int64]
    #: (n, k) P(true class) by votes and model; the model's own where nobody voted.
    belief: Floats
    annotators: list[Annotator]
    #: Share of the pairs of votes on one row that agree; None without such pairs.
    agreement: float | None
    n_tied: int
    #: Mean over annotators, by votes.
    accuracy: float
    #: The votes as they count, for whoever has another model of the same rows.
    voices: Voices


def cast_ballot(
    ballots: Ballots, rows: NDArray[np.int64], n_snapshot: int, classes: list[str]
) -> tuple[Ballot, NDArray[np.str_]]:
    """Return the votes on `rows` (positions in the snapshot), and what others name that is no class of the label."""
    place = np.full(n_snapshot, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    codes = {name: code for code, name in enumerate(classes)}
    code = np.array([codes.get(str(label), -1) for label in ballots.label], dtype=np.int64)
    kept = (place[ballots.row] >= 0) & (code >= 0)
    present = np.unique(ballots.who[kept])
    who = np.searchsorted(present, ballots.who[kept])
    names = [ballots.names[i] for i in present]
    strange = ballots.label[(code < 0) & (place[ballots.row] >= 0)]
    return Ballot(place[ballots.row[kept]], who, code[kept], len(rows), names), strange


def hear(ballot: Ballot, given: NDArray[Any], pred: Floats, model: Judged, *, classes: list[str], seed: int) -> Crowd:
    """Weigh all votes on rows with given codes (n,) and out-of-sample probabilities (n, k).

    Consensus and annotator quality are CROWDLAB's (Goh, Tkachenko and Mueller 2022). P(true) is another matter: its
    scores are weighted means and no probabilities (on real votes they add up to four times the errors there are), so
    votes are multiplied as Dawid and Skene (1979) do, with one accuracy per annotator and the model as the prior, and
    all that is not known is drawn (`truths.py`). Raises EngineError where cleanlab fails.
    """
    truths, voices = _weigh(ballot, given, pred, 1 - model.noise_rate.estimate, seed)
    consensus, quality = _ask_crowdlab(ballot, pred, truths.belief)
    counts = np.bincount(ballot.who, minlength=len(ballot.names))
    annotators = [
        Annotator(
            name=name,
            n_votes=int(counts[j]),
            quality=quality[j],
            accuracy=_interval(truths.accuracies[:, j]),
            worst_class=_worst(ballot, consensus, j, classes),
        )
        for j, name in enumerate(ballot.names)
    ]
    annotators.sort(key=lambda one: (one.quality is None, one.quality or 0.0, one.accuracy.estimate, one.name))
    agreement, n_tied = _agreement(ballot)
    mean = float((truths.accuracies.mean(axis=0) * counts).sum() / counts.sum())
    return Crowd(consensus, truths.belief, annotators, agreement, n_tied, mean, voices)


def judge_votes(crowd: Crowd, given: NDArray[Any], model: Judged) -> Judged:
    """Return the model's judgement with what the votes say of rows on which two voices were heard.

    Voices are votes, and the given label where nobody voted for it. The noise rate is the mean of P(wrong); for the
    other rows its interval is as wide as the model's, and its upper end allows for errors that annotators share.
    """
    n = len(given)
    is_heard = crowd.voices.is_heard
    if not is_heard.any():
        return model
    p_votes = 1 - crowd.belief[np.arange(n), given]
    # Not the consensus: what is suggested has to be what P(wrong) speaks of.
    likeliest = crowd.belief.argmax(axis=1)
    p_wrong = np.clip(np.where(is_heard, p_votes, model.p_wrong), 0.0, 1.0)
    share = float(is_heard.mean())
    voted = spread_rate(float(p_votes[is_heard].mean()), int(is_heard.sum()), crowd.accuracy)
    rest = model.noise_rate
    middle = float(p_wrong.mean())
    low, high = (share * one + (1 - share) * other for one, other in ((voted.low, rest.low), (voted.high, rest.high)))
    return Judged(
        p_wrong=p_wrong,
        quality=np.where(is_heard, 1 - p_wrong, model.quality),
        suggested=np.where(is_heard, likeliest, model.suggested),
        is_issue=np.where(is_heard, likeliest != given, model.is_issue),
        noise_rate=Interval(estimate=middle, low=min(low, middle), high=max(high, middle)),
        posterior=crowd.belief
        if model.posterior is None
        else np.where(is_heard[:, None], crowd.belief, model.posterior),
        is_voted=share >= MOSTLY,
    )


def spread_rate(rate: float, n: int, accuracy: float) -> Interval:
    """Return a rate of errors that votes show, of `n` rows, with its interval."""
    low, high = jeffreys(round(rate * n), n)
    return Interval(
        estimate=rate, low=min(0.8 * low, rate), high=max(rate, min(1.0, high + SHARED_ERRORS * (1 - accuracy)))
    )


def _weigh(
    ballot: Ballot, given: NDArray[Any], pred: Floats, given_accuracy: float, seed: int
) -> tuple[Truths, Voices]:
    """Return truths and accuracies by the votes, and the votes as they count by these."""
    n, k = pred.shape
    # A given label that nobody voted for comes from somewhere else: one more voice, as good as labels are.
    lonely = np.flatnonzero((ballot.per_row > 0) & ~_is_voted(ballot, given))
    given_odds = float(to_odds(np.array(given_accuracy), k))
    voted = np.flatnonzero(ballot.per_row > 0)
    place = np.full(n, -1, dtype=np.int64)
    place[voted] = np.arange(len(voted))
    elsewhere = np.zeros((len(voted), k))
    elsewhere[place[lonely], given[lonely]] = given_odds
    found = draw_truths(
        place[ballot.row],
        ballot.who,
        ballot.code,
        n_annotators=len(ballot.names),
        pred=pred[voted],
        given=elsewhere,
        seed=seed,
    )
    # Where nobody voted the model's word stands as it was.
    belief = pred.copy()
    belief[voted] = found.belief
    odds = to_odds(found.accuracies.mean(axis=0), k)[ballot.who]
    voices = Voices(
        row=np.concatenate([ballot.row, lonely]),
        code=np.concatenate([ballot.code, given[lonely]]).astype(np.int64),
        odds=np.concatenate([odds, np.full(len(lonely), given_odds)]),
        n_rows=ballot.n_rows,
    )
    return replace(found, belief=belief), voices


def _is_voted(ballot: Ballot, given: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell of which rows (n,) the given label is among the votes."""
    is_voted: NDArray[np.bool_] = np.zeros(ballot.n_rows, dtype=bool)
    is_voted[ballot.row[ballot.code == given[ballot.row]]] = True
    return is_voted


def _ask_crowdlab(ballot: Ballot, pred: Floats, belief: Floats) -> tuple[NDArray[np.int64], list[float | None]]:
    """Return consensus codes (n,), -1 without votes, and each annotator's quality; None where it cannot be told."""
    from cleanlab.multiannotator import get_label_quality_multiannotator

    consensus = np.full(ballot.n_rows, -1, dtype=np.int64)
    unknown: list[float | None] = [None] * len(ballot.names)
    rows = np.flatnonzero(ballot.per_row > 0)
    if len(ballot.names) < 2 or ballot.per_row.max() < 2:
        # Votes that never meet cannot be compared; each row's vote is its consensus.
        consensus[rows] = belief[rows].argmax(axis=1)
        return consensus, unknown
    with quietly():
        found = get_label_quality_multiannotator(
            ballot.matrix(rows), untie(pred[rows]), verbose=False, calibrate_probs=True
        )
    consensus[rows] = found["label_quality"]["consensus_label"].to_numpy()
    by_place = found["annotator_stats"].sort_index()["annotator_quality"].to_numpy()
    return consensus, [float(q) if np.isfinite(q) else None for q in by_place]


def untie(pred: Floats) -> Floats:
    """Return probabilities (n, k) of which no two in a row are quite equal."""
    lifted = pred + TIE * np.arange(pred.shape[1], 0, -1)
    exact: Floats = lifted / lifted.sum(axis=1, keepdims=True)
    return exact


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Call cleanlab without its warnings and prints; whatever it raises becomes an EngineError."""
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    except Exception as exc:
        raise EngineError(f"cleanlab could not compare the annotators ({type(exc).__name__}).") from exc


def _interval(draws: Floats) -> Interval:
    low, high = (float(end) for end in np.quantile(draws, [0.1, 0.9]))
    mean = float(draws.mean())
    return Interval(estimate=mean, low=min(low, mean), high=max(high, mean))


def _worst(ballot: Ballot, consensus: NDArray[np.int64], j: int, classes: list[str]) -> str | None:
    """Return the consensus class that an annotator misses most often, smoothed by one right row."""
    mine = ballot.who == j
    truth, said = consensus[ballot.row[mine]], ballot.code[mine]
    wrong = np.bincount(truth[truth != said], minlength=len(classes))
    if not wrong.any():
        return None
    return classes[int((wrong / (np.bincount(truth, minlength=len(classes)) + 1)).argmax())]


def _agreement(ballot: Ballot) -> tuple[float | None, int]:
    """Return the share of pairs of votes on one row that agree, and the rows that two labels lead alike."""
    votes = pl.DataFrame({"row": ballot.row, "code": ballot.code})
    counts = votes.group_by("row", "code").agg(n=pl.len().cast(pl.Float64))
    rows = counts.group_by("row").agg(
        total=pl.col("n").sum(),
        same=(pl.col("n") * (pl.col("n") - 1)).sum(),
        n_leading=(pl.col("n") == pl.col("n").max()).sum(),
    )
    pairs = float((rows["total"] * (rows["total"] - 1)).sum())
    agreement = float(rows["same"].sum()) / pairs if pairs else None
    return agreement, int((rows["n_leading"] > 1).sum())
