"""The cost of a growing journal: memory, throughput and waiting.

It asks the running server through the control API only. It must not know how calls are
stored.
"""

from __future__ import annotations

import http.client
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import deliveries
from benchmarks.deliveries import Delivery
from benchmarks.load import load
from benchmarks.servers import CBMOCK, COMMANDS, SMALLEST, Server, post, running
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

API = "/_cbmock/api"
FULL = 1_000_000
Figure = Callable[[Server], float]
_FILLING = 80.0
_TIMEOUT = 20


def asked(server: Server, path: str, method: str = "GET") -> Any:
    """Ask the control API of a server."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT)
    try:
        connection.request(method, API + path)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise NotMeasured(f"{method} {path}: {answer.status} {content[:200]!r}")
        return json.loads(content)
    except OSError as error:
        raise NotMeasured(f"{method} {path}: {error} (within {_TIMEOUT} s)") from None
    finally:
        connection.close()


# --- memory -----------------------------------------------------------------------------


def memory(setting: Setting) -> Found:
    """Fill a journal up to its limit and beyond, and one with small calls."""
    result = Found()
    if setting.wanted & {"memory", "bound"}:
        with _serving(setting, deliveries.large()) as server:
            below = list(_growth(server, deliveries.large(), seconds=40))
            result.take("memory", lambda: tuple(below[-setting.rounds.count :]))
            result.take("bound", lambda: _beyond(server, setting.rounds.count))
    if "memory-small" in setting.wanted:
        with _serving(setting, deliveries.small()) as server:
            small = list(_growth(server, deliveries.small(), setting.rounds.count + 1))
            result.take("memory-small", lambda: tuple(small[1:]))
    if "memory-small-limit" in setting.wanted:
        command = COMMANDS[SMALLEST]
        with running(command, setting.folder, deliveries.small()) as server:
            result.take("memory-small-limit", lambda: _least(server, setting))
    return result


def _least(server: Server, setting: Setting) -> Ratios:
    """Measure the same for the smallest program, which keeps all its calls."""
    load(server, deliveries.small(), 1)
    before, calls = server.memory(), 0
    ratios = []
    for _ in range(setting.rounds.few + 1):
        calls += load(server, deliveries.small(), 1).requests
        ratios.append((server.memory() - before) / (calls * deliveries.small().raw))
    return tuple(ratios[1:])


def _growth(server: Server, delivery: Delivery, seconds: int) -> Iterator[float]:
    """Yield memory by raw bytes after each second of load, until calls are dropped."""
    load(server, delivery, 1)
    asked(server, "/calls", "DELETE")
    before = server.memory()
    for _ in range(seconds):
        load(server, delivery, 1)
        time.sleep(
            0.2
        )  # lines that wait to be printed must not count as memory of calls
        health = asked(server, "/health")
        if health["dropped"]:
            return
        ratio = (server.memory() - before) / (health["calls"] * delivery.raw)
        progress(f"memory: {health['calls']:,} calls, {ratio:.2f} of their bytes")
        yield ratio


def _beyond(server: Server, rounds: int) -> Ratios:
    if not asked(server, "/health")["dropped"]:
        raise NotMeasured("the journal's limit was not reached within 40 s of load")
    at_limit = server.memory()
    ratios = []
    for _ in range(rounds):
        load(server, deliveries.large(), 1)
        ratios.append(server.memory() / at_limit)
    return tuple(ratios)


# --- many calls -------------------------------------------------------------------------


def growth(setting: Setting) -> Found:
    """Compare a server whose journal is full with one whose journal is empty."""
    result = Found()
    with (
        _serving(setting, deliveries.small()) as empty,
        _serving(setting, deliveries.small()) as full,
    ):
        post(empty.port, deliveries.commits(1_000))
        empty.pause()
        curve, calls = _filled(full)
        result.figures["journal"] = curve
        pair = _Pair(empty, full)
        note = f"0 → {calls:,} calls"
        if calls < FULL:
            note += ": its limit" if asked(full, "/health")["dropped"] else ": in time"
        for name, ratios in (
            ("wait", pair.new),
            ("wait-kept", pair.kept),
            ("journal", pair.throughput),  # last, since it deletes calls
        ):
            result.notes[name] = note
            if name in setting.wanted:
                result.take(name, lambda: ratios(setting.rounds.count))  # noqa: B023 - at once
    return result


def _filled(server: Server) -> tuple[list[dict[str, float]], int]:
    """Fill a journal; return the throughput by calls (first = 1), and their number."""
    curve: list[dict[str, float]] = []
    until = time.monotonic() + _FILLING
    marked, first = False, 0.0
    while time.monotonic() < until:
        rate = load(server, deliveries.small(), 4).rate
        health = asked(server, "/health")
        progress(f"journal: {health['calls']:,} calls, {rate:,.0f}/s")
        first = first or rate
        curve.append({"calls": health["calls"], "ratio": round(rate / first, 4)})
        if not marked and health["calls"] > FULL / 2:
            marked = post(server.port, deliveries.commits(1_000)) == http.HTTPStatus.OK
        if health["calls"] >= FULL or health["dropped"]:
            break
    if not marked:
        post(server.port, deliveries.commits(1_000))
    return curve, asked(server, "/health")["calls"]


class _Pair:
    """Two servers that are measured in turn: one with an empty journal, one with a full."""

    def __init__(self, empty: Server, full: Server) -> None:
        self._empty, self._full = empty, full

    def throughput(self, rounds: int) -> Ratios:
        def rate(server: Server) -> float:
            if server is self._empty:
                asked(server, "/calls", "DELETE")
            return load(server, deliveries.small(), 2).rate

        return self._ratios(rate, rounds)

    def new(self, rounds: int) -> Ratios:
        return self._ratios(lambda server: _waited(server, _new_call), rounds)

    def kept(self, rounds: int) -> Ratios:
        return self._ratios(lambda server: _waited(server, _kept_call), rounds)

    def _ratios(self, figure: Figure, rounds: int) -> Ratios:
        ratios = []
        for number in range(rounds):
            turn = (self._empty, self._full)[:: -1 if number % 2 else 1]
            found = {server: self._alone(server, figure) for server in turn}
            ratios.append(found[self._full] / found[self._empty])
            progress(f"full / empty: {ratios[-1]:.2f}")
        return tuple(ratios)

    def _alone(self, server: Server, figure: Figure) -> float:
        (self._full if server is self._empty else self._empty).pause()
        server.resume()
        return figure(server)


def _waited(server: Server, wait: Figure) -> float:
    """Return the median seconds of up to a hundred waits, within three seconds."""
    until = time.monotonic() + 3
    taken: list[float] = []
    while len(taken) < 100 and (not taken or time.monotonic() < until):  # noqa: PLR2004
        taken.append(wait(server))
    return statistics.median(taken)


def _new_call(server: Server) -> float:
    health = asked(server, "/health")
    post(server.port, deliveries.small())
    after = health["calls"] + health["dropped"]
    return _timed(server, f"operation=invoice_notification&after={after}")


def _kept_call(server: Server) -> float:
    return _timed(server, "operation=events/commits")


def _timed(server: Server, query: str) -> float:
    began = time.perf_counter()
    asked(server, f"/calls/wait?count=1&timeout=5&{query}")
    return time.perf_counter() - began


@contextmanager
def _serving(setting: Setting, delivery: Delivery) -> Iterator[Server]:
    with running(COMMANDS[CBMOCK], setting.folder, delivery) as server:
        yield server
