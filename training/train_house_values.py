"""Train the house value model and print its score on held-out block groups."""

from __future__ import annotations

import json
import sys

import polars as pl
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split

COLUMNS = [
    "median_income", "housing_median_age", "total_rooms", "total_bedrooms", "population",
    "households", "latitude", "longitude", "target",
]  # fmt: skip


def main() -> None:
    """Fit on three quarters of the rows, score on the rest, print one JSON line."""
    rows = pl.read_parquet("data/houses.parquet", columns=COLUMNS)
    rows = rows.with_columns(
        rooms_per_household=pl.col("total_rooms") / pl.col("households"),
        people_per_household=pl.col("population") / pl.col("households"),
    )
    features = rows.drop("target").to_numpy()
    train, test, y_train, y_test = train_test_split(features, rows["target"].to_numpy(), test_size=0.25, random_state=0)
    model = HistGradientBoostingRegressor(random_state=0).fit(train, y_train)
    predicted = model.predict(test)
    scores = {
        "r2": round(float(r2_score(y_test, predicted)), 4),
        "mean_absolute_error": round(float(mean_absolute_error(y_test, predicted)), 1),
    }
    sys.stdout.write(json.dumps(scores) + "\n")


if __name__ == "__main__":
    main()
