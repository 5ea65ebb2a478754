"""What unused columns cost beside their bytes of today, in words."""

from __future__ import annotations

from types import ModuleType

import pytest

from datassay.report.kept import tell_costs
from datassay.results import KeptHistory, Swamp


@pytest.fixture
def swamp(sample: ModuleType) -> Swamp:
    """Three unused columns."""
    return sample.make_swamp([f"c{i}" for i in range(16)])


def test_reports_without_history_say_nothing_of_it(swamp: Swamp) -> None:
    """Reports from before there was history stay as they were."""
    assert tell_costs(swamp) == []


def test_other_revs_are_told(swamp: Swamp) -> None:
    """How much, of how many revs, what of it is an estimate, and what dropping a column does not free."""
    history = KeptHistory(n_revs=3, n_files=4, n_files_measured=3, stored_bytes=9_000_000, gone_bytes=2_000_000)
    told = tell_costs(swamp.model_copy(update={"history": history, "unused_history_bytes": 1_500_000}))

    assert told == [
        (
            "DVC keeps 9.0 MB at 3 other revs, 1.5 MB of it in unused columns, which the money includes; 1 of 4 files "
            "shared out as today's columns are; 2.0 MB in columns that the table no longer has. 'dvc gc' frees it, "
            "dropping a column does not."
        )
    ]


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (KeptHistory(), "DVC keeps nothing of it at other revs."),
        (KeptHistory(reason="not in a Git repository"), "is not counted: not in a Git repository."),
    ],
)
def test_no_other_rev_is_told_too(swamp: Swamp, history: KeptHistory, words: str) -> None:
    """Nothing kept and nothing known are two things."""
    assert words in tell_costs(swamp.model_copy(update={"history": history}))[0]


def test_checks_of_unused_columns_are_told(swamp: Swamp) -> None:
    """Checks of what nobody uses cost, and are counted by expectation and by column."""
    columns = [
        each.model_copy(update={"n_checks": 2, "check_cost_per_month": 1.5}) if each.status == "unused" else each
        for each in swamp.columns
    ]
    told = tell_costs(swamp.model_copy(update={"columns": columns}))

    assert told == ["6 expectations read 3 unused columns, at EUR 54 a year."]
