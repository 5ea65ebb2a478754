"""`datassay demo`: build a real Git and DVC repository with three revs of the Adult table, faults in the last."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import polars as pl

from datassay.errors import DeliveryError, UsageError
from datassay.results import Expectations
from datassay.scaffold.faults import plant_faults
from datassay.scaffold.init import init_project
from datassay.scaffold.repository import commit_rev, create_repository
from datassay.scaffold.writing import templates, write_new

DATASET = "adult"
REVS = ("v1", "v2", "v3")
#: Rows of the published training file; they come first in the packaged table.
N_TRAINING_ROWS = 32_561
DEFAULT_SEED = 20_261_123


@dataclass(frozen=True)
class Demo:
    """A demo that has been built."""

    root: Path
    #: The dataset to audit, and the rev that holds the faults.
    dataset: str
    rev: str
    #: The rev before the faults, to compare with.
    against: str
    #: Every planted fault, in the columns of `faults.TRUTH`; nothing that an audit reads.
    truth: pl.DataFrame


def build_demo(folder: Path, *, seed: int = DEFAULT_SEED) -> Demo:
    """Build the demo in `folder`, which must be absent or empty, and return what was planted.

    The same seed gives the same tables. Raises UsageError for a folder that holds something, DeliveryError for one that
    cannot be made, EngineError where Git or DVC fails; after an error or an interrupt the folder is as it was.
    """
    root = folder.resolve()
    _check_free(root)
    with _cleaned_on_failure(root):
        create_repository(root)
        write_new({root / name: content for name, content in templates("demo").items()})
        init_project(root)
        published = _read_published()
        planted = plant_faults(published, seed)
        _commit(root, published.head(N_TRAINING_ROWS), "v1", "Adult as published: the training file")
        _commit(root, published, "v2", "Add the published test file")
        _commit(root, planted.table, "v3", "Import of the night")
        # In the cache folder, which Git ignores and no source of evidence names.
        planted.truth.write_parquet(truth_path(root))
    return Demo(root, DATASET, REVS[-1], REVS[-2], planted.truth)


def check_published(demo: Demo, cache_dir: Path) -> Expectations:
    """Run the demo's suite on the table as published, so that false alarms can be counted."""
    from datassay.datasets.snapshot import take_snapshot
    from datassay.expectations.suite import run_suite
    from datassay.spec import read_spec

    spec = read_spec(demo.root / "audits" / f"{DATASET}.yaml")
    snapshot = take_snapshot(spec.dataset, name=DATASET, root=demo.root, cache_dir=cache_dir, rev=REVS[0])
    return run_suite(snapshot, demo.root / "expectations" / f"{DATASET}.json", show_values=[])


def truth_path(root: Path) -> Path:
    """Return the path of a demo's record of planted faults."""
    return root / ".datassay" / "demo_truth.parquet"


def _read_published() -> pl.DataFrame:
    with as_file(files("datassay.scaffold") / "demo_data" / "adult.parquet") as path:
        return pl.read_parquet(path)


def _commit(root: Path, table: pl.DataFrame, rev: str, message: str) -> None:
    path = root / "data" / f"{DATASET}.parquet"
    # Never through a link into DVC's cache.
    path.unlink(missing_ok=True)
    # One row group and fixed settings: the same rows give the same bytes.
    table.write_parquet(path, compression="zstd", compression_level=9, row_group_size=table.height)
    definition = root / "audits" / f"{DATASET}.yaml"
    text = templates("demo")[f"audits/{DATASET}.yaml"].decode()
    definition.write_text(text.replace(f"rev: {REVS[-1]}}}", f"rev: {rev}}}"), encoding="utf-8")
    commit_rev(root, path, tag=rev, message=message)


def _check_free(root: Path) -> None:
    if not root.exists():
        return
    if not root.is_dir():
        raise UsageError(f"{root} is a file.", hint="Name a new folder.")
    if truth_path(root).is_file():
        raise UsageError(
            f"{root} holds a demo already.",
            hint=f"Run 'datassay audit {DATASET}' in it, delete it, or name another folder.",
        )
    if any(root.iterdir()):
        raise UsageError(f"{root} is not empty.", hint="Name a new or empty folder.")


@contextmanager
def _cleaned_on_failure(root: Path) -> Iterator[None]:
    was_there = root.exists()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        told = f"Cannot make {root}: {exc.strerror}."
        raise DeliveryError(told, hint="Name a folder that you may write to.") from exc
    try:
        yield
    except BaseException:
        for entry in root.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        if not was_there:
            root.rmdir()
        raise
