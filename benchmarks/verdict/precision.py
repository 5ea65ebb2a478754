"""Precision on labels that people reviewed: `python -m benchmarks.verdict --precision`.

Two published sets whose suspected labels five people each looked at, with the authors' own out-of-sample probabilities.
Only suspected rows were reviewed: how many of them are wrong, in which order, can be told, what was missed cannot.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from benchmarks.verdict.tasks import SHARED

from datassay.labels.confident import find_class_noise, judge_classes
from datassay.labels.transition import to_transition

SETS = {"le_cifar10": "CIFAR-10, test set", "le_20news": "20 newsgroups, test set"}


def report_precision() -> None:
    """Print shares of wrong labels among reviewed rows, by order and as told."""
    from cleanlab.rank import get_label_quality_scores
    from sklearn.metrics import roc_auc_score

    print("| set | reviewed | order | wrong in the first third | second | last | AUC | share wrong, told | really |")
    print("| --- | ---: | --- |" + " ---: |" * 6)
    for folder, name in SETS.items():
        data, truth = (pl.read_parquet(SHARED / folder / f"{part}.parquet") for part in ("data", "truth"))
        given = data["given_label"].to_numpy()
        pred = data.select("^p_.*$").to_numpy().astype(np.float64)
        pred /= pred.sum(axis=1, keepdims=True)
        found = find_class_noise(given, pred)
        judged = judge_classes(given, found, to_transition(found.joint, found.rate.estimate), found.rate)
        row = dict(zip(data["row_id"].to_list(), range(data.height), strict=True))
        at = np.array([row[one] for one in truth["row_id"].to_list()])
        is_wrong = truth["is_label_error"].to_numpy()
        told = judged.p_wrong[at].mean()
        for order, suspicion in (
            ("cleanlab, normalised margin", 1 - get_label_quality_scores(given, pred, method="normalized_margin")),
            ("P(wrong)", judged.p_wrong),
            ("by value of a review, accuracy", judged.worth(given, judged.p_wrong, "accuracy")),
        ):
            ranked = is_wrong[np.argsort(-suspicion[at], kind="stable")]
            thirds = " | ".join(f"{part.mean():.2f}" for part in np.array_split(ranked, 3))
            auc = roc_auc_score(is_wrong, suspicion[at])
            line = f"| {name} | {len(at)} | {order} | {thirds} | {auc:.2f} |"
            print(f"{line} {told:.2f} | {is_wrong.mean():.2f} |" if order == "P(wrong)" else f"{line} | |")
