"""Formats of texts by evidence from the values: known ones by name, others by their shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datassay.expectations.proposals import FEWEST_ROWS, Proposal, choose_mostly

if TYPE_CHECKING:
    import polars as pl

#: Fewer values than these are no evidence of a format.
_FEWEST_VALUES = 20
#: Looked at to find a format; the whole half decides whether it holds.
_MOST_LOOKED_AT = 5_000
#: Most shapes that one pattern may join; more are free text.
_MOST_SHAPES = 4
_LONGEST_SHAPE = 40
#: Patterns that both Python's and Rust's engines read alike: no look-around, classes spelled out for ASCII.
#: The first that fits is proposed, so the narrow ones come first.
KNOWN = {
    "a UUID": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "an e-mail address": r"^[^@ ]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
    "a web address": r"^https?://[^ /]+(/[^ ]*)?$",
    "an IPv4 address": r"^(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}$",
    "an ISO date": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    "an ISO date and time": (
        r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
        r"(Z|[+-][0-2][0-9]:?[0-5][0-9])?$"
    ),
    "a time of day": r"^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?( ?[AaPp]\.?[Mm]\.?)?$",
    "a hash in hexadecimal digits": r"^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$",
    "a postcode of the United States": r"^[0-9]{5}(-[0-9]{4})?$",
    "a postcode of Canada": r"^[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]$",
    "a postcode of the United Kingdom": r"^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$",
    "a share in per cent": r"^-?[0-9]+(\.[0-9]+)? ?%$",
    "a whole number": r"^[+-]?[0-9]+$",
    "a number": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$",
}
_RUNS = re.compile(r"[0-9]+|[A-Z]+|[a-z]+|.", re.DOTALL)


def propose_format(column: pl.Series) -> list[Proposal]:
    """Propose a pattern for a column of texts, where nearly all of the values follow one."""
    import polars as pl

    if not isinstance(column.dtype, pl.String):
        return []
    present = column.drop_nulls()
    if len(present) < _FEWEST_VALUES or present.n_unique() < _FEWEST_VALUES:
        return []
    looked_at = present.head(_MOST_LOOKED_AT)
    for words, pattern in KNOWN.items():
        if choose_mostly(_share(looked_at, pattern)) and (mostly := choose_mostly(_share(present, pattern))):
            return [_propose(column.name, pattern, mostly, f"{len(present):,} texts each look like {words}.")]
    pattern_of_shapes = _join_shapes(looked_at)
    share = 0.0 if pattern_of_shapes is None else _share(present, pattern_of_shapes)
    mostly = choose_mostly(share)
    if pattern_of_shapes is None or mostly is None:
        return []
    reason = f"{len(present):,} texts have few shapes of digits, letters and signs."
    return [_propose(column.name, pattern_of_shapes, mostly, reason)]


def _propose(name: str, pattern: str, mostly: float, reason: str) -> Proposal:
    kwargs = {"column": name, "regex": pattern, "mostly": mostly}
    return Proposal("expect_column_values_to_match_regex", "warning", reason, kwargs)


def _share(values: pl.Series, pattern: str) -> float:
    return float(values.str.contains(pattern).mean() or 0)  # type: ignore[arg-type]


def _join_shapes(values: pl.Series) -> str | None:
    """Return one pattern for the few shapes that nearly all of the values have, or None for free text."""
    counts: dict[tuple[str, ...], int] = {}
    lengths: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for text, count in values.value_counts(sort=True, name="\0n").iter_rows():
        runs = _RUNS.findall(text)
        if not text or len(runs) > _LONGEST_SHAPE:
            continue
        shape = tuple(_class(run) for run in runs)
        counts[shape] = counts.get(shape, 0) + count
        before = lengths.get(shape, [(len(run), len(run)) for run in runs])
        lengths[shape] = [(min(low, len(r)), max(high, len(r))) for (low, high), r in zip(before, runs, strict=True)]
    common = sorted((s for s in counts if counts[s] >= FEWEST_ROWS), key=lambda shape: -counts[shape])
    chosen: list[tuple[str, ...]] = []
    for shape in common:
        # A shape made of letters only is a word: its length is no format.
        if len(chosen) == _MOST_SHAPES or not _is_telling(shape, lengths[shape]):
            break
        chosen.append(shape)
        if choose_mostly(sum(counts[s] for s in chosen) / len(values)) == 0.99:
            break
    if not chosen or choose_mostly(sum(counts[s] for s in chosen) / len(values)) is None:
        return None
    parts = ["".join(_write(c, *n) for c, n in zip(s, lengths[s], strict=True)) for s in chosen]
    return f"^({'|'.join(parts)})$" if len(parts) > 1 else f"^{parts[0]}$"


def _is_telling(shape: tuple[str, ...], lengths: list[tuple[int, int]]) -> bool:
    # So is one with words of many lengths: a sentence, whatever numbers it holds.
    if any(part == "a" and low != high for part, (low, high) in zip(shape, lengths, strict=True)):
        return False
    if any(part == "0" for part in shape):
        return True
    return shape == ("A",) and lengths[0][0] == lengths[0][1]


def _class(run: str) -> str:
    """Return 0, A or a for a run of digits or letters, and any other character itself."""
    first = run[0]
    if first.isascii() and first.isdigit():
        return "0"
    if first.isascii() and first.isalpha():
        return "A" if first.isupper() else "a"
    return first


def _write(part: str, low: int, high: int) -> str:
    chars = {"0": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}.get(part)
    if chars is None:
        return part if part in " -/_:,%#@" else re.escape(part)
    return chars if low == high == 1 else f"{chars}{{{low}}}" if low == high else f"{chars}{{{low},{high}}}"
