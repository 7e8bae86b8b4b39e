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
_MOST, _FEW = 16, 4
"""The connections of a load, and of the one beside it."""
_TRIALS = 3
"""The rounds that only say how long the load beside must pause."""


def beside(setting: Setting) -> Found:
    """Load one server with and without something beside, in reverse order every round."""
    found = Found()
    large, small = deliveries.large(), deliveries.small()
    with running(COMMANDS[CBMOCK], setting.folder, large) as server:
        for delivery in (large, small):
            alone(server, delivery, 1, setting.rounds.connections)
        if "beside" in setting.wanted:
            _beside_invalid(server, setting.rounds, found)
        if "idle" in setting.wanted:
            _beside_idle(server, setting.rounds, small, found)
    return found


def _beside_invalid(server: Server, rounds: Rounds, found: Found) -> None:
    """Let a few connections send invalid deliveries, or valid ones like all others.

    They pause so long that a tenth of all deliveries is theirs: each round says by how
    much the pause before was wrong.
    """
    valid, invalid = deliveries.large(), deliveries.broken()
    ratios: list[float] = []
    shares: list[float] = []
    pause = 0.0
    for number in range(-_TRIALS, rounds.count):
        loads = {}
        for other in (valid, invalid)[:: -1 if number % 2 else 1]:
            loads[other.valid] = _both(server, valid, other, rounds.seconds, pause)
        (alone, _), (mixed, refused) = loads[True], loads[False]
        share = refused.requests / (refused.requests + mixed.requests)
        progress(f"p99 {alone.p99:.1f} ms, beside {share:.1%}: {mixed.p99:.1f} ms")
        wrong = _FEW * 1e3 * (9 / mixed.rate - 1 / refused.rate)
        # The half, since a round is not like the next; each sends twenty at least.
        pause = min(max(pause + wrong / 2, 0), rounds.seconds * 1e3 / 20)
        if number >= 0:
            ratios.append(mixed.p99 / alone.p99)
            shares.append(share)
    found.ratios["beside"] = tuple(ratios)
    found.notes["beside"] = f"{statistics.median(shares):.1%} were invalid"


def _both(
    server: Server, one: Delivery, other: Delivery, seconds: int, pause: float
) -> tuple[Load, Load]:
    """Load over most connections with one delivery, and over a few with the other."""
    with ThreadPoolExecutor(1) as beside, _resumed(server):
        few = beside.submit(load, server, other, seconds, _FEW, pause)
        return load(server, one, seconds, _MOST), few.result()


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
