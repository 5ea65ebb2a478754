"""Progress on a real terminal, and in lines elsewhere."""

import os
import subprocess
import sys

import pytest

STAGES = """
from datassay.cli.progress import show_progress
from datassay.progress import get_reporter
with show_progress(is_quiet=False):
    reporter = get_reporter()
    reporter.start("predict", None)
    reporter.advance("predict", 10, 25)
    reporter.finish("predict", "passed", 1.5, "")
    reporter.finish("check", "unknown", 4.8, "1 of 3 expectations could not be evaluated: no column 'petals'")
"""


@pytest.mark.parametrize("columns", [60, 120])
def test_a_terminal_shows_every_stage_by_its_whole_name(columns):
    """On a narrow terminal remarks are cut, names are not."""
    ours, theirs = os.openpty()
    # In CI, or without a terminal that can draw, there would be lines.
    env = {key: value for key, value in os.environ.items() if key != "CI"}
    env |= {"COLUMNS": str(columns), "TERM": "xterm"}
    subprocess.run([sys.executable, "-c", STAGES], stderr=theirs, env=env, check=True, timeout=60)
    shown = os.read(ours, 1_000_000).decode()
    os.close(ours)
    os.close(theirs)

    last = shown.rsplit("\x1b[2K", 1)[-1]
    assert "predict" in last
    assert "check" in last
    assert "unknown in 4.8 s" in last
    assert ("no column" in last) == (columns == 120)


def test_elsewhere_each_stage_is_a_line(capfd):
    """In a log there is one line per stage, with its whole remark."""
    subprocess.run([sys.executable, "-c", STAGES], check=True, timeout=60)
    assert capfd.readouterr().err.splitlines() == [
        "predict   done        1.5 s",
        "check     unknown     4.8 s  1 of 3 expectations could not be evaluated: no column 'petals'",
    ]
