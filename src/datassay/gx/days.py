"""A day as an extreme of a date column."""

from __future__ import annotations

import datetime as dt
from typing import Any

from datassay.gx.kinds import is_date


class Day(dt.datetime):
    """A date's midnight, which compares with dates too.

    Great Expectations parses a bound that is a text only against a time; against a time, Python compares no date.
    """

    def _against(self, other: Any) -> Any:
        return dt.datetime(other.year, other.month, other.day) if is_date(other) else other  # noqa: DTZ001 - no zone

    def __lt__(self, other: Any) -> bool:
        """Tell whether this day is before."""
        return super().__lt__(self._against(other))

    def __le__(self, other: Any) -> bool:
        """Tell whether this day is before or the same."""
        return super().__le__(self._against(other))

    def __gt__(self, other: Any) -> bool:
        """Tell whether this day is after."""
        return super().__gt__(self._against(other))

    def __ge__(self, other: Any) -> bool:
        """Tell whether this day is after or the same."""
        return super().__ge__(self._against(other))
