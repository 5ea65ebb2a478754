"""The sections of the page below the first screen, in the order of reading."""

from __future__ import annotations

from typing import Any

from datassay.report.blocks import Section
from datassay.report.sections.actions import actions_section
from datassay.report.sections.budget import budget_section
from datassay.report.sections.changes import changes_section
from datassay.report.sections.checks import checks_section
from datassay.report.sections.columns import columns_section
from datassay.report.sections.method import method_section
from datassay.report.sections.profile import profile_section
from datassay.report.sections.review import review_section
from datassay.results import Report

__all__ = ["sections"]


def sections(report: Report, worklist_head: list[dict[str, Any]] | None) -> list[Section]:
    """Return all sections of `report`; those without data say why."""
    return [
        budget_section(report),
        actions_section(report),
        review_section(report, worklist_head),
        checks_section(report),
        columns_section(report),
        changes_section(report),
        profile_section(report),
        method_section(report),
    ]
