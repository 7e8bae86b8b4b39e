"""Streams: broken requests over connections to a `cbmock serve` of its own.

It decides what a server must never do: answer 500, write a traceback, keep a client waiting
for seconds, or keep connections or memory.
"""

from __future__ import annotations

import contextlib
import functools
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fuzz import seeds
from fuzz.finding import SECONDS, Harmed
from fuzz.memory import resident
from fuzz.mutations import mutated

_LIMITS = {"half-sent": 0.3, "idle": 0.5, "body": 100_000, "head": 20_000}
_CLIENTS = 4
_BATCH = 500
_TELLING = 50_000
_GROWTH = 1.25
"""How many times the memory after a tenth of the requests is allowed at the end."""
_STATUS = re.compile(rb"HTTP/1\.1 (5\d\d) ")
_ANSWERABLE = frozenset({b"501", b"503", b"505"})
_BROKEN = re.compile(rb'"code": "internal"|/problems/not-checked')
_CLEAR = (
    b"DELETE /_cbmock/api/responses HTTP/1.1\r\nHost: localhost\r\n\r\n"
    b"DELETE /_cbmock/api/calls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
)
_HEALTH = (
    b"GET /_cbmock/api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
)


@dataclass(frozen=True)
class Streams:
    """The result of requests over connections."""

    requests: int
    slowest: float
    memory: tuple[int, int]

    @property
    def summary(self) -> str:
        """The figures as a line."""
        first, last = self.memory
        return (
            f"{self.requests} requests over a socket, slowest {self.slowest:.1f} s, "
            f"memory {first} MB then {last} MB"
        )


def fuzz(count: int, seed: int) -> Streams:
    """Send `count` requests; raises `Harmed` at the first failure."""
    with tempfile.TemporaryDirectory(prefix="cbmock-fuzz-") as folder:
        with serving(Path(folder), _LIMITS) as server:
            found = _sent(server, count, seed)
        written = (Path(folder) / "errors").read_text("utf-8", "replace")
        if "Traceback" in written or server.process.returncode not in (0, 1):
            raise Harmed(f"exit code {server.process.returncode}: {written[-3000:]}")
    return found


@dataclass(frozen=True)
class Server:
    """A mock in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=2 * SECONDS)

    def ask(self, data: bytes) -> bytes:
        """Send bytes; return everything that is answered until the end."""
        with self.connect() as connection:
            connection.sendall(data)
            return _read(connection)


@contextlib.contextmanager
def serving(
    folder: Path, limits: Mapping[str, float] | None = None
) -> Iterator[Server]:
    """Serve `everything.json` in a process; its errors are in the file `errors`."""
    port_file = folder / "port"
    options = [f"--limit={name}={limit}" for name, limit in (limits or {}).items()]
    command = [sys.executable, "-m", "cbmock", "serve", str(seeds.EVERYTHING), *options]
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [*command, "--port=0", f"--port-file={port_file}"],
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        while not port_file.exists():
            if process.poll() is not None:
                raise Harmed((folder / "errors").read_text("utf-8", "replace"))
            time.sleep(0.02)
        yield Server(process, int(port_file.read_text("ascii")))
    finally:
        process.terminate()
        process.wait(timeout=30)


def _sent(server: Server, count: int, seed: int) -> Streams:
    chances = [random.Random(f"{seed} {each}") for each in range(_CLIENTS)]
    seen, sent, slowest = seeds.requests(), 0, 0.0
    memory: list[int] = []
    reported = 0
    with ThreadPoolExecutor(_CLIENTS) as clients:
        while sent < count:
            batch = min(_BATCH, -(-(count - sent) // _CLIENTS))
            talk = functools.partial(_talked, server=server, seen=seen, count=batch)
            done = clients.map(talk, chances)
            for requests, longest in done:
                sent += requests
                slowest = max(slowest, longest)
            # Empty the journal, so that its memory is not measured.
            server.ask(_CLEAR)
            memory.append(resident(server.process.pid))
            if sent // _TELLING > reported:
                reported = sent // _TELLING
                print(f"{sent} requests, {memory[-1]} MB", flush=True)
    if b" 200 " not in server.ask(_HEALTH).partition(b"\r\n")[0]:
        raise Harmed("it no longer answers")
    first = memory[len(memory) // 10]
    if memory[-1] > first * _GROWTH:
        raise Harmed(f"memory grew from {first} MB to {memory[-1]} MB: {memory}")
    return Streams(sent, slowest, (first, memory[-1]))


def _talked(
    chance: random.Random, server: Server, seen: tuple[bytes, ...], count: int
) -> tuple[int, float]:
    """Send that many requests, over connections of one to ten each."""
    sent, slowest = 0, 0.0
    while sent < count:
        requests = [
            mutated(chance, chance.choice(seen))
            for _ in range(chance.choice((1, 1, 2, 3, 10)))
        ]
        began = time.monotonic()
        try:
            answer = _conversation(chance, server, b"".join(requests))
        except TimeoutError:
            raise Harmed(f"it did not end: {requests!r}") from None
        took = time.monotonic() - began
        if took > SECONDS:  # the machine may be busy: try once more
            began = time.monotonic()
            _conversation(chance, server, b"".join(requests))
            took = time.monotonic() - began
        statuses = {*_STATUS.findall(answer)} - _ANSWERABLE
        if _BROKEN.search(answer) or (statuses and b"problem+json" in answer):
            raise Harmed(f"{statuses}: {requests!r}: {answer[-2000:]!r}")
        if took > SECONDS:
            raise Harmed(f"it took {took:.1f} s: {requests!r}")
        slowest = max(slowest, took)
        sent += len(requests)
    return sent, slowest


def _conversation(chance: random.Random, server: Server, data: bytes) -> bytes:
    """Send bytes in pieces; return the answers until the end, unless the client leaves."""
    with server.connect() as connection:
        while data:
            size = chance.choice(
                (len(data), len(data), chance.randrange(len(data)) + 1)
            )
            try:
                connection.sendall(data[:size])
            except OSError:
                break  # the server has already refused it
            data = data[size:]
        if chance.random() < 0.2:  # noqa: PLR2004 - a share
            return b""  # the client leaves before the answer
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        return _read(connection)


def _read(connection: socket.socket) -> bytes:
    answer = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            answer += part
    return answer
