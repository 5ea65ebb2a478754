"""The report in a real browser: it fits every screen, follows the user's scheme and prints on few pages."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

PAGES = ("sample", "hostile", "unknown", "unlabelled", "index")
_MEASURE = """
<script>
const all = (query) => [...document.querySelectorAll(query)];
const box = (query) => document.querySelector(query).getBoundingClientRect();
const isOutside = (node) => node.getBoundingClientRect().right > innerWidth + 1
  && !node.closest(".scroll") && !node.closest("svg") && !node.closest(".unseen");
const found = JSON.stringify({
  width: innerWidth,
  pageWidth: document.documentElement.scrollWidth,
  pageHeight: document.documentElement.scrollHeight,
  firstScreen: box("header").bottom,
  headline: box("h1").height,
  paper: getComputedStyle(document.body).backgroundColor,
  ink: getComputedStyle(document.body).color,
  font: getComputedStyle(document.querySelector("p")).fontSize,
  shown: all("figure .wide, figure .narrow").filter((f) => f.offsetHeight > 0).map((f) => f.className),
  pictures: all("figure svg").map((s) => s.getBoundingClientRect().width).filter((w) => w > 0),
  line: getComputedStyle(document.querySelector(".cleaning .whisker line:not(.zero)") || document.body).stroke,
  curve: all("figure path").map((p) => getComputedStyle(p).stroke),
  cut: all("#actions .scroll").filter((s) => s.scrollWidth > s.clientWidth + 1).length,
  outside: all("body *").filter(isOutside).map((n) => n.tagName + "." + n.className),
});
document.title = found;
parent.postMessage(found, "*");
</script>
"""
# Chromium's windows are at least 500 pixels wide; a frame may be narrower, and is a window to the page in it.
_FRAME = """<!DOCTYPE html><title>none</title>
<script>addEventListener("message", (event) => { document.title = event.data })</script>
<iframe src="page.html" style="border:0;width:WIDTHpx;height:HEIGHTpx"></iframe>
"""


@pytest.fixture
def measure(browse, pages, tmp_path):
    """Return the measures of a page at a window size; the script for it is only in a copy."""

    def run(name: str, width: int, height: int, *options: str) -> dict[str, Any]:
        text = re.sub(
            r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", pages[name].read_text(encoding="utf-8")
        )
        copy = tmp_path / "page.html"
        copy.write_text(text.replace("</body>", f"{_MEASURE}</body>"), encoding="utf-8")
        if width < 500:
            copy = tmp_path / "frame.html"
            copy.write_text(_FRAME.replace("WIDTH", str(width)).replace("HEIGHT", str(height)), encoding="utf-8")
            options = (*options, "--virtual-time-budget=3000")
        dom = browse(copy, f"--window-size={width},{height}", "--dump-dom", *options)
        return json.loads(html.unescape(re.search(r"<title>(.*?)</title>", dom, re.DOTALL)[1]))

    return run


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [400, 768, 1280])
def test_nothing_overflows(measure, name, width):
    """At 400, 768 and 1280 pixels the page is as wide as the window; tables scroll within themselves."""
    found = measure(name, width, 800)

    assert found["width"] == width
    assert found["pageWidth"] <= width
    assert found["outside"] == []


def test_the_table_of_actions_needs_no_scrolling(measure):
    """All nine columns of the widest table of decisions are seen at once on a desk."""
    assert measure("sample", 1280, 800)["cut"] == 0


@pytest.mark.parametrize("name", ["sample", "unknown", "unlabelled"])
def test_first_screen_needs_no_scrolling(measure, name):
    """The first screen fits into 1280 by 800, and into two scrolls at 400 wide."""
    assert measure(name, 1280, 800)["firstScreen"] <= 800
    assert measure(name, 400, 800)["firstScreen"] <= 1600


@pytest.mark.parametrize(("width", "shown"), [(1280, ["wide", "wide"]), (400, ["narrow", "narrow"])])
def test_pictures_fit_the_window(measure, width, shown):
    """Each width has its own drawing, so that words in pictures stay as large as words beside them."""
    found = measure("sample", width, 800)

    assert found["shown"] == shown
    assert found["font"] == "16px"
    assert all(0.9 <= drawn / (680 if width == 1280 else 340) <= 1.01 for drawn in found["pictures"])


def test_scheme_follows_the_user(measure):
    """Light on dark where the user's system is dark, with the two hues changed too, in charts as well."""
    light = measure("sample", 1280, 800, "--blink-settings=preferredColorScheme=1")
    dark = measure("sample", 1280, 800, "--blink-settings=preferredColorScheme=0")

    assert (light["paper"], light["line"]) == ("rgb(255, 255, 255)", "rgb(27, 127, 121)")
    assert (dark["paper"], dark["line"]) == ("rgb(21, 23, 25)", "rgb(76, 184, 176)")
    assert "rgb(27, 127, 121)" in light["curve"]
    assert "rgb(76, 184, 176)" in dark["curve"]
    assert light["ink"] != dark["ink"]


def test_page_opens_from_disk_without_a_word(browse, pages):
    """The untouched page opens from file:// and keeps its title: no script ran, no error replaced it."""
    dom = browse(pages["hostile"], "--dump-dom")

    assert "<title>adult: Clean first.</title>" in dom
    assert "c4n4ry" in dom
    assert "<script" not in dom


@pytest.mark.parametrize("size", ["letter", "A4"])
@pytest.mark.parametrize("name", ["sample", "unknown", "unlabelled"])
def test_print_is_short(browse, pages, tmp_path, size, name):
    """The report prints on at most four pages of Letter and of A4, the sample on at least two."""
    copy = tmp_path / "print.html"
    style = f"<style>@media print {{ @page {{ size: {size}; }} }}</style></head>"
    copy.write_text(pages[name].read_text(encoding="utf-8").replace("</head>", style), encoding="utf-8")
    browse(copy, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    n_pages = count_pages(tmp_path / "page.pdf")

    assert (2 if name == "sample" else 1) <= n_pages <= 4


def count_pages(path: Path) -> int:
    """Return the number of pages of a PDF as Chromium writes it."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", path.read_bytes()))
