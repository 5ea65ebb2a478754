"""Labels as class names, and as the codes or numbers that stand for them."""

from __future__ import annotations

from typing import Any

import polars as pl

from datassay.errors import DataError, SpecError, suggest

#: Whole numbers from here on are not told apart by floats.
MOST_WHOLE = 2.0**53
#: Sums of squares of larger numbers are too large for floats, of smaller ones too small: in a table, or in a model.
MOST_SQUARED, LEAST_SQUARED = 1e140, 1e-150
#: Types whose values have no name.
NAMELESS = (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Duration, pl.Object)


def to_classes(series: pl.Series) -> pl.Series:
    """Return labels as class names: whole numbers without a decimal point, booleans as true and false.

    A name depends on its own value only, so that a review of some rows names their classes as the table does.
    """
    if isinstance(series.dtype, NAMELESS):
        raise SpecError(
            f"The label {series.name!r} holds {series.dtype}, which is neither classes nor numbers.",
            hint="Name a column of text, numbers, booleans or dates.",
        )
    if series.dtype.is_float():
        # A column of whole numbers with gaps often comes as floats; "1" and not "1.0" is what people call the class.
        whole = (series == series.floor()) & (series.abs() < MOST_WHOLE)
        names = (
            pl.when(whole).then(series.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(series.cast(pl.String))
        )
        return pl.select(names.alias(series.name)).to_series()
    if isinstance(series.dtype, pl.Decimal):
        # The scale is the column's and not the value's: "1" and not "1.00".
        return series.cast(pl.String).str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")
    return series.cast(pl.String)


def to_text(series: pl.Series, where: str) -> pl.Series:
    """Return a column that holds names, such as those of reviewers, as text; raises DataError where it cannot."""
    if isinstance(series.dtype, NAMELESS):
        raise DataError(f"{where}: the column {series.name!r} holds {series.dtype}.", hint="Write it as text.")
    return series.cast(pl.String)


def code_or_none(label: str | None, classes: list[str]) -> Any:
    """Return a label of the ledger as a code or number; None where there is none, or no such class."""
    if label is None or classes:
        return classes.index(label) if label in classes else None
    try:
        return float(label)
    except ValueError:
        return None


def to_codes(labels: pl.Series | list[str], classes: list[str], where: str) -> list[Any]:
    """Return labels as int codes, or floats where there are no classes; raises DataError, naming the nearest class."""
    series = labels if isinstance(labels, pl.Series) else pl.Series("label", labels, dtype=pl.String)
    if not classes:
        numbers = series.cast(pl.Float64, strict=False)
        if numbers.null_count() or not numbers.is_finite().all():
            raise DataError(f"{where}: a verified label is not a finite number.", hint="Correct it, or leave it empty.")
        if (numbers.abs() > MOST_SQUARED).any():
            raise DataError(
                f"{where}: a verified label is beyond {MOST_SQUARED:g}: its square is too large to be summed up.",
                hint="Correct it, or divide given and verified labels by a constant.",
            )
        return numbers.to_list()
    names = to_classes(series).to_list()
    codes = {name: code for code, name in enumerate(classes)}
    # A csv file may have turned "01" or "true" into other types, but never a class into another one.
    strange = sorted({name for name in names if name not in codes})
    if strange:
        others = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise DataError(f"{where}: {strange[0]!r}{others} is no class of the label.", hint=suggest(strange[0], classes))
    return [codes[name] for name in names]
