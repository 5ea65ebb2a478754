"""Label noise of classes by confident learning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import EngineError
from datassay.labels import noise_rate as rates
from datassay.labels import regression
from datassay.labels.belief import learn_pattern
from datassay.labels.deconvolution import deconvolve, temper, weigh
from datassay.labels.lessons import labels_before, learn
from datassay.labels.panel import ask
from datassay.labels.places import Around, locate, look_around
from datassay.labels.posterior import Floats, rescale
from datassay.labels.pred_probs import load_arrays
from datassay.labels.review import read_ids, read_reviews
from datassay.labels.transition import span_transition, to_transition
from datassay.labels.word import lean_away, weigh_word
from datassay.labels.worklist import Finished, Judged, finish
from datassay.results import Interval, Labels, PerClass, Predictions, Snapshot
from datassay.spec import AuditSpec

#: The surest part of each predicted class, and its fewest rows.
ANCHOR_FRACTION, ANCHOR_ROWS = 0.1, 15
#: Probabilities this near are the same, as cleanlab has it.
TIE = 1e-6


@dataclass(frozen=True)
class ClassNoise:
    """What confident learning finds in given labels (n,) and out-of-sample probabilities (n, k)."""

    #: (k, k) shares of all rows by given (row) and true (column) class; sums to 1.
    joint: Floats
    #: (n,) whether a row is confidently in another class than the given one.
    is_issue: NDArray[np.bool_]
    #: (n,) label quality in [0, 1]: self-confidence, the probability of the given label.
    quality: Floats
    #: Share of the surest predictions that the given labels contradict, and of all predictions.
    anchor_rate: float
    disagreement: float
    #: (n, k) the probabilities at the temperature at which the given labels are likeliest.
    tempered: Floats
    #: What the model doubts, and what neighbours contradict.
    signs: rates.Signs
    #: The labels of the nearest rows; None where it is not known which ones are near.
    around: Around | None = None

    @property
    def rate(self) -> Interval:
        """The noise rate as the model alone tells it."""
        n = len(self.is_issue)
        found = int(self.is_issue.sum())
        counted = rates.from_model(found, n, anchor_rate=self.anchor_rate, disagreement=self.disagreement)
        return rates.from_signs(counted, self.signs, disagreement=self.disagreement)


def estimate_labels(
    snapshot: Snapshot, predictions: Predictions, spec: AuditSpec, *, root: Path | None, cache_dir: Path
) -> Labels:
    """Estimate how many given labels are wrong, which ones, and how good the ranking is.

    Writes the worklist (Parquet) into `cache_dir`: all labelled rows, most valuable review first. `root` is the folder
    from which the definition's reviews are looked for. Verified labels, where there are any, correct P(wrong) and say
    which classes are confused; where some were drawn at random, they give the noise rate. Raises SpecError and
    DataError where the reviews do not fit, EngineError where cleanlab fails.
    """
    labels, alarms = _estimate(snapshot, predictions, spec, root=root, cache_dir=cache_dir)
    # What the predictions rest on (a sample, rows left out, a column that gives the label away) has no other reader.
    return labels.model_copy(update={"notes": [*alarms, *predictions.notes, *labels.notes]})


def _estimate(
    snapshot: Snapshot, predictions: Predictions, spec: AuditSpec, *, root: Path | None, cache_dir: Path
) -> tuple[Labels, list[str]]:
    """Return the labels without the notes of the predictions, and what has to be told before these."""
    arrays = load_arrays(predictions)
    reviews = read_reviews(snapshot, spec, root=root, rows=arrays.row, classes=predictions.classes)
    conclude = partial(
        finish,
        arrays=arrays,
        ids=read_ids(snapshot, spec, arrays.row),
        reviews=reviews,
        classes=predictions.classes,
        metric=predictions.metric,
        spec=spec,
        cache_dir=cache_dir,
    )
    if predictions.task == "regression":
        places = None if reviews is None else locate(snapshot, predictions, arrays.row, spec.seed)
        return conclude(regression.judge_numbers(arrays.given, arrays.pred), places=places).labels, []
    places = locate(snapshot, predictions, arrays.row, spec.seed)
    around = None if places is None else look_around(places, arrays.given)
    found, judged = judge(arrays.given, arrays.pred, around)
    panel = ask(snapshot, predictions, spec, arrays, judged)
    if panel is not None:
        judged = panel.judged
    joint, n_errors = found.joint, 0
    if reviews is not None and len(reviews.rows):
        before = labels_before(arrays.given[reviews.rows], reviews.given)
        joint, n_errors = learn_pattern(joint, before, reviews.true), int((before != reviews.true).sum())
        if panel is None:
            # Votes of every row say more of single labels than a pattern learned from a few reviews does.
            lesson = learn(
                judged.p_wrong, judged.noise_rate, arrays, reviews, n_classes=len(predictions.classes), seed=spec.seed
            )
            judged = judge_again(arrays.given, found, joint, lesson.rate)
    done = conclude(judged, places=places)
    codes = range(len(predictions.classes))
    low, high = span_transition(joint, done.labels.noise_rate, n_errors=n_errors, seed=spec.seed)
    voted = {} if panel is None else panel.deliver(done.labels)
    told = done.labels.model_copy(
        update={
            **voted,
            "transition_matrix": to_transition(joint, done.labels.noise_rate.estimate).tolist(),
            "transition_low": low.tolist(),
            "transition_high": high.tolist(),
            "classes": predictions.classes,
            "per_class": [_per_class(code, predictions.classes[code], arrays.given, done) for code in codes],
        }
    )
    return told, [] if panel is None else panel.alarms


def judge(given: NDArray[Any], pred: Floats, around: Around | None = None) -> tuple[ClassNoise, Judged]:
    """Return what the model alone makes of given codes (n,) and out-of-sample probabilities (n, k).

    `around` are the labels of the nearest rows. Raises EngineError where cleanlab fails.
    """
    found = find_class_noise(given, pred, around)
    return found, judge_classes(given, found, to_transition(found.joint, found.rate.estimate), found.rate)


def judge_again(given: NDArray[Any], found: ClassNoise, joint: Floats, rate: Interval) -> Judged:
    """Return what the model makes of the labels once reviewers have shown which classes are confused, and how often.

    `joint` (k, k), [given][true], is that of `learn_pattern`. The judgement's own noise rate stays the model's: it is
    what the reviews' posterior starts from.
    """
    return replace(judge_classes(given, found, to_transition(joint, rate.estimate), rate), noise_rate=found.rate)


def find_class_noise(given: NDArray[Any], pred: Floats, around: Around | None = None) -> ClassNoise:
    """Run confident learning (Northcutt, Jiang and Chuang 2021) as cleanlab implements it.

    Rows count as issues where their probability of another class reaches that class's mean self-confidence and a
    class is likelier than the given one (cleanlab's filter `confident_learning`, from the same count). The joint is
    that count, calibrated to the given classes' sizes. Raises EngineError where cleanlab fails.
    """
    from cleanlab.count import compute_confident_joint
    from cleanlab.rank import get_self_confidence_for_each_label

    try:
        # Not by find_label_issues and get_label_quality_scores: they look at the type of one label after the other.
        counts, found = compute_confident_joint(given, pred, calibrate=True, return_indices_of_off_diagonals=True)
        quality = get_self_confidence_for_each_label(given, pred)
    except Exception as exc:
        raise EngineError(f"cleanlab could not judge the labels ({type(exc).__name__}).") from exc
    is_issue = np.zeros(len(given), dtype=bool)
    # Where the given class is the likeliest by the model nothing is wrong, as cleanlab's filter has it.
    is_issue[found] = pred[found].max(axis=1) > quality[found] + TIE
    joint, tempered = np.asarray(counts, dtype=np.float64), temper(given, pred)
    return ClassNoise(
        joint=joint / joint.sum(),
        is_issue=is_issue,
        quality=np.clip(np.asarray(quality, dtype=np.float64), 0.0, 1.0),
        anchor_rate=anchor_rate(given, pred),
        disagreement=float((pred.argmax(axis=1) != given).mean()),
        tempered=tempered,
        signs=_read_signs(given, tempered, around),
        around=around,
    )


def _read_signs(given: NDArray[Any], tempered: Floats, around: Around | None) -> rates.Signs:
    doubt = np.sort(1 - tempered.max(axis=1))
    contradicted = None if around is None else around.contradicted(given)
    at_tenth, at_quarter = np.quantile(doubt, [0.1, 0.25])
    return rates.Signs(
        surest_tenth=float(doubt[: max(1, int(0.1 * len(doubt)))].mean()),
        at_tenth=float(at_tenth),
        at_quarter=float(at_quarter),
        contradicted=rates.USUALLY_CONTRADICTED if contradicted is None else contradicted,
    )


def anchor_rate(given: NDArray[Any], pred: Floats) -> float:
    """Return the share of given labels that contradict the surest tenth of each predicted class, weighted by class.

    Where even the surest predictions are contradicted this often, either labels are wrong there or the model's
    certainty is worth little; where they are not, all noise that was found may be the model's own doubt. Probabilities
    of such "anchor" rows identify noise that depends on the class only (Patrini et al. 2017).
    """
    guess = pred.argmax(axis=1)
    contradicted = 0.0
    for code in range(pred.shape[1]):
        rows = np.flatnonzero(guess == code)
        if len(rows):
            size = min(len(rows), max(ANCHOR_ROWS, int(ANCHOR_FRACTION * len(rows))))
            surest = rows[np.argsort(-pred[rows, code], kind="stable")[:size]]
            contradicted += len(rows) * float((given[surest] != code).mean())
    return contradicted / len(given)


def judge_classes(given: NDArray[Any], found: ClassNoise, transition: Floats, rate: Interval) -> Judged:
    """Return P(wrong) and a suggestion for every row.

    P(true | x, given) with the noise taken out of the model's probabilities first (`deconvolve`), tempered by what the
    nearest rows are labelled (`weigh_word`), and shifted in log-odds so that the mean of P(wrong) is the noise rate.
    """
    n = len(given)
    rows = np.arange(n)
    posterior = weigh(given, deconvolve(found.tempered, transition), transition)
    others = posterior.copy()
    others[rows, given] = -1.0
    likeliest = others.argmax(axis=1)
    word = weigh_word(1 - posterior[rows, given], given, likeliest, found.around, rate.estimate)
    # No issue found is not "no error": half a row keeps the order alive.
    p_wrong = rescale(word, max(rate.estimate, 0.5 / n))
    is_other = found.is_issue | (p_wrong >= 0.5) | (posterior[rows, given] < others.max(axis=1))
    suggested = np.where(is_other, likeliest, given)
    lean = lean_away(given, likeliest, found.around)
    return Judged(p_wrong, found.quality, suggested, found.is_issue, rate, posterior, lean=lean)


def _per_class(code: int, name: str, given: NDArray[Any], done: Finished) -> PerClass:
    rows = given == code
    return PerClass(
        label=name,
        n_given=int(rows.sum()),
        noise_rate=float(done.p_wrong[rows].mean()),
        n_issues=int(done.is_issue[rows].sum()),
    )
