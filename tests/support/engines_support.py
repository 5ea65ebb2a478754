"""Databases that run on this machine: SQLite and DuckDB in a file, PostgreSQL in a folder of its own."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from datassay.spec import SqlSpec

#: The environment variable of a test's database, and the definition that names it.
VARIABLE = "DATASSAY_TEST_DATABASE"
PLACE = SqlSpec(connection=VARIABLE)
BINARIES = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/bin")


def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's server programs, or None where it is not installed."""
    folders = [folder for pattern in BINARIES for folder in sorted(Path("/").glob(pattern[1:]), reverse=True)]
    return next((f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


@contextmanager
def run_postgres(folder: Path) -> Iterator[str]:
    """Start a server that listens on a socket in `folder` only, and yield its address for SQLAlchemy."""
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    if importlib.util.find_spec("psycopg2") is None:
        pytest.skip("psycopg2 is not installed (pip install psycopg2-binary)")
    user: list[str] = []
    if os.geteuid() == 0:
        # The server refuses to run as root.
        has_user = subprocess.run(["id", "postgres"], check=False, capture_output=True).returncode == 0
        if shutil.which("runuser") is None or not has_user:
            pytest.skip("PostgreSQL does not run as root, and there is no user 'postgres' to run it")
        shutil.chown(folder, "postgres")
        user = ["runuser", "-u", "postgres", "--"]
    data, log = folder / "data", folder / "log"
    calls = {"cwd": folder, "capture_output": True, "timeout": 120}
    subprocess.run(
        [*user, binaries / "initdb", "-D", data, "-A", "trust", "-U", "datassay", "--no-sync"], check=True, **calls
    )
    control = [*user, binaries / "pg_ctl", "-D", data, "-w"]
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    subprocess.run([*control, "-l", log, "-o", options, "start"], cwd=folder, check=True, timeout=120,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        yield f"postgresql+psycopg2://datassay@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, **calls)
