"""The packaged flows are this repository's flows."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COPIES = ROOT / "src" / "datassay" / "scaffold" / "templates" / "pipelines"


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines").glob("*.py")), ids=lambda path: path.name)
def test_packaged_copy_is_byte_equal(path):
    """`datassay init` hands out exactly the flows that this repository runs."""
    assert (COPIES / path.name).read_bytes() == path.read_bytes()


def test_no_copy_without_its_original():
    """No flow is packaged that is not run here."""
    assert {path.name for path in COPIES.glob("*.py")} == {path.name for path in (ROOT / "pipelines").glob("*.py")}
