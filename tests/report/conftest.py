"""Fixtures of the report's tests: the sample report, its makers, and a report full of hostile text."""

from __future__ import annotations

import importlib.util
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from datassay.report import charts
from datassay.results import Record, Report


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The makers of sample reports; tests/ is no package, so they are loaded by path."""
    spec = importlib.util.spec_from_file_location("report_sample", Path(__file__).with_name("sample.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def report(sample) -> Report:
    """The sample report."""
    return sample.make_report()


def poison(record: Record, text: str) -> Record:
    """Return `record` with `text` in every field that may hold free text, however deep."""
    changes: dict[str, Any] = {}
    for name, field in type(record).model_fields.items():
        value = getattr(record, name)
        is_free = "str" in str(field.annotation) and "Literal" not in str(field.annotation) and name != "schema_version"
        changes[name] = _poison_value(value, text, is_free=is_free)
    return record.model_copy(update=changes)


def _poison_value(value: Any, text: str, *, is_free: bool) -> Any:
    if isinstance(value, Record):
        return poison(value, text)
    if isinstance(value, list):
        return [_poison_value(each, text, is_free=is_free) for each in value]
    if isinstance(value, dict):
        return {key: _poison_value(each, text, is_free=is_free) for key, each in value.items()}
    return text if isinstance(value, str) and is_free else value


@pytest.fixture(params=range(9))
def poisoned(request, sample) -> tuple[Report, str]:
    """The sample report with one hostile text in every free field, and that text."""
    text = sample.HOSTILE_NAMES[request.param]
    return poison(sample.make_report(), text), text


@pytest.fixture
def no_charts(monkeypatch) -> None:
    """Empty pictures, for tests that are about something else: drawing takes half a second."""
    for name in ("draw_gains", "draw_learning_curve"):
        monkeypatch.setattr(charts, name, lambda *_: '<svg aria-hidden="true" viewBox="0 0 1 1" style=""></svg>')


class Page(HTMLParser):
    """What a browser would make of a page: its tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, key, value or "") for key, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        """All text, white space folded."""
        return " ".join(" ".join(self.texts).split())

    def values(self, key: str) -> list[str]:
        """Return all values of one attribute."""
        return [value for _, each, value in self.attributes if each == key]


@pytest.fixture(scope="session")
def parse() -> type[Page]:
    """Parses a page."""
    return Page
