"""A fresh DVC repository, and one demo for the whole session."""

import pytest

from datassay.scaffold.demo import build_demo
from datassay.scaffold.repository import create_repository


@pytest.fixture
def dvc_repo(tmp_path):
    """A folder that is a Git and DVC repository and nothing else."""
    root = tmp_path / "repo"
    root.mkdir()
    create_repository(root)
    return root


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo as a user gets it."""
    return build_demo(tmp_path_factory.mktemp("demo") / "adult-demo")
