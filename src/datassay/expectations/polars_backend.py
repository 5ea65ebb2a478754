"""Great Expectations on Polars, for an audit."""

from __future__ import annotations

from datassay.expectations.pandas_backend import open_pandas as open_polars

__all__ = ["open_polars"]
