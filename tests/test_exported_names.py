"""What `import datassay` offers, and what it costs."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import datassay
from datassay import errors

ROOT = Path(__file__).parents[1]

HEAVY = ("great_expectations", "dvc", "cleanlab", "sklearn", "prefect", "skrub", "lightgbm", "pandas", "polars")


def test_all_is_sorted_and_every_name_loads():
    """Every name of `__all__` can be had, and the list is sorted."""
    assert sorted(datassay.__all__) == datassay.__all__
    assert all(getattr(datassay, name) is not None for name in datassay.__all__)
    assert dir(datassay) == datassay.__all__


def test_every_error_that_is_documented_is_exported():
    """An error class that README, docs or a public docstring names can be had from `datassay` itself."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    texts = [path.read_text(encoding="utf-8") for path in pages]
    for name in datassay.__all__:
        public = getattr(datassay, name)
        members = vars(public).values() if inspect.isclass(public) else ()
        texts += [inspect.getdoc(each) or "" for each in (public, *members) if callable(each)]
    classes = {name for name, each in vars(errors).items() if inspect.isclass(each) and issubclass(each, Exception)}
    named = set(re.findall(r"\b[A-Z][A-Za-z]+Error\b", "\n".join(texts))) & classes

    assert named >= {"UsageError", "MeasureError", "GateError"}
    assert named <= set(datassay.__all__)
    assert all(getattr(datassay, name) is getattr(errors, name) for name in classes & set(datassay.__all__))


def test_readme_tells_the_exit_code_of_every_error():
    """Every class right below DatassayError stands in README's table beside its exit code."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \|.*\| `(\w+)` \|$", text, flags=re.MULTILINE)
    assert {(each.__name__, str(each.exit_code)) for each in datassay.DatassayError.__subclasses__()} == {
        (name, code) for code, name in rows
    }


def test_unknown_name_is_an_attribute_error():
    """A name that is not public raises AttributeError, as for any module."""
    with pytest.raises(AttributeError, match="no attribute 'audits'"):
        _ = datassay.audits


@pytest.mark.parametrize("code", ["import datassay", "from datassay.cli.main import run; run(['--help'])"])
def test_import_and_help_load_no_engine(code):
    """`import datassay` and `datassay --help` load none of the heavy engines."""
    told = f"{code}\nimport sys; print('loaded:', sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"
