"""Which columns are worth fits: what scrambling each of them costs a model that has not seen the rows."""

from __future__ import annotations

import numpy as np

from datassay.labels import importance
from datassay.value.actions.bench import Bench

#: Most columns that are looked at, those with most wrong cells first.
MOST_COLUMNS = 50


def weigh_columns(bench: Bench, columns: list[str]) -> dict[str, float]:
    """Return the score lost where one column's values are permuted among held-out rows.

    The audit's own fits have told it of most columns; for the others one fit more is made. NaN where the metric is not
    defined. Call it inside `fitting()`.
    """
    wanted = columns[:MOST_COLUMNS]
    known = {name: bench.importances[name].estimate for name in wanted if name in bench.importances}
    missing = [name for name in wanted if name not in known]
    origins = bench.frame.columns if bench.learner.wants_table else bench.encoded.sources
    scrambled = importance.scramble(bench.today, origins, missing, bench.fold, bench.spec.seed)
    if scrambled is None:
        return known | dict.fromkeys(missing, float("nan"))
    train = np.flatnonzero(bench.fold != 0)
    pred = bench.learner.fit_predict_each(bench.today, bench.y, train, [scrambled.copies.content])[0]
    bench.meter.add()
    found = importance.weigh(bench.metric, bench.y, scrambled, pred)
    return known | {name: found[name].estimate if name in found else float("nan") for name in missing}
