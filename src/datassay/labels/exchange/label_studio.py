"""Reviews as tasks for Label Studio, with its labelling interface, and back from its exports (JSON, JSON-MIN, CSV)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from datassay.labels.exchange.answers import Answer
from datassay.labels.exchange.sheet import BACK, FRONT, Sheet, aliases, to_text

#: The name of the control that answers; it is what an export calls the answer.
QUESTION = "true_label"


def write(sheet: Sheet, folder: Path, stem: str) -> list[str]:
    """Write tasks as JSON, to be imported into a project, and the project's labelling interface as XML."""
    tasks = []
    for ours, cells in zip(sheet.rows.iter_rows(named=True), sheet.content.iter_rows(named=True), strict=True):
        names = [name for name in (*FRONT, *BACK) if name not in {"true_label", "reviewer"}]
        # JSON-MIN calls the task's own number "id", and would hide ours.
        data = {"row_id" if name == "id" else name: to_text(ours[name]) for name in names}
        tasks.append({"data": {**data, "row": {name: to_text(cell) for name, cell in cells.items()}}})
    names = [f"{stem}.json", f"{stem}.xml"]
    (folder / names[0]).write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / names[1]).write_text(interface(sheet), encoding="utf-8")
    return names


def interface(sheet: Sheet) -> str:
    """Return the labelling interface: the row as a table, the given label, and one choice per class."""
    has_suggestion = bool(sheet.rows["suggested_label"].drop_nulls().len())
    suggestion = [
        '  <Header value="What the audit suggests"/>',
        '  <Text name="suggested" value="$suggested_label" valueType="text"/>',
    ]
    return "\n".join(
        [
            "<View>",
            f"  <Header value={_quote(f'What is the true label? ({sheet.dataset})')}/>",
            '  <Table name="row" value="$row"/>',
            '  <Header value="The label that is given"/>',
            '  <Text name="given" value="$given_label" valueType="text"/>',
            *(suggestion if has_suggestion else []),
            *_question(sheet),
            "</View>",
            "",
        ]
    )


def read(content: list[dict[str, Any]]) -> list[Answer]:
    """Return every annotation that was not cancelled as an answer, and an empty one for a task without any."""
    found = []
    for number, task in enumerate(content, 1):
        place = f"task {number}"
        data = task.get("data")
        if not isinstance(data, dict):
            found.append(_read_flat(task, place))
            continue
        row = {**data, "id": data.get("row_id")}
        annotations = [one for one in task.get("annotations") or [] if isinstance(one, dict)]
        done = [one for one in annotations if not one.get("was_cancelled")]
        found += [Answer.of(row, answer=_result(one), reviewer=_who(one), place=place) for one in done]
        if not done:
            found.append(Answer.of(row, answer=None, reviewer=None, place=place))
    return found


def is_flat(names: Iterable[str]) -> bool:
    """Tell whether columns of a CSV file are those of the tool's own export, whose `id` is the task's number."""
    return {"row_id", "annotation_id", "annotator"} <= {*names}


def read_flat(rows: Iterable[Mapping[str, Any]]) -> list[Answer]:
    """Return the answers of the tool's CSV export, a row per annotation."""
    return [_read_flat(row, f"row {number}") for number, row in enumerate(rows, 1)]


def is_plain(name: str) -> bool:
    """Tell whether a class name comes back as it went: `$` means a field of the task, and blanks are trimmed."""
    return name == name.strip() and name != "" and not name.startswith("$") and all(map(_is_xml, name))


def _read_flat(row: Mapping[str, Any], place: str) -> Answer:
    """Return the answer of a row, as JSON-MIN and CSV have it: the task's data and the answer side by side."""
    ours = {**row, "id": row.get("row_id")}
    return Answer.of(ours, answer=_first(row.get(QUESTION)), reviewer=_who(row), place=place)


def _question(sheet: Sheet) -> list[str]:
    if not sheet.classes:
        return [f'  <TextArea name="{QUESTION}" toName="row" rows="1" maxSubmissions="1" editable="true"/>']
    by_class = aliases([*sheet.classes, sheet.unsure], is_plain)
    choices = []
    for name, alias in by_class.items():
        # The alias is what an export holds; the value is what the reviewer reads.
        shown = "".join(letter for letter in name if _is_xml(letter)).strip().lstrip("$") or alias
        extra = "" if alias == name else f" alias={_quote(alias)}"
        choices.append(f"    <Choice value={_quote(shown if extra else name)}{extra}/>")
    return [f'  <Choices name="{QUESTION}" toName="row" choice="single-radio">', *choices, "  </Choices>"]


def _quote(text: str) -> str:
    clean = "".join(letter for letter in text if _is_xml(letter))
    return quoteattr(clean, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _is_xml(letter: str) -> bool:
    """Tell whether XML 1.0 may hold a character."""
    code = ord(letter)
    return code in {9, 10, 13} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _result(annotation: dict[str, Any]) -> Any:
    for result in annotation.get("result") or []:
        if isinstance(result, dict) and result.get("from_name") == QUESTION:
            value = result.get("value")
            if isinstance(value, dict):
                return _first(next((value[key] for key in ("choices", "text", "number") if key in value), None))
    return None


def _first(value: Any) -> Any:
    if isinstance(value, dict):
        value = value.get("choices")
    if isinstance(value, list):
        return value[0] if len(value) == 1 else None
    return value


def _who(annotation: Mapping[str, Any]) -> Any:
    who = annotation.get("completed_by", annotation.get("annotator"))
    if not isinstance(who, dict):
        return who
    # A number in most exports, and in every JSON-MIN: the same person must be the same in all of them.
    return who["id"] if who.get("id") is not None else who.get("email")
