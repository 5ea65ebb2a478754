"""Labels as class names."""

from __future__ import annotations

import polars as pl

from datassay.errors import SpecError


def to_classes(series: pl.Series) -> pl.Series:
    """Return labels as class names: whole numbers without a decimal point, booleans as true and false."""
    if series.dtype.is_float() and (series.drop_nulls() == series.drop_nulls().floor()).all():
        # A column of whole numbers with gaps often comes as floats; "1" and not "1.0" is what people call the class.
        series = series.cast(pl.Int64)
    if isinstance(series.dtype, pl.List | pl.Array | pl.Struct | pl.Binary | pl.Object):
        raise SpecError(f"The label {series.name!r} holds {series.dtype}, which is neither classes nor numbers.")
    return series.cast(pl.String)
