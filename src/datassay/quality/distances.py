"""How far two samples of one column lie apart, and whether that may be chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

#: Expected count below which the chi-square approximation is not used for two by two tables.
_LEAST_EXPECTED = 5.0


def kolmogorov_smirnov(before: Floats, now: Floats) -> float:
    """Return the largest gap between the distribution functions of two samples, exact also with ties; in [0, 1]."""
    first, second = np.sort(before), np.sort(now)
    points = np.concatenate([first, second])
    below_first = np.searchsorted(first, points, side="right") / len(first)
    below_second = np.searchsorted(second, points, side="right") / len(second)
    return float(np.abs(below_first - below_second).max())


def kolmogorov_smirnov_p(distance: float, n_before: int, n_now: int) -> float:
    """Return the probability of at least this distance by chance, by the distribution for the effective size.

    It is that of `scipy.stats.ks_2samp(method="asymp")`; with ties it is too large, which errs on the safe side.
    """
    from scipy.stats import kstwo

    size = n_before * n_now / (n_before + n_now)
    # scipy divides by zero on its way to the right answer for a sample of one.
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.clip(kstwo.sf(distance, max(1, round(size))), 0, 1))


def total_variation(before: Counts, now: Counts) -> float:
    """Return half the sum of the differences of shares of categories; in [0, 1]."""
    return float(np.abs(before / before.sum() - now / now.sum()).sum() / 2)


def independence_p(table: Counts) -> float:
    """Return the p-value that rows and columns of a table of counts are independent.

    Chi-square, or Fisher's exact test for two by two tables with small expected counts.
    """
    from scipy.stats import chi2_contingency, fisher_exact

    table = table[:, table.sum(axis=0) > 0]
    if min(table.shape) < 2 or (table.sum(axis=1) == 0).any():
        return 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    if table.shape == (2, 2) and expected.min() < _LEAST_EXPECTED:
        return float(fisher_exact(table).pvalue)
    return float(chi2_contingency(table, correction=False).pvalue)


def adjust(p_values: list[float]) -> list[float]:
    """Return p-values adjusted for their number (Benjamini and Hochberg 1995), in the given order."""
    if not p_values:
        return []
    p = np.asarray(p_values)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(scaled)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return [float(value) for value in adjusted]
