"""Train the income model on Adult's training rows and print its score on the test rows, both as published."""

from __future__ import annotations

import json
import sys

import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
CATEGORIES = ["workclass", "marital_status", "occupation", "relationship", "native_country"]


def load_rows(split: str) -> tuple[pl.DataFrame, pl.Series]:
    """Return the features and the label of one published split; sex and race are left out on purpose."""
    rows = (
        pl.scan_parquet("data/adult.parquet")
        .filter(pl.col("split") == split)
        .select([*NUMBERS, *CATEGORIES, "income"])
        .collect()
    )
    return rows.drop("income"), rows["income"] == ">50K"


def main() -> None:
    """Fit on the training rows, score on the test rows, print one JSON line."""
    features, label = load_rows("train")
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    model = make_pipeline(
        make_column_transformer((encoder, CATEGORIES), remainder="passthrough"),
        HistGradientBoostingClassifier(random_state=0, class_weight="balanced"),
    )
    model.fit(features.to_pandas(), label.to_numpy())

    features, label = load_rows("test")
    probability = model.predict_proba(features.to_pandas())[:, 1]
    scores = {
        "balanced_accuracy": balanced_accuracy_score(label.to_numpy(), probability > 0.5),
        "roc_auc": roc_auc_score(label.to_numpy(), probability),
    }
    sys.stdout.write(json.dumps({name: round(float(score), 4) for name, score in scores.items()}) + "\n")


if __name__ == "__main__":
    main()
