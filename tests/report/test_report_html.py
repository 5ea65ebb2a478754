"""The page: complete, self-contained, escaped, the same every time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import datassay.report
from datassay.report.html import render_html
from datassay.report.numbers import visible
from datassay.results import Evidence

_TAGS = {
    "html", "head", "meta", "link", "title", "style", "body", "main", "header", "footer", "nav", "section", "h1", "h2",
    "h3", "p", "a", "span", "strong", "bdi", "ol", "ul", "li", "div", "figure", "figcaption", "table", "caption",
    "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary",
    "svg", "g", "path", "line", "rect", "circle", "text",
}  # fmt: skip


@pytest.fixture(scope="module")
def html(report, sample):
    """The page of the sample."""
    return render_html(report, sample.make_worklist_head())


def cut(html: str, start: str, end: str) -> str:
    """Return the part of `html` from `start` to `end`, both included."""
    return html[html.index(start) : html.index(end, html.index(start)) + len(end)]


def test_first_screen_snapshot(html, snapshot):
    """The first screen's markup."""
    assert cut(html, '<header id="verdict">', "</header>") == snapshot


@pytest.mark.parametrize("anchor", ["actions", "checks", "columns", "changes"])
def test_section_snapshot(html, anchor, snapshot):
    """A section's markup."""
    assert cut(html, f'<section id="{anchor}"', "</section>") == snapshot


def test_sections_come_in_the_order_of_reading(html, parse):
    """Headings follow report.md, and the contents link to each of them."""
    order = ["budget", "actions", "review", "checks", "columns", "changes", "profile", "how"]

    assert re.findall(r'<section id="(\w+)"', html) == order
    assert [href[1:] for href in parse(cut(html, "<nav", "</nav>")).values("href")] == order


def test_every_link_leads_somewhere_on_the_page(html, parse):
    """All links are anchors that exist, and no id is given twice."""
    page = parse(html)
    ids = page.values("id")

    assert len(ids) == len(set(ids))
    assert {href.removeprefix("#") for href in page.values("href") if href != "data:,"} <= set(ids)


def test_page_needs_nothing_else(html, parse):
    """No script, no external file, font, image or style: the page works from a memory stick."""
    page = parse(html)

    assert set(page.tags) <= _TAGS
    assert page.values("src") == []
    assert {tag for tag, key, _ in page.attributes if key == "href"} == {"a", "link"}
    assert [href for href in page.values("href") if not href.startswith("#")] == ["data:,"]
    assert not re.search(r"https?:|@import|url\(|//\w", html)
    assert "default-src 'none'" in html


@pytest.mark.usefixtures("no_charts")
def test_hostile_text_stays_text(poisoned, sample, parse):
    """Whatever a name, label, reason, version or id holds, it adds no tag, no attribute and no template code."""
    report, text = poisoned
    head = [row | {"id": text, "given_label": text, "suggested_label": text} for row in sample.make_worklist_head(3)]
    page, clean = parse(render_html(report, head)), parse(render_html(sample.make_report(), head))

    assert set(page.tags) <= _TAGS
    assert not [key for _, key, _ in page.attributes if key.startswith("on") or key == "src"]
    assert [href for href in page.values("href") if not href.startswith("#")] == ["data:,"]
    assert {key for _, key, _ in page.attributes} == {key for _, key, _ in clean.attributes}
    assert "49" not in page.texts
    assert page.text.count(" ".join(visible(text)[:30].split())) > 50


@pytest.mark.usefixtures("no_charts")
def test_hostile_column_names_are_shown(sample, parse):
    """Strange names are readable: escaped, not dropped."""
    page = parse(render_html(sample.make_report(sample.HOSTILE_NAMES + sample.COLUMNS)))

    for shown in (
        "<script>alert('c4n4ry')</script>",
        "${7*7} {{7*7}} {% raw %}",
        "two\\x0alines\\x09and a tab",
        "中文",
    ):
        assert shown in page.text


def test_tables_have_captions_and_headers(html):
    """Every table has a caption, column headers and a header in each row."""
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)

    assert len(tables) > 12
    for table in tables:
        assert table.count("<caption>") == 1
        assert table.count('scope="col"') >= 3
        assert table.count('scope="row"') == len(
            re.findall(r"<tr", re.search(r"<tbody>.*</tbody>", table, re.DOTALL)[0])
        )


@pytest.mark.usefixtures("no_charts")
def test_types_are_told_in_words(report, parse):
    """The profile names a type as people write it, not as Python shows it; one hidden row is one row."""
    dtypes = {
        "Datetime(time_unit='us', time_zone=None)": "Datetime",
        "Datetime(time_unit='ms', time_zone='UTC')": "Datetime, UTC",
        "List(Datetime(time_unit='ns', time_zone=None))": "List(Datetime)",
        "Duration(time_unit='us')": "Duration",
        "Decimal(precision=10, scale=2)": "Decimal(10, 2)",
    }
    first = report.profile.columns[0]
    columns = [first.model_copy(update={"name": f"c{i}", "dtype": dtype}) for i, dtype in enumerate([*dtypes, *"abcd"])]
    profile = report.profile.model_copy(update={"columns": columns})
    text = parse(render_html(report.model_copy(update={"profile": profile}))).text.replace("\u00a0", " ")

    assert [told for told in dtypes.values() if told not in text] == []
    assert "scale=" not in text
    assert "time_unit" not in text
    assert "1 more row on the screen" in text


def test_pictures_say_their_finding(html, parse):
    """Each figure has a caption with the finding in numbers, which is its text alternative too."""
    figures = re.findall(r"<figure>.*?</figure>", html, re.DOTALL)

    assert len(figures) == 2
    for figure in figures:
        caption = parse(cut(figure, "<figcaption>", "</figcaption>")).text
        labels = {value.replace("\u00a0", " ") for value in parse(figure).values("aria-label")}
        assert labels == {caption.replace("\u00a0", " ")}
        assert re.search(r"\d", caption)


def test_sections_without_data_say_why(sample, parse):
    """What was not measured has its reason and its own mark, in every section."""
    html = render_html(sample.make_unknown_report())
    page = parse(html)

    assert page.text.count("Not measured because") == 3
    assert "Not evaluated because expectations/adult.json: not valid JSON (line 3)." in page.text
    assert "Not looked for because the definition names no usage source." in page.text
    assert "Not compared because no earlier rev has been audited." in page.text
    assert html.count('class="missing unknown"') == 4
    assert 'class="mark passed">passed' in html


@pytest.mark.usefixtures("no_charts")
def test_missing_parts_do_not_break_the_page(sample):
    """Each part may be missing on its own."""
    for part in ("expectations", "labels", "value", "swamp", "profile", "drift"):
        assert "Not " in render_html(sample.make_report(**{part: None}))


def test_same_report_same_bytes(sample):
    """Rendering twice gives the same bytes, whatever was rendered in between."""
    first = render_html(sample.make_report(), sample.make_worklist_head())
    render_html(sample.make_unknown_report())

    assert render_html(sample.make_report(), sample.make_worklist_head()) == first


def test_currency_of_one_report_does_not_stay(sample, report):
    """Each page keeps its own currency's sums on one line."""
    dollars = report.model_copy(update={"context": report.context.model_copy(update={"currency": "$"})})

    assert "$\u00a040" in render_html(dollars)
    assert "EUR\u00a040" in render_html(report)


def test_wide_table_stays_small(sample):
    """500 columns with checks, evidence and 1,500 results make a page of at most 2 MB."""
    names = [f"a_rather_long_name_of_a_column_{i:03d}" for i in range(500)]
    report = sample.make_report(names)
    evidence = [Evidence(kind="projected", source=f"queries/{j}.sql:{j}", last_used_at="2026-10-02") for j in range(30)]
    columns = [column.model_copy(update={"evidence": evidence}) for column in report.swamp.columns]
    checks = report.expectations.model_copy(update={"results": report.expectations.results[-30:] * 50})
    report = report.model_copy(
        update={"swamp": report.swamp.model_copy(update={"columns": columns}), "expectations": checks}
    )

    assert len(render_html(report, sample.make_worklist_head()).encode()) <= 2_000_000


@pytest.mark.usefixtures("no_charts")
def test_many_classes_stay_readable(report, sample):
    """A hundred classes fold into tables; the matrix of 10,000 cells is left to report.json."""
    classes = [f"class {i}" for i in range(100)]
    per_class = [report.labels.per_class[0].model_copy(update={"label": each}) for each in classes]
    matrix = [[0.9 if i == j else 0.1 / 99 for j in range(100)] for i in range(100)]
    matrices = dict.fromkeys(("transition_matrix", "transition_low", "transition_high"), matrix)
    labels = report.labels.model_copy(update={"classes": classes, "per_class": per_class, **matrices})
    html = render_html(report.model_copy(update={"labels": labels}), sample.make_worklist_head())

    assert "Wrong labels by given class (100)" in html
    assert "The most frequent mistakes" in html
    assert "Noise transition matrix" not in html


@pytest.mark.usefixtures("no_charts")
def test_regression_has_no_classes(report, parse):
    """A regression's report shows targets as numbers and no matrix."""
    labels = report.labels.model_copy(update={"transition_matrix": [], "classes": [], "per_class": []})
    context = report.context.model_copy(update={"task": "regression", "metric": "neg_mean_absolute_error", "id": None})
    value = report.value.model_copy(update={"metric": "neg_mean_absolute_error", "baseline": -2.31})
    changed = report.model_copy(update={"labels": labels, "context": context, "value": value})
    head = [{"id": 7, "given_label": 1234.5, "suggested_label": -2.25, "p_wrong": 0.5}]
    page = parse(render_html(changed, head))

    assert "1,234.5 -2.25 50.0 %" in page.text.replace("\u00a0", " ")
    assert "Gain (less mean absolute error) with 80 % intervals" in page.text
    assert "transition matrix" not in page.text


def test_engines_are_loaded_when_drawing():
    """Importing the report's modules loads no engine: charts, templates and tables come when they are needed."""
    code = (
        "import sys, datassay.report.artifact, datassay.report.terminal, datassay.report.index; "
        "print(sorted({'altair', 'vl_convert', 'jinja2', 'polars', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_page_is_package_data():
    """Templates and style lie in the package, where an installed wheel finds them."""
    folder = Path(datassay.report.__file__).parent / "templates"

    assert {path.name for path in folder.iterdir()} >= {"report.html.j2", "page.css", "index.html.j2"}


def _luminance(colour: str) -> float:
    parts = colour.lstrip("#")
    parts = "".join(c * 2 for c in parts) if len(parts) == 3 else parts
    shares = [int(parts[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast(scheme):
    """Words have a contrast of at least 4.5 with the paper, lines and dots of at least 3 (WCAG 2.2 AA)."""
    css = (Path(datassay.report.__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
    hues = dict(re.findall(r"--([\w-]+): (#\w+);", re.findall(r":root \{.*?\}", css, re.DOTALL)[scheme]))
    paper = _luminance(hues["paper"])

    for name, least in {
        "ink": 7, "soft": 4.5, "grey": 4.5, "failed": 4.5, "unknown": 4.5, "collecting-words": 4.5, "cleaning": 4.5,
        "collecting": 3,
    }.items():  # fmt: skip
        light, dark = sorted((paper, _luminance(hues[name])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= least, name
