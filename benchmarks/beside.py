"""Beside the load: what invalid deliveries and idle connections cost the valid ones.

It decides what is done beside the load. It must not know how a load is made.
"""

from __future__ import annotations

import socket
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from benchmarks import deliveries
from benchmarks.deliveries import Delivery
from benchmarks.load import Load, load
from benchmarks.races import alone
from benchmarks.servers import CBMOCK, COMMANDS, Server, running
from benchmarks.study import Found, Rounds, Setting, progress

IDLE = 512
_INVALID = 1 / 12
"""The invalid deliveries, as a share of those of a load that has only valid ones: fewer
valid ones are answered beside them, so that about a tenth of all is invalid."""


def beside(setting: Setting) -> Found:
    """Load one server with and without something beside, in reverse order every round."""
    found = Found()
    large, small = deliveries.large(), deliveries.small()
    with running(COMMANDS[CBMOCK], setting.folder, large) as server:
        for delivery in (large, small):
            alone(server, delivery, 1, setting.rounds.connections)
        if "beside" in setting.wanted:
            _beside_invalid(server, setting.rounds, large, found)
        if "idle" in setting.wanted:
            _beside_idle(server, setting.rounds, small, found)
    return found


def _beside_invalid(
    server: Server, rounds: Rounds, delivery: Delivery, found: Found
) -> None:
    ratios: list[float] = []
    shares: list[float] = []
    for _ in range(rounds.count):
        valid = alone(server, delivery, rounds.seconds, rounds.connections)
        mixed, invalid = _mixed(server, delivery, valid.rate * _INVALID, rounds)
        ratios.append(mixed.p99 / valid.p99)
        shares.append(invalid.requests / (invalid.requests + mixed.requests))
        progress(f"p99 {valid.p99:.1f} ms, beside {shares[-1]:.0%}: {mixed.p99:.1f} ms")
    found.ratios["beside"] = tuple(ratios)
    found.notes["beside"] = f"{statistics.median(shares):.0%} were invalid"


def _mixed(
    server: Server, delivery: Delivery, rate: float, rounds: Rounds
) -> tuple[Load, Load]:
    """Load with valid deliveries, and beside them with `rate` invalid ones per second."""
    count = rounds.connections
    pause = round(1000 * count / rate)
    with ThreadPoolExecutor(1) as other, _resumed(server):
        sent = deliveries.broken(), rounds.seconds, count, pause
        invalid = other.submit(load, server, *sent)
        return load(server, delivery, rounds.seconds, count), invalid.result()


def _beside_idle(
    server: Server, rounds: Rounds, delivery: Delivery, found: Found
) -> None:
    ratios = []
    for _ in range(rounds.count):
        without = alone(server, delivery, rounds.seconds, rounds.connections)
        with _idle(server):
            crowded = alone(server, delivery, rounds.seconds, rounds.connections)
        ratios.append(crowded.rate / without.rate)
        progress(f"{without.rate:,.0f}/s, beside {IDLE}: {crowded.rate:,.0f}/s")
    found.ratios["idle"] = tuple(ratios)


@contextmanager
def _idle(server: Server) -> Iterator[None]:
    """Hold connections open that have had one answer each."""
    with ExitStack() as stack:
        with _resumed(server):
            for _ in range(IDLE):
                held = socket.create_connection(("127.0.0.1", server.port))
                stack.enter_context(held)
                held.sendall(b"GET /idle HTTP/1.1\r\nHost: localhost\r\n\r\n")
                held.recv(65536)
        yield


@contextmanager
def _resumed(server: Server) -> Iterator[None]:
    server.resume()
    try:
        yield
    finally:
        server.pause()
