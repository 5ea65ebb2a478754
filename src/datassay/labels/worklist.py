"""The worklist: every labelled row with what is believed of its label, most valuable review first; and its record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.content import temporary
from datassay.datasets.hashing import hash_table
from datassay.datasets.reading import writing
from datassay.labels.deconvolution import spread_belief
from datassay.labels.lessons import labels_before, learn
from datassay.labels.order import value_reviews
from datassay.labels.places import Places
from datassay.labels.posterior import Floats, Recalibration, apply, logit, precision_points, rescale
from datassay.labels.pred_probs import Arrays
from datassay.labels.review import Reviews
from datassay.labels.reviewers import ONE_VOTE
from datassay.results import Interval, Labels
from datassay.spec import AuditSpec
from datassay.words import plural

#: From this P(wrong) on a label other than the given one is suggested.
MORE_LIKELY_THAN_NOT = 0.5


@dataclass(frozen=True)
class Judged:
    """A model's judgement of given labels (n,), without any review."""

    #: (n,) in [0, 1]; the mean is the noise rate.
    p_wrong: Floats
    #: (n,) in [0, 1], low for doubtful labels.
    quality: Floats
    #: (n,) int codes or floats: what the label would be.
    suggested: NDArray[Any]
    #: (n,) rows that the detector flags.
    is_issue: NDArray[np.bool_]
    noise_rate: Interval
    #: (n, k) P(true class); None for numbers.
    posterior: Floats | None = None
    #: Whether the votes of several annotators are behind most of it.
    is_voted: bool = False
    #: (n,) what is added to log-odds of "wrong" before rows are put in order; None for nothing.
    lean: Floats | None = None

    def worth(self, given: NDArray[Any], p_wrong: Floats, metric: str) -> Floats:
        """Return what a review of each row is worth, (n,), where P(wrong) is `p_wrong`."""
        if self.posterior is None:
            return p_wrong
        mean = float(p_wrong.mean())
        if self.lean is not None and 0 < mean < 1:
            p_wrong = rescale(logit(p_wrong) + self.lean, mean)
        return value_reviews(given, spread_belief(self.posterior, given, p_wrong), metric)


@dataclass(frozen=True)
class Finished:
    """Labels, and the rows' values after reviews, in the order of the predictions."""

    labels: Labels
    p_wrong: Floats
    is_issue: NDArray[np.bool_]


def finish(
    judged: Judged,
    *,
    arrays: Arrays,
    ids: pl.Series,
    reviews: Reviews | None,
    classes: list[str],
    metric: str,
    spec: AuditSpec,
    cache_dir: Path,
    places: Places | None = None,
) -> Finished:
    """Bring in reviews, write the worklist, and return the record (without what only classes have)."""
    n = len(arrays.given)
    p_wrong, is_issue, suggested = judged.p_wrong, judged.is_issue, judged.suggested
    rate, recalibration, notes = judged.noise_rate, None, []
    is_reviewed, asked = np.zeros(n, dtype=bool), arrays.given
    votes = np.tile(ONE_VOTE, (n, 1))
    if reviews is not None and len(reviews.rows):
        lesson = learn(
            p_wrong,
            rate,
            arrays,
            reviews,
            n_classes=len(classes),
            seed=spec.seed,
            places=places,
            is_voted=judged.is_voted,
        )
        is_wrong, rate, recalibration = lesson.is_wrong, lesson.rate, lesson.recalibration
        p_wrong = apply(recalibration, p_wrong)
        # What was looked at is known. Copies, for the judgement belongs to the caller.
        p_wrong[reviews.rows] = is_wrong
        is_issue, suggested = is_issue.copy(), suggested.copy()
        is_issue[reviews.rows] = is_wrong
        if judged.posterior is not None:
            # Where reviews speak against a label that the model likes, its next best guess is the suggestion.
            is_doubted = (p_wrong > MORE_LIKELY_THAN_NOT) & (suggested == arrays.given)
            others = judged.posterior[is_doubted].copy()
            others[np.arange(len(others)), arrays.given[is_doubted]] = -1
            suggested[is_doubted] = others.argmax(axis=1)
        # What is right stays as it is, digit for digit.
        suggested[reviews.rows] = np.where(is_wrong, reviews.true, arrays.given[reviews.rows])
        is_reviewed[reviews.rows], asked = True, asked.copy()
        asked[reviews.rows] = labels_before(arrays.given[reviews.rows], reviews.given)
        votes[reviews.rows] = ONE_VOTE if reviews.votes is None else reviews.votes
        if is_wrong.any():
            told = plural(int(is_wrong.sum()), "reviewed label is", "reviewed labels are")
            notes.append(f"{told} known to be wrong; put that right in the data first.")
    # Reviews speak for the labels near them, so that nothing is left to lean away from.
    ordering = judged if recalibration is None else replace(judged, lean=None)
    worth = ordering.worth(arrays.given, p_wrong, metric)
    # What has been looked at comes last. Ties by quality, then by position: never by chance.
    order = np.lexsort((np.arange(n), judged.quality, -worth, is_reviewed))
    left = order[: n - int(is_reviewed.sum())]
    table = pl.DataFrame(
        {
            "id": ids.gather(order),
            "given_label": _names(arrays.given[order], classes),
            "suggested_label": _names(suggested[order], classes),
            "p_wrong": np.clip(p_wrong[order], 0.0, 1.0),
            "label_quality": judged.quality[order],
            "rank": np.arange(1, n + 1, dtype=np.int64),
            "is_issue": is_issue[order],
            "is_reviewed": is_reviewed[order],
            "reviewed_label": _where(is_reviewed[order], _names(asked[order], classes)),
            "lead": _where(is_reviewed[order], pl.Series(votes[order, 0])),
            "votes": _where(is_reviewed[order], pl.Series(votes[order, 1])),
            "row": arrays.row[order],
        }
    )
    n_issues = int(is_issue.sum())
    sizes = _sizes(len(left), int(is_issue[left].sum()), spec)
    labels = Labels(
        n_labelled=n,
        n_issues=n_issues,
        noise_rate=rate,
        noise_rate_source=_source(judged, reviews),
        transition_matrix=[],
        classes=[],
        per_class=[],
        detector_precision=precision_points(
            judged.p_wrong[left],
            sizes,
            judged.noise_rate,
            None if recalibration is None else recalibration.take(left),
            is_voted=judged.is_voted,
        ),
        worklist_path=str(_write(table, cache_dir)),
        n_reviews=int(is_reviewed.sum()),
        reviewer_accuracy=reviews.accuracy.interval if reviews and reviews.accuracy and reviews.n_pairs else None,
        n_pairs=reviews.n_pairs if reviews else 0,
        n_agree=reviews.n_agree if reviews else 0,
        pairs_worth=reviews.pairs_worth if reviews else 0.0,
        agree_worth=reviews.agree_worth if reviews else 0.0,
        is_verified_certain=reviews is not None and len(reviews.rows) > 0 and reviews.heard is None,
        notes=[*notes, *(reviews.notes if reviews is not None else []), *_advice(recalibration, judged)],
    )
    return Finished(labels, p_wrong, is_issue)


def _sizes(n_left: int, n_issues: int, spec: AuditSpec) -> list[int]:
    """Return the depths at which precision is told: fixed ones, an hour's labels, shares, and all issues left."""
    hour = min(round(spec.cleaning.labels_per_hour), n_left)
    wanted = {10, 30, 90, hour, n_left // 20, n_left // 10, n_issues}
    return sorted({k for k in wanted if 1 <= k <= n_left})


def _names(values: NDArray[Any], classes: list[str]) -> pl.Series:
    if not classes:
        return pl.Series(values, dtype=pl.Float64)
    return pl.Series(classes, dtype=pl.String).gather(values)


def _where(is_kept: NDArray[np.bool_], values: pl.Series) -> pl.Series:
    return pl.select(pl.when(pl.Series(is_kept)).then(values)).to_series()


def _source(judged: Judged, reviews: Reviews | None) -> Literal["model", "review", "votes"]:
    if reviews is not None and reviews.is_random.any():
        return "review"
    return "votes" if judged.is_voted else "model"


def _advice(recalibration: Recalibration | None, judged: Judged) -> list[str]:
    if recalibration is not None or judged.is_voted:
        return []
    told = (
        "No verified labels: rate and precision are the model's word, which was off by a factor of two either way on "
        "tables with known errors. About 60 reviews, half of them of random rows, make both much surer."
    )
    return [told]


def _write(table: pl.DataFrame, cache_dir: Path) -> Path:
    with temporary(cache_dir) as fresh, writing(cache_dir):
        table.write_parquet(fresh)
        # Named by its content: an audit with other reviews leaves the list of this one as it is.
        path = cache_dir / f"worklist-{hash_table(fresh)}.parquet"
        fresh.replace(path)
    return path
