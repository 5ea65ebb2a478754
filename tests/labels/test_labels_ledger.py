"""The ledger: appended to as a whole, by one process at a time, and read strictly."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from datassay.errors import DataError, ProjectError
from datassay.labels.ledger import (
    Decision,
    append_decisions,
    latest,
    ledger_path,
    read_decisions,
)


def make(i=0, **parts):
    content = {
        "at": "2026-01-01T00:00:00+00:00", "review_id": f"x-{i}", "id": f"k{i}", "content_hash": "h",
        "given_label": "a", "true_label": "b", "drawn": "random", "source": "s",
    }  # fmt: skip
    return Decision(**{**content, **parts})


def append(root, decisions):
    return append_decisions(root, "x", lambda _before: decisions)


def test_what_is_appended_is_read_in_order(tmp_path):
    """Every decision is one line, and comes back as it went."""
    nasty = make(1, id='a"b\n,=1', true_label="<b>\u2028 ü", reviewer="ann\t")
    append(tmp_path, [make(0)])
    append(tmp_path, [nasty])

    assert read_decisions(tmp_path, "x") == [make(0), nasty]
    lines = ledger_path(tmp_path, "x").read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert [json.loads(line)["id"] for line in lines] == ["k0", 'a"b\n,=1']


def test_the_same_decisions_again_add_nothing(tmp_path):
    """Neither from the same file nor from one that holds them beside new ones."""
    append(tmp_path, [make(0), make(1)])
    fresh, n_there = append(tmp_path, [make(1, at="later", source="other"), make(2), make(2)])

    assert [one.id for one in fresh] == ["k2"]
    assert n_there == 2
    assert len(read_decisions(tmp_path, "x")) == 3


def test_a_named_reviewer_corrects_an_answer_and_a_nameless_one_contradicts_it():
    """Of one question's answers by one person the last counts; nameless answers are all kept."""
    named = [make(0, reviewer="ann"), make(0, reviewer="ann", true_label="c"), make(0, reviewer="bob")]
    nameless = [make(1), make(1, true_label="c")]

    assert latest(named) == named[1:]
    assert latest(nameless) == nameless


def test_a_correction_is_taken_back_by_the_first_answer_again(tmp_path):
    """A, then B, then A is a new decision for A; the same file twice in a row, and a nameless A again, are none."""
    first, second = (make(0, reviewer="ann", true_label=label) for label in ("b", "c"))
    for decision, n_added in ((first, 1), (second, 1), (second, 0), (first, 1), (first, 0)):
        assert len(append(tmp_path, [decision])[0]) == n_added

    assert [one.true_label for one in latest(read_decisions(tmp_path, "x"))] == ["b"]
    for label, n_added in (("b", 1), ("c", 1), ("b", 0)):
        assert len(append(tmp_path, [make(1, true_label=label)])[0]) == n_added


@pytest.mark.parametrize("line", ["{", '{"id": "k"}', "null", '{"at": 1}'])
def test_a_damaged_line_is_named(tmp_path, line):
    """A ledger that was edited by hand is not used in part."""
    append(tmp_path, [make(0)])
    with ledger_path(tmp_path, "x").open("a", encoding="utf-8") as file:
        file.write(line + "\n")

    with pytest.raises(DataError, match="line 2 is no decision"):
        read_decisions(tmp_path, "x")


def test_a_last_line_without_an_end_is_kept_apart(tmp_path):
    """An editor that drops the last line end does not glue two decisions together."""
    append(tmp_path, [make(0)])
    path = ledger_path(tmp_path, "x")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    append(tmp_path, [make(1)])

    assert len(read_decisions(tmp_path, "x")) == 2


def test_processes_that_append_at_once_lose_nothing(tmp_path):
    """Four processes with ten decisions each leave forty lines."""
    code = """
import sys
from pathlib import Path
from datassay.labels.ledger import Decision, append_decisions
n = int(sys.argv[2])
for i in range(10):
    one = Decision(at="t", review_id=f"{n}-{i}", id="k", content_hash="h", given_label="a", true_label="b",
                   drawn="random", source="s")
    append_decisions(Path(sys.argv[1]), "x", lambda before: [one])
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)]) for n in range(4)]

    assert [one.wait(timeout=120) for one in running] == [0] * 4
    assert len(read_decisions(tmp_path, "x")) == 40
    assert [path.name for path in (tmp_path / "reviews").iterdir()] == ["x.jsonl"]


def test_a_failure_while_choosing_leaves_the_ledger_and_the_lock_free(tmp_path):
    """An import that is refused has changed nothing, and blocks nobody."""
    append(tmp_path, [make(0)])

    def fail(before):
        raise DataError("no")

    with pytest.raises(DataError):
        append_decisions(tmp_path, "x", fail)
    append(tmp_path, [make(1)])
    assert len(read_decisions(tmp_path, "x")) == 2


def test_a_file_where_the_folder_should_be_is_explained(tmp_path):
    """What the file system refuses is one line."""
    (tmp_path / "reviews").write_text("", encoding="utf-8")
    with pytest.raises(ProjectError, match="cannot be written"):
        append(tmp_path, [make(0)])
