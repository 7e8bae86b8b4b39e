"""Cost curves: throughput relative to bare uvicorn, by body size and connections."""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from benchmarks import deliveries
from benchmarks.deliveries import Delivery
from benchmarks.races import alone
from benchmarks.servers import CBMOCK, COMMANDS, SMALLEST, UVICORN, Server, running
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
ROWS = {"sizes-1k": 1_000, "sizes-100k": 100_000, "sizes-10m": 10_000_000}
"""The rows of the table, and the size of each."""
LIMITS = {f"{row}-limit": size for row, size in ROWS.items()}
CONNECTIONS = (1, 4, 16, 64, 256)
_ROUNDS = 2

_LONG = 10_000_000


@dataclass(frozen=True)
class Point:
    """One point of a curve: the delivery, the number of connections, and the duration."""

    delivery: Delivery
    connections: int
    seconds: int = 1


def sizes(setting: Setting) -> Found:
    """Load with bodies of 1 KB to 10 MB, over two connections since large ones are slow."""
    points = {
        size: Point(deliveries.commits(size), 2, 1 if size < _LONG else 2)
        for size in SIZES
    }
    rows = {
        row: size for row, size in (ROWS | LIMITS).items() if row in setting.wanted
    }  # the other points are only drawn
    swept = _swept(setting, points, "bytes", frozenset(rows.values()))
    found = Found(figures={"sizes": swept})
    by_size = {point["bytes"]: point for point in swept}
    for row, size in rows.items():
        name = SMALLEST if row in LIMITS else CBMOCK
        found.take(row, lambda: _rounds(by_size[size], name))  # noqa: B023 - at once
    for point in swept:
        point.pop("rounds", None)
    return found


def _rounds(point: dict[str, Any], name: str) -> Ratios:
    """Return a server's ratios at a point, or raise why there are none."""
    if "not_measured" in point:
        raise NotMeasured(point["not_measured"])
    return tuple(point["rounds"][name])


def connections(setting: Setting) -> Found:
    """Load over 1 to 256 connections."""
    points = {count: Point(deliveries.small(), count) for count in CONNECTIONS}
    swept = _swept(setting, points, "connections", frozenset())
    for point in swept:
        point.pop("rounds", None)
    return Found(figures={"connections": swept})


def _swept(
    setting: Setting, points: dict[int, Point], x: str, rows: frozenset[int]
) -> list[dict[str, Any]]:
    """Load the servers in turn at each point; keep the reason if a point fails.

    Those of rows have more rounds, and the smallest program takes part in them.
    """
    first = next(iter(points.values())).delivery
    curve: list[dict[str, Any]] = []
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name in (UVICORN, CBMOCK, SMALLEST)[: 3 if rows else 2]:
            command = running(COMMANDS[name], setting.folder, first)
            servers[name] = stack.enter_context(command)
            servers[name].pause()
        drawn = {name: servers[name] for name in (UVICORN, CBMOCK)}
        for value, point in points.items():
            try:
                if value in rows:
                    found = _point(servers, point, setting.rounds.few)
                else:
                    found = _point(drawn, point, _ROUNDS)
                curve.append({x: value, **found})
            except NotMeasured as reason:
                curve.append({x: value, "not_measured": str(reason)})
            progress(", ".join(f"{name} {each}" for name, each in curve[-1].items()))
    return curve


def _point(servers: dict[str, Server], point: Point, rounds: int) -> dict[str, Any]:
    """Return the ratio of cbmock, and that of each server in each round."""
    rates: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(rounds):
        for name in list(servers)[:: -1 if number % 2 else 1]:
            one = alone(servers[name], point.delivery, point.seconds, point.connections)
            rates[name].append(one.rate)
    ratios = {
        name: [a / b for a, b in zip(found, rates[UVICORN], strict=True)]
        for name, found in rates.items()
        if name != UVICORN
    }
    return {
        "ratio": round(statistics.median(ratios[CBMOCK]), 4),
        "rate": round(statistics.median(rates[CBMOCK]), 1),
        "rounds": ratios,
    }
