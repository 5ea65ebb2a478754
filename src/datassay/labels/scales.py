"""The scale on which a model's errors in numbers are alike: as given, by roots, or by ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from datassay.labels.posterior import Floats

#: What is added to numbers before roots and logarithms: this quantile, and at least this share of the median.
LOW_QUANTILE, LEAST_SHARE = 0.05, 1e-3


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
    offset = max(float(np.quantile(values, LOW_QUANTILE)), LEAST_SHARE * float(np.median(values)))
    if offset <= 0:
        return [Scale()]
    return [Scale(), Scale("root", offset), Scale("ratio", offset)]
