"""The same expectation on the same data, by Great Expectations' pandas engine and by the Polars engine."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

FORMATS = ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE")
_DEFINITION: list[Any] = []


def run_pandas(frame: pl.DataFrame, expectations: list[Any], result_format: Any = "COMPLETE") -> list[Any]:
    """Evaluate on `frame.to_pandas()` by Great Expectations' own engine."""
    import great_expectations as gx
    from great_expectations.validator.v1_validator import Validator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not _DEFINITION:
            context = gx.get_context(mode="ephemeral")
            context.variables.progress_bars = {"globally": False, "metric_calculations": False}
            asset = context.data_sources.add_pandas("reference").add_dataframe_asset("table")
            _DEFINITION.extend([asset.add_batch_definition_whole_dataframe("all"), context])
        validator = Validator(
            batch_definition=_DEFINITION[0],
            batch_parameters={"dataframe": frame.to_pandas()},
            result_format=result_format,
        )
        return [_validate(validator, expectation) for expectation in expectations]


def _validate(validator: Any, expectation: Any) -> Any:
    try:
        return validator.validate_expectation(expectation)
    except Exception as exc:  # noqa: BLE001 - what raises beyond Great Expectations' isolation is compared as raised
        return exc


def run_polars(frame: Any, expectations: list[Any], result_format: Any = "COMPLETE") -> list[Any]:
    """Evaluate by the Polars engine."""
    from datassay.gx import validate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(validate(frame, expectations, result_format).results)


def simplify(answer: Any) -> Any:
    """Return what has to be equal: success, result, and whether it raised."""
    if isinstance(answer, Exception) or _raised(answer.exception_info):
        return "raised"
    return {"success": bool(answer.success), "result": plain(answer.result)}


def _raised(info: Any) -> bool:
    if not isinstance(info, dict) or not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_raised(part) for part in info.values())


def plain(value: Any) -> Any:
    """Return a value such that equal answers compare equal: missing is None, numbers are Python's."""
    if isinstance(value, pd.DataFrame):
        return plain(value.reset_index().to_dict("records"))
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set):
        return [plain(part) for part in value]
    if isinstance(value, np.datetime64 | np.timedelta64):
        value = pd.Timestamp(value) if isinstance(value, np.datetime64) else pd.Timedelta(value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (not isinstance(value, str) and value is not pl.Null and pd.isna(value)):
        return None
    if hasattr(value, "isoformat"):
        # A date is its midnight.
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _round(float(value)) if isinstance(value, float) or abs(value) < 2**53 else value
    return value


def _round(value: float) -> Any:
    if math.isinf(value) or value == 0:
        return value
    # The last bits of a sum depend on the order of its terms.
    return float(f"{value:.11g}")
