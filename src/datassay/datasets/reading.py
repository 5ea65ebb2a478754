"""Turn what engines raise while a table is read or kept into one line that holds no cell values."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import polars as pl

from datassay.errors import DataError, DatassayError, EngineError, MeasureError, ProjectError, StorageError

#: A panic of Polars' Rust code derives from BaseException, so `except Exception` would let it through.
_POLARS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
#: What Polars raises for damaged content; other classes speak of our own queries.
_DAMAGE = (pl.exceptions.ComputeError, pl.exceptions.InvalidOperationError, pl.exceptions.SchemaError)
#: Beginnings of engine messages that speak of the file's structure. All others may quote cell values.
_STRUCTURAL = ("parquet: ", "Couldn't deserialize", "Parquet magic bytes")
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_MISSING = {errno.ENOENT, errno.ENOTDIR}

#: What to do about a damaged table of the user's.
MEND = "Write the file again, or get it back with 'dvc checkout --force'."


@contextmanager
def reading(what: str, mend: str = MEND) -> Iterator[None]:
    """Run a block that reads the table `what`; raises DataError (its content), MeasureError or EngineError.

    `mend` tells what to do about damaged content.
    """
    try:
        yield
    except DatassayError:
        raise
    except MemoryError as exc:
        raise MeasureError(f"{what}: not enough memory to read it.") from exc
    except (OSError, *_POLARS) as exc:
        raise _explain_reading(what, exc, mend) from exc
    except Exception as exc:
        # pyarrow raises its own classes, and UnicodeDecodeError for damaged names in a footer.
        if not (isinstance(exc, UnicodeDecodeError) or type(exc).__module__.startswith("pyarrow")):
            raise
        raise _explain_reading(what, exc, mend) from exc


@contextmanager
def writing(folder: Path, *, has_source: bool = False) -> Iterator[None]:
    """Run a block that writes into the cache `folder`; raises StorageError (disk full) or ProjectError.

    With `has_source` the block reads as well: what is missing while the folder is there is passed on as it came.
    """
    try:
        yield
    except DatassayError:
        raise
    except (OSError, *_POLARS) as exc:
        number = system_error(exc)
        if number is None or (has_source and number in _MISSING and folder.is_dir()):
            raise
        if number in FULL:
            raise StorageError(f"{folder}: the disk is full.", hint="Free some space and run again.") from exc
        raise ProjectError(
            f"{folder}: it cannot be written ({os.strerror(number).lower()}).",
            hint="Check that the folder exists and that you may write in it.",
        ) from exc


def collect(
    table: pl.LazyFrame, what: str, *, engine: Literal["auto", "in-memory", "streaming"] = "auto"
) -> pl.DataFrame:
    """Collect `table`; raises DataError, without cell values, where the content of `what` cannot be read.

    "in-memory" is several times faster for many aggregates of few rows, and needs them all in memory at once.
    """
    with reading(what):
        return table.collect(engine=engine)


def no_such_file(path: Path, hint: str = "Check the path.") -> DataError:
    """Return the error for a path that does not exist, with the nearest name beside it, or else the `hint`."""
    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, names, n=1, cutoff=0.5)
    return DataError(
        f"{path}: no such file or folder.",
        hint=f"Did you mean {near[0]!r}?" if near else hint,
    )


def system_error(exc: BaseException) -> int | None:
    """Return the system's error number, if there is one; Polars keeps it in its text only."""
    if isinstance(exc, OSError) and exc.errno is not None:
        return exc.errno
    found = re.search(r"\(os error (\d+)\)", str(exc))
    return int(found.group(1)) if found else None


def _explain_reading(what: str, exc: BaseException, mend: str) -> DatassayError:
    number = system_error(exc)
    if number in _MISSING:
        return DataError(f"{what}: no such file or folder.", hint="Check the path.")
    if number in FORBIDDEN:
        return DataError(f"{what}: it may not be read.", hint="Check its access rights.")
    if number is not None:
        return MeasureError(f"{what}: cannot be read ({os.strerror(number).lower()}).")
    if isinstance(exc, pl.exceptions.DuplicateError):
        return DataError(f"{what}: two columns have the same name.", hint="Rename one of them.")
    if isinstance(exc, pl.exceptions.PolarsError) and not isinstance(exc, _DAMAGE):
        return EngineError(f"{what}: Polars failed ({type(exc).__name__}).", hint="Please report this.")
    message = next(iter(str(exc).splitlines()), "").removeprefix("parquet: File out of specification: ")
    detail = message if str(exc).startswith(_STRUCTURAL) else type(exc).__name__
    return DataError(
        f"{what}: its content is damaged or not what its name says ({detail:.160}).",
        hint=mend,
    )
