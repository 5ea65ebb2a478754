"""Train the income model and print its cross-validated score."""

from __future__ import annotations

import json
import sys

import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
CATEGORIES = ["workclass", "marital_status", "occupation", "relationship", "native_country"]


def main() -> None:
    """Read the columns that the model needs, score it, print one JSON line."""
    rows = pl.read_parquet("data/adult.parquet", columns=[*NUMBERS, *CATEGORIES, "income"])
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    model = make_pipeline(
        make_column_transformer((encoder, CATEGORIES), remainder="passthrough"),
        HistGradientBoostingClassifier(random_state=0, class_weight="balanced"),
    )
    label = (rows["income"] == ">50K").to_numpy()
    scores = cross_val_score(model, rows.drop("income").to_pandas(), label, cv=4, scoring="balanced_accuracy")
    sys.stdout.write(json.dumps({"balanced_accuracy": round(float(scores.mean()), 4)}) + "\n")


if __name__ == "__main__":
    main()
