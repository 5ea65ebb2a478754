"""Labels as class names."""

from __future__ import annotations

import polars as pl

from datassay.errors import SpecError

#: Whole numbers from here on are not told apart by floats.
MOST_WHOLE = 2.0**53


def to_classes(series: pl.Series) -> pl.Series:
    """Return labels as class names: whole numbers without a decimal point, booleans as true and false.

    A name depends on its own value only, so that a review of some rows names their classes as the table does.
    """
    if isinstance(series.dtype, pl.List | pl.Array | pl.Struct | pl.Binary | pl.Object):
        raise SpecError(f"The label {series.name!r} holds {series.dtype}, which is neither classes nor numbers.")
    if series.dtype.is_float():
        # A column of whole numbers with gaps often comes as floats; "1" and not "1.0" is what people call the class.
        whole = (series == series.floor()) & (series.abs() < MOST_WHOLE)
        names = (
            pl.when(whole).then(series.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(series.cast(pl.String))
        )
        return pl.select(names.alias(series.name)).to_series()
    return series.cast(pl.String)
