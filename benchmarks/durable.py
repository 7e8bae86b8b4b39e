"""The cost of keeping calls: journals in databases compared with the one in memory.

It uses running servers only. It must not know how calls are stored.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import deliveries
from benchmarks.deliveries import Delivery
from benchmarks.journal import API, FULL, asked
from benchmarks.load import load
from benchmarks.races import Runner, race
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
_WAITS = 100
_LATER = 0.02
"""Seconds by which a wait in another process may end later, p99."""
ENGINES = ("sqlite", "postgresql")


def durable(setting: Setting) -> Found:
    """Load servers in turn: with calls in memory, in SQLite and in PostgreSQL."""
    result = Found()
    for size, delivery in _DELIVERIES.items():
        _race(setting, size, delivery(), result)
    return result


def shared(setting: Setting) -> Found:
    """Compare a SQLite journal of a million calls with an empty one, and two processes."""
    result = Found()
    if "sqlite-million" in setting.wanted:
        result.take("sqlite-million", partial(_million, setting))
    if "wait-shared" in setting.wanted:
        result.take("wait-shared", partial(_waits, setting))
    return result


def journal_url(setting: Setting, engine: str) -> str:
    """Return the URL of a journal; raise `NotMeasured` if there is no such server."""
    if engine == "sqlite":
        return f"sqlite:///{setting.folder / 'calls.db'}"
    url = os.environ.get(_SERVER)
    if not url:
        raise NotMeasured(f"{_SERVER} is not set: a URL of an empty database")
    return url


def keeping(url: str) -> Callable[[Place], Command]:
    """Return the command of a mock that keeps its calls in a journal."""

    def command(at: Place) -> Command:
        return cbmock(at.folder / "deliveries.json", at.port, "--journal", url)

    return command


def _race(setting: Setting, size: str, delivery: Delivery, result: Found) -> None:
    """Compare all databases with the same loads of the journal in memory."""
    wanted = {
        row: engine
        for engine in ENGINES
        if (row := f"{engine}-{size}") in setting.wanted
    }
    if not wanted:
        return

    def command(at: Place, engine: str) -> Command:
        return keeping(journal_url(setting, engine))(at)

    runners = {CBMOCK: Runner(COMMANDS[CBMOCK], delivery, warm=0)}
    for row, engine in wanted.items():
        runners[row] = Runner(partial(command, engine=engine), delivery, warm=0)
    found = race(runners, setting.rounds, setting.folder)
    for row in wanted:
        result.take(row, partial(found.ratios, row, CBMOCK))


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
    with running(keeping(f"sqlite:///{full}"), setting.folder, delivery):
        pass
    _fill(full)
    with (
        running(keeping(f"sqlite:///{full}"), setting.folder, delivery) as kept,
        running(keeping(f"sqlite:///{empty}"), setting.folder, delivery) as none,
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
    command = keeping(f"sqlite:///{setting.folder / 'shared.db'}")
    delivery, ratios = deliveries.small(), []
    with (
        running(command, setting.folder, delivery) as one,
        running(command, setting.folder, delivery) as other,
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
