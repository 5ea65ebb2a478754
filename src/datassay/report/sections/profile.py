"""The columns in numbers."""

from __future__ import annotations

import re

from datassay.report import numbers as say
from datassay.report.blocks import Cell, Column, Missing, Section, Table, name, num, text
from datassay.report.facts import why_missing
from datassay.results import ColumnProfile, Profile, Report

_HEADING = "The columns in numbers"


def profile_section(report: Report) -> Section:
    """Return the section that describes every column without showing its values."""
    profile = report.profile
    if profile is None:
        told, outcome = why_missing(report, "profile")
        return Section("profile", _HEADING, "", (Missing.because("Not measured", told, outcome),), how="how-profile")
    rows = tuple(_row(column) for column in profile.columns)
    columns = (
        Column("column"),
        Column("type"),
        Column("missing", is_number=True),
        Column("distinct", is_number=True),
        Column("least", is_number=True),
        Column("median", is_number=True),
        Column("greatest", is_number=True),
        Column("remarks"),
    )
    table = Table(f"Profile of {say.plural(len(rows), 'column')}", columns, rows)
    return Section("profile", _HEADING, _finding(report, profile), (table,), how="how-profile")


def _finding(report: Report, profile: Profile) -> str:
    n_null = sum(column.null_fraction > 0 for column in profile.columns)
    disguised = [column for column in profile.columns if column.disguised_missing_fraction > 0]
    constant = sum(column.is_constant for column in profile.columns)
    data = report.dataset
    repeated = say.plural(profile.n_duplicate_rows, "row repeats", "rows repeat")
    return (
        f"{say.plural(data.n_rows, 'row')} and {say.plural(data.n_columns, 'column')} in "
        f"{say.size(data.stored_bytes)}; {repeated} another in every column but the id. "
        f"{say.plural(n_null, 'column has', 'columns have')} missing values, "
        f"{say.plural(len(disguised), 'has', 'have')} missing values in disguise, and "
        f"{say.plural(constant, 'is', 'are')} constant. "
        "Values are shown only where the definition allows it."
        f"{_by_engine(profile)}"
    )


def _by_engine(profile: Profile) -> str:
    if profile.engine == "polars":
        return ""
    told = f" Missing and distinct values, extremes, means and quantiles are by the engine {profile.engine}"
    n_others = len(profile.not_by_engine)
    return f"{told}, but for {say.plural(n_others, 'column')} by Polars." if n_others else f"{told}."


def _type_words(dtype: str) -> str:
    """Return a data type as people write it: "Datetime, UTC" for "Datetime(time_unit='us', time_zone='UTC')"."""
    told = re.sub(r"\(time_unit='\w+'(, time_zone=None)?\)", "", dtype)
    told = re.sub(r"\(time_unit='\w+', time_zone='([^']*)'\)", r", \1", told)
    return re.sub(r"\(precision=(\w+), scale=(\d+)\)", r"(\1, \2)", told)


def _row(column: ColumnProfile) -> tuple[Cell, ...]:
    median = column.quantiles[len(column.quantiles) // 2] if column.quantiles else None
    return (
        name(say.visible(column.name)),
        text(say.visible(_type_words(column.dtype), 40)),
        num(say.percent(column.null_fraction)),
        num(say.count(column.n_distinct)),
        num(_figure(column.minimum)),
        num(_figure(median)),
        num(_figure(column.maximum)),
        text(_remarks(column)),
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else say.number(value)


def _remarks(column: ColumnProfile) -> str:
    told = []
    if column.is_constant:
        told.append("constant")
    if column.disguised_missing_fraction > 0:
        kinds = say.listing([say.visible(kind, 30) for kind in column.disguised_missing_kinds])
        told.append(
            f"{say.percent(column.disguised_missing_fraction)} missing in disguise{f' ({kinds})' if kinds else ''}"
        )
    shown = [
        f"{say.visible(top.value, 40)} {say.percent(top.fraction)}"
        for top in column.top_values
        if top.value is not None
    ]
    if shown:
        told.append(f"most frequent: {', '.join(shown[:3])}")
    elif column.top_values:
        told.append(f"most frequent value: {say.percent(column.top_values[0].fraction)}")
    return "; ".join(told)
