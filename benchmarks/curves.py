"""Cost curves: throughput relative to bare uvicorn, by body size and connections."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from benchmarks import deliveries
from benchmarks.deliveries import Delivery
from benchmarks.races import alone
from benchmarks.servers import CBMOCK, COMMANDS, UVICORN, Server, running
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
ROWS = {"sizes-1k": 1_000, "sizes-100k": 100_000, "sizes-10m": 10_000_000}
"""The rows of the table, and the size of each."""
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
    rounds = {
        size: setting.rounds.few
        for row, size in ROWS.items()
        if row in setting.wanted  # the other points are only drawn
    }
    swept = _swept(setting, points, "bytes", rounds)
    found = Found(figures={"sizes": swept})
    by_size = {point["bytes"]: point for point in swept}
    for row in setting.wanted & ROWS.keys():
        found.take(row, lambda: _rounds(by_size[ROWS[row]]))  # noqa: B023 - at once
    return found


def _rounds(point: dict[str, Any]) -> Ratios:
    """Take the ratios of the rounds out of a point, or raise why there are none."""
    if "not_measured" in point:
        raise NotMeasured(point["not_measured"])
    return tuple(point.pop("rounds"))


def connections(setting: Setting) -> Found:
    """Load over 1 to 256 connections."""
    points = {count: Point(deliveries.small(), count) for count in CONNECTIONS}
    return Found(figures={"connections": _swept(setting, points, "connections", {})})


def _swept(
    setting: Setting, points: dict[int, Point], x: str, rounds: dict[int, int]
) -> list[dict[str, Any]]:
    """Load both servers in turn at each point; keep the reason if a point fails."""
    first = next(iter(points.values())).delivery
    curve: list[dict[str, Any]] = []
    with (
        running(COMMANDS[UVICORN], setting.folder, first) as bare,
        running(COMMANDS[CBMOCK], setting.folder, first) as cbmock,
    ):
        bare.pause()
        cbmock.pause()
        for value, point in points.items():
            try:
                often = rounds.get(value, _ROUNDS)
                curve.append({x: value, **_point(bare, cbmock, point, often)})
            except NotMeasured as reason:
                curve.append({x: value, "not_measured": str(reason)})
            progress(", ".join(f"{name} {each}" for name, each in curve[-1].items()))
    return curve


def _point(bare: Server, cbmock: Server, point: Point, rounds: int) -> dict[str, Any]:
    rates: dict[Server, list[float]] = {bare: [], cbmock: []}
    for number in range(rounds):
        for server in (bare, cbmock)[:: -1 if number % 2 else 1]:
            one = alone(server, point.delivery, point.seconds, point.connections)
            rates[server].append(one.rate)
    ratios = [a / b for a, b in zip(rates[cbmock], rates[bare], strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 4),
        "rounds": ratios,
        "rate": round(statistics.median(rates[cbmock]), 1),
    }
