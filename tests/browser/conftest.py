"""Fixtures of the browser tests: a real headless Chromium, and pages on the disk."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from datassay.report.html import render_html
from datassay.report.index import render_index

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip

Browser = Callable[..., str]


@pytest.fixture(scope="session")
def browse(tmp_path_factory) -> Browser:
    """Run Chromium once with options on a page and return what it wrote to stdout."""
    binary = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if binary is None:
        pytest.skip("no Chromium on the PATH: pages cannot be looked at; CI installs it")
    home = tmp_path_factory.mktemp("chromium")

    def run(page: Path, *options: str) -> str:
        command = [binary, *_QUIET, f"--user-data-dir={home / 'profile'}", *options, page.as_uri()]
        # A home of its own, so that no user's settings or extensions take part.
        environment = os.environ | {"HOME": str(home), "LANG": "C.UTF-8"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=environment)
        return done.stdout

    return run


@pytest.fixture(scope="session")
def pages(tmp_path_factory) -> dict[str, Path]:
    """The pages to look at, by name."""
    source = Path(__file__).parents[1] / "report" / "sample.py"
    spec = importlib.util.spec_from_file_location("browser_report_sample", source)
    sample = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sample)
    report = sample.make_report()
    texts = {
        "sample": render_html(report, sample.make_worklist_head()),
        "hostile": render_html(sample.make_report(sample.HOSTILE_NAMES + sample.COLUMNS), sample.make_worklist_head()),
        "unknown": render_html(sample.make_unknown_report()),
        "unlabelled": render_html(sample.make_unlabelled_report()),
        "index": render_index(
            [("adult", report), ("weak", sample.make_unknown_report()), ("bank", "not in the remote")]
        ),
    }
    folder = tmp_path_factory.mktemp("pages")
    paths = {}
    for name, text in texts.items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(text, encoding="utf-8")
    return paths
