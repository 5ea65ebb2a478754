"""What `import datassay` offers, and what it costs."""

import subprocess
import sys

import pytest

import datassay

HEAVY = ("great_expectations", "dvc", "cleanlab", "sklearn", "prefect", "skrub", "lightgbm", "pandas", "polars")


def test_all_is_sorted_and_every_name_loads():
    """Every name of `__all__` can be had, and the list is sorted."""
    assert sorted(datassay.__all__) == datassay.__all__
    assert all(getattr(datassay, name) is not None for name in datassay.__all__)
    assert dir(datassay) == datassay.__all__


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
