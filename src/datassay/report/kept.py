"""What unused columns cost beside their bytes of today: at other revs, and for checking them."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.results import KeptHistory, Swamp


def tell_costs(swamp: Swamp) -> list[str]:
    """Return sentences about what the money of unused columns holds beside the bytes at hand; none where nothing is."""
    told = [] if swamp.history is None else [_tell_history(swamp, swamp.history)]
    unused = [column for column in swamp.columns if column.status == "unused"]
    checked = [column for column in unused if column.n_checks]
    if checked:
        cost = say.money(12 * sum(column.check_cost_per_month for column in checked), say.visible(swamp.currency))
        n = say.plural(sum(column.n_checks for column in checked), "expectation")
        told.append(f"{n} read {say.plural(len(checked), 'unused column')}, at {cost} a year.")
    return told


def _tell_history(swamp: Swamp, history: KeptHistory) -> str:
    if history.reason is not None and not history.n_files:
        return f"What DVC keeps at other revs is not counted: {say.visible(history.reason)}."
    if not history.n_files:
        return "DVC keeps nothing of it at other revs."
    revs = say.plural(history.n_revs, "other rev")
    told = f"DVC keeps {say.size(history.stored_bytes)} at {revs}"
    told += f", {say.size(swamp.unused_history_bytes)} of it in unused columns, which the money includes"
    n_guessed = history.n_files - history.n_files_measured
    if n_guessed:
        told += f"; {say.count(n_guessed)} of {say.plural(history.n_files, 'file')} shared out as today's columns are"
    if history.gone_bytes:
        told += f"; {say.size(history.gone_bytes)} in columns that the table no longer has"
    if history.reason is not None:
        told += f"; {say.visible(history.reason)}"
    return f"{told}. 'dvc gc' frees it, dropping a column does not."
