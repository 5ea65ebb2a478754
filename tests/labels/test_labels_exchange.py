"""Reviews go out and come back unharmed, whatever their cells hold."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datassay.errors import DataError
from datassay.labels.content_hash import hash_row
from datassay.labels.exchange import argilla, label_studio
from datassay.labels.exchange.answers import find_class, is_unsure
from datassay.labels.exchange.files import FORMATS, class_aliases, read_answers
from datassay.labels.exchange.formulas import guard, unguard
from datassay.labels.exchange.sheet import BACK, FRONT, Sheet

HOSTILE = [
    "=1+1", "+x", "-x", "@SUM(A1)", "'=1", "''", '"', 'a"b', "a,b;c\td", "a\nb", "\r\n", "<script>alert(1)</script>",
    "&amp;", "$row", "ü€\U0001f600", " padded ", "-1", "1e5", "]]>", "\u2028", "null", "=cmd|' /C calc'!A0", "\x01",
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


def make_sheet(cells, classes, *, given=None):
    n = len(cells)
    rows = pl.DataFrame(
        {
            "review_id": [f"e-{i}" for i in range(n)],
            "id": cells,
            "given_label": given or [classes[i % len(classes)] for i in range(n)],
            "suggested_label": [None] * n,
            "true_label": [None] * n,
            "reviewer": [None] * n,
            "drawn": ["random", "worklist"] * (n // 2) + ["random"] * (n % 2),
            "band": ["all"] * n,
            "is_repeat": [i == 1 for i in range(n)],
            "content_hash": [f"h{i}" for i in range(n)],
        },
        schema_overrides=dict.fromkeys(("suggested_label", "true_label", "reviewer"), pl.String),
    )
    content = pl.DataFrame({"=text": cells, "id": list(range(n)), "band": [None] * n, "day": [dt.date(2026, 1, 1)] * n})
    return Sheet("x", classes, rows, content)


def answer_csv(path, labels, classes):
    """Fill in the answers as a spreadsheet would."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(
            {**row, "true_label": label, "reviewer": "ann"} for row, label in zip(rows, labels, strict=True)
        )


def answer_parquet(path, labels, classes):
    pl.read_parquet(path).with_columns(true_label=pl.Series(labels), reviewer=pl.lit("ann")).write_parquet(path)


def answer_label_studio(path, labels, classes):
    """Turn tasks into what the tool exports: an alias stands for its choice."""
    choices = {
        choice.get("value"): choice.get("alias", choice.get("value"))
        for choice in ET.fromstring(path.with_suffix(".xml").read_text(encoding="utf-8")).iter("Choice")
    }
    assert len(choices) >= 2
    by_class = label_studio.aliases(classes, label_studio.is_plain)
    tasks = json.loads(path.read_text(encoding="utf-8"))
    for number, (task, label) in enumerate(zip(tasks, labels, strict=True)):
        result = {
            "from_name": "true_label", "to_name": "row", "type": "choices",
            "value": {"choices": [by_class.get(label, label)]},
        }  # fmt: skip
        task |= {
            "id": number,
            "annotations": [
                {"id": 1, "completed_by": {"id": 7, "email": "ann"}, "was_cancelled": False, "result": [result]},
                {"id": 2, "completed_by": 8, "was_cancelled": True, "result": [result]},
            ],
            "predictions": [{"result": [result]}],
        }
    path.write_text(json.dumps(tasks), encoding="utf-8")


def answer_argilla(path, labels, classes):
    records = json.loads(path.read_text(encoding="utf-8"))
    by_class = argilla.aliases(classes, argilla.is_plain)
    for record, label in zip(records, labels, strict=True):
        record["responses"] = {"true_label": [{"value": by_class.get(label, label), "user_id": "ann"}]}
    path.write_text(json.dumps(records), encoding="utf-8")


ANSWER = {
    "csv": answer_csv, "parquet": answer_parquet, "label-studio": answer_label_studio, "argilla": answer_argilla,
}  # fmt: skip


@pytest.mark.parametrize("file_format", FORMATS)
@settings(deadline=None, max_examples=25)
@given(cells=st.lists(TEXT, min_size=2, max_size=6, unique=True), classes=st.lists(TEXT, min_size=2, unique=True))
@example(cells=HOSTILE, classes=sorted({text.strip() or "blank" for text in HOSTILE}))
@example(cells=["a", "b"], classes=["no", " no"])
def test_answers_come_back_as_they_were_given(file_format, cells, classes):
    """Through every format, each answer arrives at its question as the class that was meant, and unsure as unsure."""
    # What cannot be told apart by people neither can be by tools.
    classes = sorted(name for name in classes if name.strip() and not is_unsure(name, []))
    classes = sorted({name.strip().casefold(): name for name in classes}.values())
    if len(classes) < 2:
        return
    sheet = make_sheet(cells, classes)
    labels = [classes[i % len(classes)] for i in range(len(cells) - 1)] + [sheet.unsure]
    with TemporaryDirectory() as name:
        folder = Path(name)
        main = FORMATS[file_format](sheet, folder, "x")[0]
        ANSWER[file_format](folder / main, labels, classes)
        found = read_answers(folder / main)

    by_alias = class_aliases(classes)
    assert [one.review_id for one in found] == [f"e-{i}" for i in range(len(cells))]
    assert [one.content_hash for one in found] == [f"h{i}" for i in range(len(cells))]
    assert [one.is_repeat for one in found] == [i == 1 for i in range(len(cells))]
    # Label Studio knows people by their numbers.
    assert {one.reviewer for one in found} == {"7" if file_format == "label-studio" else "ann"}
    assert [find_class(str(one.answer), classes, by_alias) for one in found[:-1]] == labels[:-1]
    assert is_unsure(str(found[-1].answer), classes)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_without_answers_has_empty_ones(tmp_path, file_format):
    """An export that comes back untouched says nothing."""
    sheet = make_sheet(["a", "b", "c"], ["no", "yes"])
    main = FORMATS[file_format](sheet, tmp_path, "x")[0]
    found = read_answers(tmp_path / main)

    assert len(found) == 3
    assert all(one.is_empty for one in found)


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    """Names of columns, ids, labels and values alike; numbers stay numbers."""
    sheet = make_sheet(HOSTILE, ["=a", "@b"])
    FORMATS["csv"](sheet, tmp_path, "x")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]

    assert all(not cell.startswith(("=", "+", "@", "\t", "\r", "\n")) for cell in cells)
    assert [cell for cell in cells if cell.startswith("-")] == ["-1", "-1"]


@given(text=st.one_of(TEXT, st.from_regex(r"'*[=+\-@].?\d*", fullmatch=True)))
def test_a_guard_comes_off_again(text):
    """What was guarded is what it was, and what was not guarded stays."""
    assert unguard(guard(text)) == text


def test_the_labelling_interface_is_sound_xml(tmp_path):
    """Class names cannot break out of their attribute, and names that the tool would change have an alias."""
    sheet = make_sheet(["a", "b"], ['"/><Style>', "$row", "a & b", "\x01bad", "plain"])
    tree = ET.fromstring(label_studio.interface(sheet))
    choices = list(tree.iter("Choice"))

    assert [child.tag for child in tree] == ["Header", "Table", "Header", "Text", "Choices"]
    assert [choice.get("value") for choice in choices] == ['"/><Style>', "row", "a & b", "bad", "plain", "unsure"]
    assert [choice.get("alias") for choice in choices] == [None, "class-1", None, "class-3", None, None]
    assert class_aliases(sheet.classes)["class-1"] == "$row"


def test_columns_that_bear_our_names_are_kept_apart():
    """A feature called id or band is shown under another name, and nothing is lost."""
    table = make_sheet(["a", "b"], ["no", "yes"]).table

    assert table.columns == [*FRONT, "=text", "data.id", "data.band", "day", *BACK]
    assert table["data.id"].to_list() == [0, 1]


def test_label_studio_s_flat_export_is_read(tmp_path):
    """JSON-MIN holds data and answer side by side, and calls the task's number id."""
    tasks = [
        {"id": 901, "row_id": "k1", "review_id": "e-1", "true_label": "yes", "annotator": 3, "content_hash": "h"},
        {"id": 902, "row_id": "k2", "review_id": "e-2", "true_label": {"choices": ["no"]}, "annotator": 3},
        {"id": 903, "row_id": "k3", "review_id": "e-3"},
    ]
    (tmp_path / "min.json").write_text(json.dumps(tasks), encoding="utf-8")
    found = read_answers(tmp_path / "min.json")

    assert [(one.id, one.review_id, one.answer) for one in found] == [
        ("k1", "e-1", "yes"), ("k2", "e-2", "no"), ("k3", "e-3", None),
    ]  # fmt: skip
    assert found[0].reviewer == "3"


def test_label_studio_s_own_csv_is_read(tmp_path):
    """Its id is the task's number and row_id ours, text is as the data has it, and who answered is the annotator."""
    header = ["annotation_id", "annotator", "content_hash", "id", "review_id", "row", "row_id", "true_label"]
    rows = [["7", "3", "h", "901", "e-1", '{"a": "1"}', "'=k1", "yes"], ["8", "3", "h", "902", "e-2", "{}", "k2", ""]]
    with (tmp_path / "ls.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    found = read_answers(tmp_path / "ls.csv")

    assert [(one.id, one.review_id, one.answer, one.reviewer) for one in found] == [
        ("'=k1", "e-1", "yes", "3"), ("k2", "e-2", None, "3"),
    ]  # fmt: skip


def test_a_person_is_the_same_in_both_exports_of_label_studio(tmp_path):
    """One names people by number and mail, the other by number: answers of one person are no two opinions."""
    result = [{"from_name": "true_label", "value": {"choices": ["yes"]}}]
    data = {"review_id": "e-1", "row_id": "k1"}
    who = {"id": 3, "email": "ann@example.org"}
    full, flat, mail = tmp_path / "full.json", tmp_path / "min.json", tmp_path / "mail.json"
    full.write_text(json.dumps([{"data": data, "annotations": [{"completed_by": who, "result": result}]}]))
    flat.write_text(json.dumps([{**data, "id": 901, "true_label": "yes", "annotator": 3}]))
    only = {"email": "ann@example.org"}
    mail.write_text(json.dumps([{"data": data, "annotations": [{"completed_by": only, "result": result}]}]))

    assert [read_answers(path)[0].reviewer for path in (full, flat, mail)] == ["3", "3", "ann@example.org"]


def test_two_annotators_of_a_task_are_two_answers(tmp_path):
    """Every annotation and every response counts, with its author."""
    result = [{"from_name": "true_label", "value": {"choices": ["yes"]}}]
    task = {
        "data": {"review_id": "e-1", "row_id": "k1"},
        "annotations": [{"completed_by": 1, "result": result}, {"completed_by": 2, "result": result}],
    }
    record = {
        "id": "e-1", "fields": {"row": ""}, "metadata": {"id": "k1"},
        "responses": {"true_label": [{"value": "yes", "user_id": "1"}, {"value": "yes", "user_id": "2"}]},
    }  # fmt: skip
    for name, content in (("ls.json", [task]), ("argilla.json", [record])):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
        found = read_answers(tmp_path / name)
        assert [(one.id, one.answer, one.reviewer) for one in found] == [("k1", "yes", "1"), ("k1", "yes", "2")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.json", "{", "line 1: not valid JSON"),
        ("x.json", "[" * 100_000, "not valid JSON"),
        ("x.json", '{"a": 1}', "neither a Label Studio export"),
        ("x.json", "[]", "no row has a review_id"),
        ("x.json", '[{"data": {"image": "x"}, "annotations": []}]', "no row has a review_id"),
        ("x.csv", "a,b\n1,2\n", "the column 'true_label', in which reviewers answer, is missing"),
        ("x.csv", "a,true_label\n1,2\n", "no row has a review_id"),
        ("x.csv", "", "the file is empty"),
        ("x.parquet", "PAR1", "damaged"),
        ("x.xlsx", "", "not a format"),
    ],
)
def test_files_that_hold_no_answers_are_refused(tmp_path, name, content, told):
    """One line says what is wrong with the file."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=told) as caught:
        read_answers(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [("yes", "yes"), (" yes ", "yes"), ("YES", "yes"), ("TRUE", "true"), ("1.0", "1"), ("01", "01"), ("ye", None),
     ("two\r\nlines", "two\nlines"), ("two lines", "two\nlines"), ("2", None), ("nan", None)],
)  # fmt: skip
def test_what_spreadsheets_do_to_a_class_is_forgiven(text, found):
    """Blanks, ends of lines, capitals and decimal points, where they leave no doubt."""
    assert find_class(text, ["yes", "no", "true", "1", "01", "two\nlines"], {}) == found


def test_unsure_is_a_class_where_the_data_says_so():
    """A class of that name is no doubt of the reviewer."""
    assert is_unsure("Unsure ", ["yes"])
    assert not is_unsure("unsure", ["unsure", "yes"])
    assert is_unsure("not sure", ["unsure", "yes"])


def test_a_row_s_hash_does_not_depend_on_how_it_is_stored():
    """Whole floats are their integers, columns have no order; other values, types of values and names do count."""
    base = hash_row({"a": 1, "b": "x"})

    assert base == hash_row({"b": "x", "a": 1.0})
    others = [{"a": 2, "b": "x"}, {"a": "1", "b": "x"}, {"a": 1, "c": "x"}, {"a": 1, "b": None}, {"a": 1.5, "b": "x"}]
    assert len({base, *(hash_row(one) for one in others)}) == 6
    odd = {
        "t": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "d": dt.timedelta(1),
        "f": float("nan"),
        "l": [1, None],
        "s": {"k": b"x"},
    }
    assert hash_row(odd) == hash_row(dict(odd))
