"""Reviews as records for Argilla 2.x, with its settings, and back from its records export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datassay.labels.exchange.answers import Answer
from datassay.labels.exchange.sheet import Sheet, aliases, to_text

QUESTION = "true_label"
#: What goes along unseen; Argilla's metadata are words and numbers.
METADATA = ("id", "content_hash", "drawn", "band", "is_repeat")
_LONGEST_LABEL = 200


def write(sheet: Sheet, folder: Path, stem: str) -> list[str]:
    """Write `Record.from_dict`'s records as JSON, and the settings of a dataset for them (`Settings.from_json`)."""
    has_suggestion = bool(sheet.rows["suggested_label"].drop_nulls().len())
    by_class = aliases(sheet.classes, is_plain)
    records = []
    for ours, cells in zip(sheet.rows.iter_rows(named=True), sheet.content.iter_rows(named=True), strict=True):
        suggested = ours["suggested_label"]
        suggestion = {"value": by_class.get(suggested, suggested), "score": None, "agent": "datassay"}
        records.append(
            {
                "id": ours["review_id"],
                "fields": {
                    "row": "\n".join(f"{name}: {to_text(cell)}" for name, cell in cells.items()),
                    "given_label": to_text(ours["given_label"]),
                },
                "metadata": {name: to_text(ours[name]) for name in METADATA},
                "suggestions": {QUESTION: suggestion} if has_suggestion and suggested is not None else {},
                "responses": {},
                "vectors": {},
            }
        )
    names = [f"{stem}.json", f"{stem}.settings.json"]
    (folder / names[0]).write_text(json.dumps(records, ensure_ascii=False, indent=1), encoding="utf-8")
    settings = json.dumps(_settings(sheet), ensure_ascii=False, indent=1)
    (folder / names[1]).write_text(settings, encoding="utf-8")
    return names


def read(content: list[dict[str, Any]]) -> list[Answer]:
    """Return every user's response to every record as an answer, and an empty one for a record without any."""
    found = []
    for number, record in enumerate(content, 1):
        place = f"record {number}"
        metadata = record.get("metadata") if isinstance(record.get("metadata"), dict) else {}
        fields = record.get("fields") if isinstance(record.get("fields"), dict) else {}
        row = {**(metadata or {}), "review_id": record.get("id"), "given_label": (fields or {}).get("given_label")}
        responses = record.get("responses")
        given = responses.get(QUESTION) if isinstance(responses, dict) else None
        done = [one for one in given or [] if isinstance(one, dict) and one.get("status") not in {"draft", "discarded"}]
        found += [Answer.of(row, answer=one.get("value"), reviewer=one.get("user_id"), place=place) for one in done]
        if not done:
            found.append(Answer.of(row, answer=None, reviewer=None, place=place))
    return found


def is_plain(name: str) -> bool:
    """Tell whether a class name may be the value of a label."""
    return 0 < len(name) <= _LONGEST_LABEL and name == name.strip()


def _settings(sheet: Sheet) -> dict[str, Any]:
    text = {"type": "text", "use_markdown": False}
    return {
        "guidelines": f"What is the true label of each row of {sheet.dataset}?",
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        # Not as markdown: what stands in a cell must never become a page's own HTML.
        "fields": [
            {"name": name, "title": title, "required": name == "row", "settings": text}
            for name, title in (("row", "Row"), ("given_label", "Given label"))
        ],
        "questions": [
            {"name": QUESTION, "title": "True label", "description": None, "required": True, "settings": _kind(sheet)}
        ],
        "vectors": [],
        "metadata": [
            {"name": name, "title": name, "settings": {"type": "terms"}, "visible_for_annotators": False}
            for name in METADATA
        ],
    }


def _kind(sheet: Sheet) -> dict[str, Any]:
    if not sheet.classes:
        return {"type": "text", "use_markdown": False}
    by_class = aliases([*sheet.classes, sheet.unsure], is_plain)
    options = [
        {"value": alias, "text": (name.strip() or alias)[:500], "description": None} for name, alias in by_class.items()
    ]
    return {"type": "label_selection", "options": options, "visible_options": None}
