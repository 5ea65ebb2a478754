"""Snapshots of small tables."""

import pytest

from datassay.datasets.snapshot import snapshot_frame


@pytest.fixture(scope="session")
def snap(tmp_path_factory):
    """Take a snapshot of a table in memory."""
    cache = tmp_path_factory.mktemp("cache")
    return lambda frame, name="t": snapshot_frame(frame, name=name, cache_dir=cache)
