"""What the labels stage found, as the fits take it: beliefs of the true labels, and what makes these firmer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from datassay.labels.belief import believe
from datassay.labels.places import locate
from datassay.labels.pred_probs import Arrays
from datassay.labels.reviewers import certain, estimate_accuracy
from datassay.labels.voices import Voices, load_voices
from datassay.labels.word import sharpen
from datassay.results import Labels, Predictions, Snapshot, voices_path
from datassay.value.beliefs import Knowledge
from datassay.value.grid import Floats, Ints
from datassay.value.listed import Listed
from datassay.value.number_beliefs import believe_numbers


def find_most_noise(predictions: Predictions, arrays: Arrays, labels: Labels) -> float:
    """Return the largest noise rate to believe.

    A model cannot agree with labels more often than they follow the features, so where people say nothing at most as
    many are wrong as it disagrees with. Noise that features explain is in no model's estimate: what reviews or votes
    have shown of it is not cut off again.
    """
    if predictions.task == "regression" or labels.noise_rate_source == "review":
        return 1.0
    disagreement = float((arrays.pred.argmax(axis=1) != arrays.given).mean())
    is_heard = labels.n_reviews > 0 or labels.noise_rate_source == "votes"
    return max(disagreement, labels.noise_rate.high if is_heard else labels.noise_rate.estimate)


def find_belief(arrays: Arrays, labels: Labels, listed: Listed, seed: int, *, voices: Voices | None = None) -> Floats:
    """Return P(true class) of every row, (n, k), or its likely values for numbers; certain where it was reviewed.

    Where `voices` were heard a label that is wrong is what they and the model say, and not the model alone.
    """
    if arrays.pred.ndim == 1:
        return believe_numbers(arrays.given, arrays.pred, listed.p_wrong_of_all, listed.verified, seed)
    p_wrong = listed.p_wrong_of_all.copy()
    alone = find_alone(voices, len(p_wrong))
    if not labels.n_reviews and len(alone):
        # Reviews and votes have been heard on single labels; a model has not.
        p_wrong[alone] = sharpen(p_wrong[alone])
    belief = believe(arrays.given, arrays.pred, p_wrong, np.array(labels.transition_matrix), voices)
    belief[listed.is_verified] = np.eye(arrays.pred.shape[1])[listed.verified[listed.is_verified]]
    return belief


def find_voices(labels: Labels) -> Voices | None:
    """Return what annotators said, None where there are none; raises DataError where the run's cache is gone."""
    if labels.annotators is None or labels.worklist_path is None:
        return None
    return load_voices(voices_path(Path(labels.worklist_path)))


def find_alone(voices: Voices | None, n: int) -> Ints:
    """Return the rows, of `n`, on which no two voices were heard, so that the model alone speaks of their labels."""
    return np.arange(n) if voices is None else np.flatnonzero(~voices.is_heard)


def know(
    snapshot: Snapshot,
    predictions: Predictions,
    arrays: Arrays,
    *,
    labels: Labels,
    listed: Listed,
    seed: int,
    stated: float,
    voices: Voices | None,
) -> Knowledge:
    """Return what makes beliefs firmer; `stated` is the definition's reviewer accuracy."""
    # Only reviews speak for the labels near them.
    is_reviewed = bool(listed.is_verified.any())
    places = locate(snapshot, predictions, arrays.row, seed) if is_reviewed else None
    # As the labels stage had it, from the same figures: a trusted column is certain, whatever is stated of reviewers.
    n_classes = len(predictions.classes)
    if labels.is_verified_certain:
        accuracy = certain(n_classes)
    else:
        accuracy = estimate_accuracy(labels.agree_worth, labels.pairs_worth, n_classes=n_classes, prior=stated)
    # Votes tell the level of their own rows; what is left is as wrong as it was in the labels stage.
    alone = find_alone(voices, len(arrays.given))
    is_shared = 0 < len(alone) < len(arrays.given)
    return Knowledge(
        np.array(labels.transition_matrix),
        float(listed.p_wrong_of_all[alone].mean()) if is_shared else labels.noise_rate.estimate,
        listed.verified,
        accuracy,
        places,
        listed.asked,
        listed.votes,
        voices,
    )
