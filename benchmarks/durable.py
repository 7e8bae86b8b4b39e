"""The cost of keeping calls: journals in databases compared with the one in memory.

It uses running servers only. It must not know how calls are stored.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks import deliveries
from benchmarks.deliveries import Delivery
from benchmarks.journal import API, FULL, asked
from benchmarks.load import load
from benchmarks.servers import (
    CBMOCK,
    COMMANDS,
    Command,
    Place,
    Server,
    cbmock,
    post,
    running,
)
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

_DELIVERIES = {"small": deliveries.small, "large": deliveries.large}
_SERVER = "CBMOCK_POSTGRESQL"
_BLOCK = bytes(4096)
_WAITS = 100
_LATER = 0.02
"""Seconds by which a wait in another process may end later, p99."""
ENGINES = ("sqlite", "postgresql")


def durable(setting: Setting) -> Found:
    """Load servers in turn: with calls in memory, in SQLite and in PostgreSQL."""
    result = Found()
    for engine in ENGINES:
        for size, delivery in _DELIVERIES.items():
            name = f"{engine}-{size}"
            if name in setting.wanted:
                race = partial(_race, setting, delivery(), engine)
                result.take(name, race)
        if f"{engine}-disk" in setting.wanted:
            result.take(f"{engine}-disk", partial(_by_disk, setting, engine))
        if f"{engine}-disk-limit" in setting.wanted:
            result.take(f"{engine}-disk-limit", partial(_only_commits, setting, engine))
    return result


def shared(setting: Setting) -> Found:
    """Compare a SQLite journal of a million calls with an empty one, and two processes."""
    result = Found()
    if "sqlite-million" in setting.wanted:
        result.take("sqlite-million", partial(_million, setting))
    if "wait-shared" in setting.wanted:
        result.take("wait-shared", partial(_waits, setting))
    return result


def _url(setting: Setting, engine: str) -> str:
    if engine == "sqlite":
        return f"sqlite:///{setting.folder / 'calls.db'}"
    url = os.environ.get(_SERVER)
    if not url:
        raise NotMeasured(f"{_SERVER} is not set: a URL of an empty database")
    return url


def _keeping(url: str) -> Callable[[Place], Command]:
    def command(at: Place) -> Command:
        return cbmock(at.folder / "deliveries.json", at.port, "--journal", url)

    return command


def _race(setting: Setting, delivery: Delivery, engine: str) -> Ratios:
    with (
        running(COMMANDS[CBMOCK], setting.folder, delivery) as memory,
        running(_keeping(_url(setting, engine)), setting.folder, delivery) as lasting,
    ):
        return _rates(setting, delivery, lasting, memory)


def _rates(
    setting: Setting, delivery: Delivery, server: Server, other: Server
) -> Ratios:
    """Load two servers in turn; return the rate of the first by that of the second."""
    ratios = []
    for number in range(setting.rounds.count):
        turn = (other, server)[:: -1 if number % 2 else 1]
        rates = {each: _alone(each, turn, delivery, setting) for each in turn}
        ratios.append(rates[server] / rates[other])
        progress(f"{rates[server]:,.0f}/s, beside {rates[other]:,.0f}/s")
    return tuple(ratios)


def _alone(
    server: Server, both: tuple[Server, ...], delivery: Delivery, setting: Setting
) -> float:
    for each in both:
        each.pause()
    server.resume()
    rounds = setting.rounds
    return load(server, delivery, rounds.seconds, rounds.connections).rate


# --- the limit: an answer waits for the disk, and each connection waits for an answer ---


def _by_disk(setting: Setting, engine: str) -> Ratios:
    """Compare the rate with one commit for all connections at each write of the disk."""
    delivery, rounds = deliveries.small(), setting.rounds
    ratios = []
    with running(_keeping(_url(setting, engine)), setting.folder, delivery) as server:
        for _ in range(rounds.few):
            server.pause()
            limit = _writes(setting.folder) * rounds.connections
            server.resume()
            rate = load(server, delivery, rounds.seconds, rounds.connections).rate
            ratios.append(rate / limit)
            progress(f"{rate:,.0f}/s, the disk allows {limit:,.0f}/s")
    return tuple(ratios)


def _writes(folder: Path) -> float:
    """Return how often a second the disk writes a block and says that it is kept."""

    def write() -> None:
        file.write(_BLOCK)
        os.fdatasync(file.fileno())

    with (folder / "writes").open("wb", buffering=0) as file:
        return _often(write)


def _often(work: Callable[[], object]) -> float:
    """Return how often a second some work is done."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() < began + 1:
        work()
        count += 1
    return count / (time.perf_counter() - began)


def _only_commits(setting: Setting, engine: str) -> Ratios:
    """Compare a program that does nothing but commit a row for all connections."""
    ratios = []
    with _committing(_url(setting, engine)) as commit:
        for _ in range(setting.rounds.few):
            limit, rate = _writes(setting.folder), _often(commit)
            ratios.append(rate / limit)
            progress(f"{rate:,.0f} commits/s, the disk allows {limit:,.0f}/s")
    return tuple(ratios)


_ROWS = "CREATE TABLE benchmark_rows (id {number} PRIMARY KEY, content {octets})"
_CONTENT = bytes(300)
"""About as many bytes as the records of sixteen small callbacks leave."""


@contextlib.contextmanager
def _committing(url: str) -> Iterator[Callable[[], object]]:
    numbers = itertools.count()
    if url.startswith("sqlite"):
        with contextlib.closing(
            sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(_ROWS.format(number="INTEGER", octets="BLOB"))
            insert = "INSERT INTO benchmark_rows VALUES (?, ?)"
            yield lambda: connection.execute(insert, (next(numbers), _CONTENT))
    else:
        import psycopg  # noqa: PLC0415 - an extra

        with psycopg.connect(url, autocommit=True) as server:
            server.execute("DROP TABLE IF EXISTS benchmark_rows")
            server.execute(_ROWS.format(number="BIGINT", octets="BYTEA"))
            insert = "INSERT INTO benchmark_rows VALUES (%s, %s)"
            yield lambda: server.execute(insert, (next(numbers), _CONTENT))


# --- many calls -------------------------------------------------------------------------

_DOUBLE = """
INSERT INTO cbmock_blocks
SELECT id + highest, last + highest, calls, valid, token, operation, ambiguous,
       received_at, until, writer, coding, content
FROM cbmock_blocks, (SELECT max(id) AS highest FROM cbmock_blocks) LIMIT ?
"""


def _million(setting: Setting) -> Ratios:
    delivery = deliveries.small()
    full, empty = (setting.folder / name for name in ("million.db", "none.db"))
    with running(_keeping(f"sqlite:///{full}"), setting.folder, delivery):
        pass
    _fill(full)
    with (
        running(_keeping(f"sqlite:///{full}"), setting.folder, delivery) as kept,
        running(_keeping(f"sqlite:///{empty}"), setting.folder, delivery) as none,
    ):
        return _rates(setting, delivery, kept, none)


def _fill(path: Path) -> None:
    """Copy the one call that a database has until there are a million, each in a row."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        count = _count(connection)
        while count < FULL:
            connection.execute(_DOUBLE, (FULL - count,))
            count = _count(connection)
            progress(f"SQLite: {count:,} calls")
        connection.execute(
            "UPDATE cbmock_counters SET value = ? WHERE name = 'id'", (count,)
        )
        connection.commit()
    finally:
        connection.close()


def _count(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("SELECT count(*) FROM cbmock_blocks").fetchone()[0]
    return found


# --- two processes ----------------------------------------------------------------------


def _waits(setting: Setting) -> Ratios:
    """Return how much later waits in another process end, by how much they may."""
    keeping = _keeping(f"sqlite:///{setting.folder / 'shared.db'}")
    delivery, ratios = deliveries.small(), []
    with (
        running(keeping, setting.folder, delivery) as one,
        running(keeping, setting.folder, delivery) as other,
    ):
        for _ in range(setting.rounds.few):
            own, foreign = (_p99(one, waiting) for waiting in (one, other))
            ratios.append(max(foreign - own, 0) / _LATER)
            progress(f"p99: {own * 1e3:.1f} ms, in another {foreign * 1e3:.1f} ms")
    return tuple(ratios)


def _p99(receiving: Server, waiting: Server) -> float:
    """Return the seconds from a call to the end of a wait for it, p99."""
    taken = sorted(_wait(receiving, waiting) for _ in range(_WAITS))
    return taken[_WAITS * 99 // 100 - 1]


def _wait(receiving: Server, waiting: Server) -> float:
    after = asked(receiving, "/health")["last_id"]
    ended: list[float] = []

    def wait() -> None:
        asked(waiting, f"/calls/wait?count=1&timeout=5&after={after}")
        ended.append(time.perf_counter())

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.005)  # it is there before the call
    began = time.perf_counter()
    post(receiving.port, deliveries.small())
    thread.join()
    if not ended:
        raise NotMeasured(f"GET {API}/calls/wait did not end")
    return ended[0] - began
