"""What a column's values propose: types, nulls, sets, ranges, lengths, order; each rule with its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datassay.results import Severity
from datassay.words import plural

if TYPE_CHECKING:
    import polars as pl

#: Most distinct texts, and most distinct whole numbers, of a column whose values are listed.
MOST_VALUES, MOST_NUMBERS = 20, 10
#: A longer list, of texts that each stand in so many rows on average, is one of names that somebody keeps.
_LONG_LIST, _ROWS_OF_LONG_LIST = 100, 50
#: A value that fewer rows hold could name a person, and is no pattern.
FEWEST_ROWS = 5
#: Fewer rows than these prove neither an order nor that values never repeat.
_FEWEST_FOR_ORDER = 50
#: Share of values a proposed rule asks for, by the share that met it on the chosen half.
_MOSTLY = ((0.995, 0.99), (0.97, 0.95))


@dataclass(frozen=True)
class Proposal:
    """One rule that the data proposes."""

    type: str
    severity: Severity
    #: One sentence of shares and counts; it holds no cell value.
    reason: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    #: Whether half of the rows can contradict it; a rule about the number of rows cannot be tried on them.
    is_tried: bool = True

    def to_item(self) -> dict[str, Any]:
        """Return it as an item of a suite's JSON, without `meta`."""
        return {"type": self.type, "kwargs": self.kwargs, "severity": self.severity}


def propose_table(data: pl.DataFrame) -> list[Proposal]:
    """Propose the set of columns, and a number of rows within half and twice of today's."""
    step = 10 ** max(0, len(str(data.height)) - 2)
    low, high = data.height // 2 // step * step, -(-2 * data.height // step) * step
    return [
        # More columns break nobody; drift names them.
        Proposal(
            "expect_table_columns_to_match_set",
            "critical",
            f"These are the table's {plural(data.width, 'column')}; one more breaks nobody, one less does.",
            {"column_set": data.columns, "exact_match": False},
        ),
        Proposal(
            "expect_table_row_count_to_be_between",
            "warning",
            f"The table has {plural(data.height, 'row')}; less than half or more than twice as many is another table.",
            {"min_value": max(low, 1), "max_value": high},
            is_tried=False,
        ),
    ]


def propose_type(column: pl.Series, pandas_type: str) -> list[Proposal]:
    """Propose the column's type by the names of pandas, which every engine here understands."""
    import polars as pl

    dtype, name = column.dtype, column.name
    reason = f"Stored as {dtype.base_type() if dtype.is_temporal() else dtype}."
    if dtype.is_integer():
        # A first null turns int64 into float64, which is the not-null rule's business.
        types = list(dict.fromkeys([str(dtype).lower(), pandas_type, "float64"]))
        return [_rule("expect_column_values_to_be_in_type_list", "warning", reason, column=name, type_list=types)]
    if dtype == pl.Boolean:
        return [_rule("expect_column_values_to_be_in_type_list", "warning", reason, column=name, type_list=["bool"])]
    if isinstance(dtype, pl.Date | pl.Datetime) and getattr(dtype, "time_zone", None) is None:
        pandas_type = "datetime64"  # whatever the unit
    elif dtype.is_nested() or pandas_type == "object":
        return []
    return [_rule("expect_column_type_to_be", "warning", reason, column=name, type_=pandas_type)]


def propose_nulls(column: pl.Series, severity: Severity) -> list[Proposal]:
    """Propose that values are there, in all rows or in a share that leaves room for half as many gaps again."""
    share = column.null_count() / max(len(column), 1)
    if not share:
        reason = f"None of {plural(len(column), 'value')} is missing."
        return [_rule("expect_column_values_to_not_be_null", severity, reason, column=column.name)]
    mostly = math.floor((1 - share - max(0.05, share / 2)) * 20) / 20
    if mostly < 0.5:
        return []
    reason = f"{100 * share:.2g} % of {len(column):,} values are missing; many more would be news."
    return [_rule("expect_column_values_to_not_be_null", "info", reason, column=column.name, mostly=mostly)]


def propose_label_nulls(column: pl.Series) -> list[Proposal]:
    """Propose how many labels are there: rows that nobody has labelled yet are no fault, a sudden lot of them is."""
    share = column.null_count() / len(column)
    mostly = choose_mostly(1 - share)
    if mostly is None:
        return []
    reason = f"{100 * share:.2g} % of the rows have no label yet."
    return [_rule("expect_column_values_to_not_be_null", "warning", reason, column=column.name, mostly=mostly)]


def propose_classes(column: pl.Series) -> list[Proposal]:
    """Propose the set of classes: all that occur, because a label is not sampled but defined."""
    if column.dtype.is_nested() or column.dtype.is_temporal() or column.n_unique() > MOST_VALUES + 1:
        return propose_values(column)
    values = column.drop_nulls().unique().sort().to_list()
    if not values:
        return []
    reason = f"The {plural(len(values), 'class', 'classes')} of the label; another one needs a decision."
    return [
        _rule("expect_column_values_to_be_in_set", "critical", reason, column=column.name, value_set=_plain(values))
    ]


def propose_values(column: pl.Series) -> list[Proposal]:
    """Propose a set, a range or lengths for the values of one column."""
    import polars as pl

    dtype = column.dtype
    present = column.drop_nulls()
    if present.is_empty():
        return []
    if dtype.is_integer() and (numbers := _propose_numbers(present)):
        return numbers
    if dtype.is_numeric():
        return _propose_bounds(present.cast(pl.Float64), is_whole=dtype.is_integer())
    if isinstance(dtype, pl.Date | pl.Datetime):
        return _propose_times(present)
    if not isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return []
    texts = present.cast(pl.String)
    n_distinct = texts.n_unique()
    is_listed = n_distinct <= MOST_VALUES or (
        n_distinct <= _LONG_LIST and len(texts) / n_distinct >= _ROWS_OF_LONG_LIST
    )
    return (_propose_set(texts) if is_listed else []) or _propose_lengths(texts)


def propose_unique(column: pl.Series, severity: Severity) -> list[Proposal]:
    """Propose that no value of the column occurs twice; the caller knows that none does."""
    reason = f"All {len(column) - column.null_count():,} values differ."
    return [_rule("expect_column_values_to_be_unique", severity, reason, column=column.name)]


def is_all_distinct(column: pl.Series) -> bool:
    """Tell whether a column of enough values that name things has no value twice; measurements are no names."""
    if column.dtype.is_float() or column.dtype.is_nested() or column.dtype.is_decimal():
        return False
    present = column.drop_nulls()
    return len(present) >= _FEWEST_FOR_ORDER and present.n_unique() == len(present)


def propose_order(column: pl.Series) -> list[Proposal]:
    """Propose that values never fall (or rise) from row to row, where they never did."""
    import polars as pl

    dtype = column.dtype
    # GX cannot compare times that have a zone, and a null between two values hides their order from it.
    is_ordered = dtype.is_integer() or dtype.is_float() or isinstance(dtype, pl.Date | pl.Datetime)
    if not is_ordered or getattr(dtype, "time_zone", None) or column.null_count() or len(column) < _FEWEST_FOR_ORDER:
        return []
    if column.n_unique() < _FEWEST_FOR_ORDER:
        return []  # a table sorted by a category is an accident of its last query
    for word, descending in (("increasing", False), ("decreasing", True)):
        if column.is_sorted(descending=descending):
            reason = f"Row by row, {len(column):,} values are never {'higher' if descending else 'lower'} than before."
            return [_rule(f"expect_column_values_to_be_{word}", "info", reason, column=column.name)]
    return []


def choose_mostly(share: float) -> float | None:
    """Return the share to ask for where `share` of the values met a rule, or None where too few did."""
    return next((mostly for met, mostly in _MOSTLY if share >= met), None)


def _propose_numbers(present: pl.Series) -> list[Proposal]:
    counts = present.unique_counts()
    if not 2 <= len(counts) <= MOST_NUMBERS or (counts < FEWEST_ROWS).any():
        return []
    values = present.unique().sort().to_list()
    reason = f"{len(values)} whole numbers occur, each in at least {FEWEST_ROWS} of {len(present):,} rows: codes."
    kwargs = {"column": present.name, "value_set": values, "mostly": 0.99}
    return [Proposal("expect_column_values_to_be_in_set", "warning", reason, kwargs)]


def _propose_set(texts: pl.Series) -> list[Proposal]:
    import polars as pl

    counts = texts.value_counts(name="n rows" if texts.name == "count" else "count")
    tally = counts.columns[-1]
    common = counts.filter(pl.col(tally) >= FEWEST_ROWS)
    share = int(common[tally].sum()) / len(texts)
    mostly = choose_mostly(share)
    if mostly is None:
        return []
    values = common[texts.name].sort().to_list()
    reason = f"{len(values)} values make up {100 * share:.4g} % of {len(texts):,}; rarer ones are not listed."
    kwargs = {"column": texts.name, "value_set": values, "mostly": mostly}
    return [Proposal("expect_column_values_to_be_in_set", "warning", reason, kwargs)]


def _propose_lengths(texts: pl.Series) -> list[Proposal]:
    lengths = texts.str.len_chars()
    bounds = _find_bounds(lengths.cast(float))
    if bounds is None:
        low = high = int(lengths.mode()[0])
        if lengths.n_unique() > 1:
            return []
    else:
        low, high = max(int(bounds[0]), 0), int(bounds[1])
    mostly = choose_mostly(float(lengths.is_between(low, high).mean() or 0))  # type: ignore[arg-type]
    if mostly is None:
        return []
    reason = f"98 % of {len(texts):,} texts are of such a length, with half of that range to spare."
    kwargs = {"column": texts.name, "min_value": low, "max_value": high, "mostly": mostly}
    return [Proposal("expect_column_value_lengths_to_be_between", "info", reason, kwargs)]


def _propose_bounds(values: pl.Series, *, is_whole: bool) -> list[Proposal]:
    found = _find_bounds(values)
    mostly = found and choose_mostly(float(values.is_between(*found).mean() or 0))  # type: ignore[arg-type]
    if found is None or mostly is None:
        return []
    low, high = (int(bound) if is_whole else float(f"{bound:.12g}") for bound in found)
    reason = f"98 % of {len(values):,} values lie in it, with half of their range to spare on either side."
    kwargs = {"column": values.name, "min_value": low, "max_value": high, "mostly": mostly}
    return [Proposal("expect_column_values_to_be_between", "warning", reason, kwargs)]


def _propose_times(values: pl.Series) -> list[Proposal]:
    days = values.cast(int if values.dtype != float else float)
    low, high = (days.quantile(q, "nearest") for q in (0.01, 0.99))
    if low is None or high is None or low == high:
        return []
    import polars as pl

    ends = pl.Series([low - (high - low) // 2, high + (high - low) // 2]).cast(days.dtype).cast(values.dtype)
    # Whole years: the day of the first row is nobody's rule.
    first, last = ends.dt.year().to_list()
    if not 1700 < first <= last < 2200:
        return []  # nanoseconds hold no more, and pandas refuses the rest
    kwargs = {
        "column": values.name,
        "min_value": f"{first}-01-01",
        "max_value": f"{last + 1}-01-01",
        "mostly": 0.99,
    }
    reason = f"98 % of {len(values):,} times lie in it, with half of their span to spare, in whole years."
    return [Proposal("expect_column_values_to_be_between", "info", reason, kwargs)]


def _find_bounds(values: pl.Series) -> tuple[float, float] | None:
    """Return the 1 % and 99 % quantiles, widened by half their distance and rounded outwards."""
    finite = values.filter(values.is_finite())
    if finite.is_empty():
        return None
    low, high = (finite.quantile(q, "linear") or 0.0 for q in (0.01, 0.99))
    span = high - low
    if not 0 < span < math.inf:
        return None
    unit = 10.0 ** math.floor(math.log10(span))
    bottom = math.floor((low - span / 2) / unit) * unit
    top = math.ceil((high + span / 2) / unit) * unit
    smallest = finite.min()
    if bottom < 0 and isinstance(smallest, float) and smallest >= 0:
        bottom = 0.0
    return bottom, top


def _plain(values: list[Any]) -> list[Any]:
    return [value if isinstance(value, bool | int | float) else str(value) for value in values]


def _rule(name: str, severity: Severity, reason: str, /, **kwargs: Any) -> Proposal:
    return Proposal(name, severity, reason, kwargs)
