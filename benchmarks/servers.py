"""The servers that are compared, and how each is started, paused and ended.

It decides the command of each server and waits until it answers. It must not know what is
measured.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import documents
from benchmarks.deliveries import Delivery
from benchmarks.study import NotMeasured

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(__file__).resolve().parent / "programs"
PEERS = Path(os.environ.get("CBMOCK_PEERS", ROOT / ".peers")) / "node_modules"

UVICORN, SMALLEST, CBMOCK = "bare uvicorn", "smallest program", "cbmock serve"
BYTES = "smallest server of bytes"
PRISM, WIREMOCK, FASTIFY = "Prism", "WireMock", "fastify + ajv"

_PATIENCE = 60.0
_GRACE = 5.0

Command = list[str]


def needed(program: str, remedy: str) -> str:
    """Return the path of a program, or raise `NotMeasured` with the remedy."""
    found = shutil.which(program)
    if found is None:
        raise NotMeasured(f"{program} is missing: {remedy}")
    return found


def cores() -> tuple[str, str]:
    """Return the core of the server and the core of the load."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:  # noqa: PLR2004 - one for each
        raise NotMeasured("two cores are needed, one for the server and one for load")
    return str(available[0]), str(available[-1])


def pinned(core: str) -> Command:
    """Return the prefix of a command that keeps it on one core."""
    return [needed("taskset", "apt-get install util-linux"), "-c", core]


# --- commands ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """The arguments of a command: a port, and a folder with the documents."""

    port: int
    folder: Path


def cbmock(spec: Path, port: int, *options: str) -> Command:
    """Return the command of `cbmock serve`."""
    command = [sys.executable, "-m", "cbmock", "serve", str(spec)]
    return [*command, "--port", str(port), *options]


def uvicorn(port: int) -> Command:
    """Return the command of uvicorn with a constant answer."""
    command = [sys.executable, "-m", "uvicorn", "constant:app", "--port", str(port)]
    options = ["--loop", "uvloop", "--http", "httptools", "--lifespan", "off"]
    quiet = ["--no-access-log", "--log-level", "error"]
    return [*command, "--app-dir", str(PROGRAMS), *options, *quiet]


def _peer(path: str) -> Path:
    found = next(PEERS.glob(path), None)
    if found is None:
        raise NotMeasured(f"{path.partition('/dist')[0]} is missing: make bench-peers")
    return found


def _prism(at: Place) -> Command:
    node = needed("node", "apt-get install nodejs npm, then make bench-peers")
    program = str(_peer("@stoplight/prism-cli/dist/index.js"))
    command = [node, program, "mock", "-h", "127.0.0.1", "-p", str(at.port)]
    return [*command, "-v", "silent", str(at.folder / "paths.json")]


def _fastify(at: Place) -> Command:
    node = needed("node", "apt-get install nodejs npm, then make bench-peers")
    _peer("fastify/package.json")
    _peer("ajv/dist/2020.js")
    return [node, str(PROGRAMS / "fastify.js"), str(at.port), str(PEERS)]


def _wiremock(at: Place) -> Command:
    java = needed("java", "apt-get install default-jre-headless")
    jar = str(_peer("wiremock/build/wiremock-standalone-*.jar"))
    command = [java, "-jar", jar, "--bind-address", "127.0.0.1", "--disable-banner"]
    return [*command, "--port", str(at.port), "--root-dir", str(at.folder)]


COMMANDS: dict[str, Callable[[Place], Command]] = {
    UVICORN: lambda at: uvicorn(at.port),
    SMALLEST: lambda at: [
        sys.executable,
        str(PROGRAMS / "smallest.py"),
        str(at.port),
    ],
    BYTES: lambda at: [sys.executable, str(PROGRAMS / "bytes.py"), str(at.port)],
    CBMOCK: lambda at: cbmock(at.folder / "deliveries.json", at.port),
    PRISM: _prism,
    WIREMOCK: _wiremock,
    FASTIFY: _fastify,
}


def furnish(folder: Path) -> None:
    """Write the files of the servers: documents, schemas, and WireMock's mappings."""
    document = documents.deliveries()
    (folder / "deliveries.json").write_text(documents.written(document))
    (folder / "paths.json").write_text(documents.written(documents.as_paths()))
    names = {"invoice": "InvoiceEvent", "push": "push", "commits": "commits"}
    schemas = {name: documents.alone(document, each) for name, each in names.items()}
    for name, schema in schemas.items():
        (folder / f"{name}.json").write_text(documents.written(schema))
    (folder / "mappings").mkdir()
    for name, path in (
        ("invoice", {"urlPathPattern": "/events/invoices/[^/]+"}),
        ("push", {"urlPath": documents.PUSH_PATH}),
    ):
        mapping = documents.written(_mapping(schemas[name], path))
        (folder / "mappings" / f"{name}.json").write_text(mapping)


def _mapping(schema: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
    fits = {"matchesJsonSchema": schema, "schemaVersion": "V202012"}
    headers = {"Content-Type": "application/json"}
    return {
        "request": {"method": "POST", **path, "bodyPatterns": [fits]},
        "response": {"status": 200, "headers": headers, "body": '{"ok":true}'},
    }


# --- running ----------------------------------------------------------------------------


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def post(port: int, delivery: Delivery, timeout: float = 30.0, times: int = 1) -> int:
    """Send a delivery on a connection of its own; return the last status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    status = 0
    try:
        for _ in range(times):
            connection.request(
                "POST", delivery.first, delivery.body, delivery.first_headers
            )
            with connection.getresponse() as answer:
                answer.read()
            status = answer.status
        return status
    finally:
        connection.close()


class Server:
    """A server process, its output in a file; paused while others are measured."""

    def __init__(self, command: Command, port: int, folder: Path) -> None:
        """Start the process."""
        self.port = port
        self.folder = folder
        self._output = folder / f"{port}.log"
        with self._output.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(),
            )

    def answers(self, delivery: Delivery) -> None:
        """Wait until it answers the delivery correctly, or raise `NotMeasured`."""
        until = time.monotonic() + _PATIENCE
        status = None
        while time.monotonic() < until and self.process.poll() is None:
            try:
                status = post(self.port, delivery)
                if (status < 300) == delivery.valid:  # noqa: PLR2004 - success
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.001)
        said = self._output.read_text("utf-8", "replace")[-300:].strip()
        raise NotMeasured(f"no proper answer (status {status}); it said: {said}")

    def pause(self) -> None:
        """Stop the process (SIGSTOP)."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Continue the process (SIGCONT)."""
        self.process.send_signal(signal.SIGCONT)

    def memory(self) -> int:
        """Return the bytes that it holds in memory."""
        statm = Path(f"/proc/{self.process.pid}/statm").read_text("ascii")
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def end(self) -> None:
        """End the process, by force if it does not end by itself."""
        self.resume()
        self.process.terminate()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._output.unlink(missing_ok=True)


def environment() -> dict[str, str]:
    """Return the environment, with the source of this checkout if there is one.

    Bytecode is kept, as in an installed package: otherwise each start would compile cbmock
    again, and only cbmock.
    """
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    kept = {**os.environ, **own}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


@contextmanager
def running(
    command: Callable[[Place], Command], folder: Path, delivery: Delivery
) -> Iterator[Server]:
    """Run a server on a core of its own until the end of the block."""
    core, _ = cores()
    at = Place(free_port(), folder)
    server = Server([*pinned(core), *command(at)], at.port, folder)
    try:
        server.answers(delivery)
        yield server
    finally:
        server.end()
