"""What SIGTERM does to a command, where no engine is needed to see it."""

import subprocess
import sys

import pytest

#: A command that sends itself SIGTERM in the given way, run as the console script runs it.
RUN = """
import os, signal, sys
from importlib import import_module

def command(**_):
    {body}

main = import_module("datassay.cli.main")
main.group.main = command
main.main([])
"""


def run(body):
    """Run a command with this body and return what it said."""
    code = RUN.format(body="\n    ".join(body))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)


TWICE = ["os.kill(os.getpid(), signal.SIGTERM)", "finally:", "    os.kill(os.getpid(), signal.SIGTERM)"]


@pytest.mark.parametrize(
    "body",
    [
        ["os.kill(os.getpid(), signal.SIGTERM)"],
        ["try:", f"    {TWICE[0]}", *TWICE[1:], "    print('in order', flush=True)"],
        ["try:", f"    {TWICE[0]}", "except BaseException as exc:", "    raise ValueError('an engine') from exc"],
    ],
    ids=["once", "twice at once", "turned into another error"],
)
def test_sigterm_is_one_line_and_143(body):
    """However often SIGTERM comes, and whatever an engine makes of it: one line, 143, and what `finally` asks for."""
    done = run(body)
    assert done.returncode == 143
    assert done.stderr == "datassay: terminated; nothing was left half written.\n"
    assert done.stdout == ("in order\n" if "finally:" in body else "")


def test_sigterm_while_the_interpreter_ends_changes_nothing():
    """A command that is done keeps its exit code, though SIGTERM comes while the engines are put away."""
    done = run(["import atexit", "atexit.register(os.kill, os.getpid(), signal.SIGTERM)", "return 4"])
    assert (done.returncode, done.stderr) == (4, "")


def test_sigterm_ends_a_forked_worker_as_ever():
    """A worker that was forked is ended by SIGTERM itself, without a line of its own."""
    done = run(
        [
            "pid = os.fork()",
            "if not pid:",
            "    os.kill(os.getpid(), signal.SIGTERM)",
            "    print('still here', flush=True)",
            "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
            "return 0",
        ]
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "-15\n", "")
