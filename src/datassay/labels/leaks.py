"""Columns that give the label away, by themselves or together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.encoding import Encoded
from datassay.labels.giveaways import Giveaway, find_giveaways
from datassay.labels.metrics import default_metric, score
from datassay.labels.target import Target

#: Balanced accuracy or R2 from which a score is too good not to ask.
SUSPICIOUS = 0.99
#: The same for a whole model, where no column does it alone.
PERFECT = 0.999
MOST_ROWS = 2000


@dataclass(frozen=True)
class Leaks:
    """What gives the label away."""

    notes: list[str]
    #: The column that foresees every label by itself, whatever the model makes of it; None without one.
    column: str | None = None


def find_leaks(encoded: Encoded, target: Target, pred: NDArray[Any], origins: dict[str, str]) -> Leaks:
    """Return a note for each column that predicts the label almost perfectly by itself, or one for all together.

    A column that is a number's label up to a monotone map is found whatever the model's score. Otherwise looks only
    where the model as a whole does; one small decision tree per column, fitted on one half of at most 2,000 rows and
    scored on the other. `origins` maps a column of the encoded table to the snapshot's.
    """
    given = find_giveaways(encoded, target.y, origins) if target.task == "regression" else []
    metric = default_metric(target.task)
    whole = score(metric, target.y, pred)
    notes = [_tell_given(one) for one in given]
    if whole >= SUSPICIOUS:
        notes += _find_trees(metric, encoded, target, origins, known={one.name for one in given})
    if not notes and whole >= PERFECT:
        notes.append(
            f"All columns together predict the label almost perfectly ({metric} {whole:.4f}): some may add up to it, "
            "or be known only afterwards. If so, exclude one of them."
        )
    return Leaks(notes, given[0].name if given and given[0].is_exact else None)


def _tell_given(one: Giveaway) -> str:
    if one.is_exact:
        told = f"The column {one.name!r} alone gives every label away: in some unit or on some scale it is the label"
    else:
        told = (
            f"The column {one.name!r} alone gives the label away in {100 * one.share:.0f} % of the rows: there it is "
            "the label, in some unit or on some scale, and all figures rest on that"
        )
    return f"{told}. It may be a copy, or known only afterwards. If so, exclude it."


def _find_trees(
    metric: str, encoded: Encoded, target: Target, origins: dict[str, str], *, known: set[str]
) -> list[str]:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    # Every other row of an even spread: sorted tables keep all classes in both halves.
    rows = np.linspace(0, len(target.y) - 1, min(len(target.y), MOST_ROWS)).astype(int)
    train, test = rows[::2], rows[1::2]
    columns: dict[str, list[int]] = {}
    for j, source in enumerate(encoded.sources):
        columns.setdefault(origins.get(source, source), []).append(j)
    notes = []
    for name, places in columns.items():
        if name in known:
            continue
        X = encoded.matrix[:, places]
        if target.task == "regression":
            tree = DecisionTreeRegressor(max_leaf_nodes=128, random_state=0).fit(X[train], target.y[train])
            reached = score(metric, target.y[test], tree.predict(X[test]))
        else:
            leaves = 4 * len(target.classes)
            tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(X[train], target.y[train])
            answer = np.eye(len(target.classes))[tree.predict(X[test])]
            reached = score(metric, target.y[test], answer)
        if reached >= SUSPICIOUS:
            notes.append(
                f"The column {name!r} alone predicts the label ({metric} {reached:.3f}): it may be a copy of it, "
                "or known only afterwards. If so, exclude it."
            )
    return notes
