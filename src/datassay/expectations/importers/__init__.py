"""Rules that people keep elsewhere, as expectations; what cannot be carried over is listed, never dropped."""

from __future__ import annotations

from datassay.expectations.importers.reading import KINDS, import_rules
from datassay.expectations.importers.records import Imported, LeftOut

__all__ = ["KINDS", "Imported", "LeftOut", "import_rules"]
