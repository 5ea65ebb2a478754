"""The scale on which a model's errors in numbers are alike: as given, by roots, or by ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from datassay.labels.posterior import Z_80, Floats

#: What is added to numbers before roots and logarithms: this quantile, and at least this share of their spread, for
#: where many are 0 the smallest would else be told apart most.
LOW_QUANTILE, LEAST_SHARE = 0.05, 0.05
#: Honest residuals are at least so wide, in spreads of the given numbers: an almost perfect model is no judge of what
#: is smaller still, nor does anything smaller matter to a metric.
LEAST_BULK = 0.05
#: Below this a number is nothing: its squares and inverses are no numbers any more.
NOTHING = 1e-150


@dataclass(frozen=True)
class Scale:
    """A way to write numbers down, and back; "root" and "ratio" are for numbers that are never negative."""

    kind: Literal["given", "root", "ratio"] = "given"
    offset: float = 0.0

    def write(self, values: Floats) -> Floats:
        """Return numbers (n,) on this scale; what lies below 0 counts as 0 on the others than the given one."""
        if self.kind == "given":
            return values
        above = np.maximum(values, 0) + self.offset
        written: Floats = np.sqrt(above) if self.kind == "root" else np.log(above)
        return written

    def read(self, written: Floats) -> Floats:
        """Return the numbers (n,) that stand on this scale."""
        if self.kind == "given":
            return written
        values: Floats = (np.maximum(written, 0) ** 2 if self.kind == "root" else np.exp(written)) - self.offset
        return np.maximum(values, 0)

    def log_slope(self, values: Floats) -> Floats:
        """Return the logarithm of how much the scale stretches at each of the numbers (n,)."""
        if self.kind == "given":
            return np.zeros_like(values)
        above = np.maximum(values, 0) + self.offset
        return -np.log(2 * np.sqrt(above)) if self.kind == "root" else -np.log(above)


def list_scales(values: Floats) -> list[Scale]:
    """Return the scales that numbers (n,) can be written on."""
    if values.min() < 0:
        return [Scale()]
    offset = max(float(np.quantile(values, LOW_QUANTILE)), LEAST_SHARE * spread(values))
    if offset < NOTHING:
        return [Scale()]
    return [Scale(), Scale("root", offset), Scale("ratio", offset)]


def spread(values: Floats) -> float:
    """Return how far numbers (n,) lie apart, in standard deviations: as their outer tenths tell, else all of them."""
    low, high = np.quantile(values, [0.1, 0.9])
    return float(high - low) / (2 * Z_80) or float(values.std())
