"""Prefect's embedded server, started while the engines load.

Prefect starts its ephemeral server only when the flow runs, after it has imported the whole server into the caller's
process too, and nothing else happens meanwhile. Here the same application starts first, and the engines are imported
while it comes up (benchmarks/startup). Whoever has named an API of their own keeps it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from datassay.errors import EngineError
from datassay.project import Project

#: Imported while the server starts; each is needed by an audit that is not cached, none by the server.
ENGINES = ("polars", "great_expectations", "sklearn.model_selection", "lightgbm", "skrub", "cleanlab.count")
TIMEOUT_S = 180.0

#: uvicorn, which ends with the process that started it: whatever kills that one closes the pipe between them. SIGTERM
#: does not end it, for systemd sends that to all processes of a service at once, and the flow still needs the server to
#: say that it ended.
SERVE = """
import os, signal, sys, threading
if hasattr(signal, "pthread_sigmask"):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
def follow():
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=follow, daemon=True).start()
from uvicorn.main import main
main(sys.argv[1:])
"""


class EmbeddedServer:
    """A Prefect server of this process, on a free port of the loopback address."""

    def __init__(self, log: Path) -> None:
        """Start it; its output goes to `log`."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/api"
        self._log = log
        # As Prefect starts it: no interface, no background services.
        env = {**os.environ, "PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
        call = ["--factory", "prefect.server.api.server:create_app", "--log-level", "error"]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVE, *call, "--host", "127.0.0.1", "--port", str(port), "--lifespan", "on"],
                env=env,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal reaches the whole group: the flow still needs the server to say that it ended.
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Tell whether the server answers; raises EngineError where it has stopped."""
        if self._process.poll() is not None:
            code = self._process.returncode
            raise EngineError(f"Prefect's server stopped with code {code}.", hint=f"See {self._log}.")
        try:
            with urlopen(f"{self.url}/health", timeout=2) as answer:  # noqa: S310 - our own loopback address
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def wait(self) -> None:
        """Return when the server answers, importing engines meanwhile; raises EngineError after three minutes."""
        deadline = time.monotonic() + TIMEOUT_S
        for name in ENGINES:
            if self.is_ready():
                return
            import_module(name)
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise EngineError(f"Prefect's server did not start in {TIMEOUT_S:.0f} s.", hint=f"See {self._log}.")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server and wait for it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def embedded_server(project: Project) -> Iterator[EmbeddedServer | None]:
    """Name a server of this process in PREFECT_API_URL for the block; yields None where the user has an API."""
    if _has_api(project.root):
        yield None
        return
    server = EmbeddedServer(project.cache / "logs" / "prefect_server.txt")
    # Prefect sends its last logs when the interpreter ends; a server that is gone by then costs it two minutes of
    # retries. What is registered before prefect is imported runs after it.
    atexit.register(server.stop)
    os.environ["PREFECT_API_URL"] = server.url
    try:
        yield server
    finally:
        del os.environ["PREFECT_API_URL"]


def _has_api(root: Path) -> bool:
    """Tell whether an API is named in any of the places where Prefect looks; a doubtful place counts."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH", home / "profiles.toml"))
    places = {profiles, *(folder / name for folder in (root, Path.cwd()) for name in (".env", "prefect.toml"))}
    for place in places:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            text = place.read_text(encoding="utf-8")
            if "PREFECT_API_URL" in text or "[api]" in text:
                return True
    return False
