"""Races: servers loaded in turn, round after round, of which only ratios are used.

It decides in which order servers are loaded and what a ratio is. It must not know what the
servers are.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.deliveries import Delivery
from benchmarks.load import Load, load
from benchmarks.servers import Command, Place, Server, running
from benchmarks.study import NotMeasured, Rounds, progress
from benchmarks.targets import Ratios


@dataclass(frozen=True)
class Runner:
    """A server that takes part: its command, and the delivery that it receives.

    It is loaded for `warm` seconds first, so that it has compiled what it needs; one that
    keeps calls on the disk need not be: it would only keep more. One that
    is `far` takes part in every second round only: its ratios have no target, or are far
    from it in every round.
    """

    command: Callable[[Place], Command]
    delivery: Delivery
    warm: int = 1
    far: bool = False


@dataclass(frozen=True)
class Race:
    """The loads by runner and round, and the reasons why runners dropped out."""

    loads: dict[str, dict[int, Load]] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def dropping(self, name: str) -> Iterator[None]:
        """Record why a runner drops out, if it does."""
        try:
            yield
        except NotMeasured as reason:
            self.out[name] = str(reason)
            progress(f"{name} drops out: {reason}")

    def ratios(
        self, one: str, other: str, of: Callable[[Load], float] = lambda load: load.rate
    ) -> Ratios:
        """Return a runner's figure divided by another's, for each round that both ran."""
        for name in (one, other):
            if name in self.out:
                raise NotMeasured(f"{name}: {self.out[name]}")
        mine, its = self.loads[one], self.loads[other]
        return tuple(of(mine[at]) / of(its[at]) for at in mine if at in its)

    def median(self, one: str, other: str) -> float:
        """Return the median ratio of two runners' requests per second."""
        return statistics.median(self.ratios(one, other))

    def record(self) -> dict[str, Any]:
        """Return the medians of each runner: requests per second, milliseconds."""
        return {
            name: {
                each: round(
                    statistics.median(getattr(one, each) for one in loads.values()), 3
                )
                for each in ("rate", "p50", "p99", "longest")
            }
            for name, loads in self.loads.items()
        }


def race(runners: dict[str, Runner], rounds: Rounds, folder: Path) -> Race:
    """Start all, warm each up, then load them in turn, in one order or the reverse."""
    found = Race()
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name, each in runners.items():
            with found.dropping(name):
                command = running(each.command, folder, each.delivery)
                servers[name] = stack.enter_context(command)
                if each.warm:
                    alone(servers[name], each.delivery, each.warm, rounds.connections)
                else:
                    servers[name].pause()
        for number in range(rounds.count):
            for name in list(servers)[:: _order(number)]:
                if name in found.out or (runners[name].far and number % 2):
                    continue
                with found.dropping(name):
                    sent = runners[name].delivery
                    one = alone(servers[name], sent, rounds.seconds, rounds.connections)
                    found.loads.setdefault(name, {})[number] = one
                    progress(f"{name}: {one.rate:,.0f}/s, p99 {one.p99:.1f} ms")
    return found


def _order(number: int) -> int:
    """Return 1 or -1: over all rounds, and over every second one, each as often."""
    return -1 if (number + 1) // 2 % 2 else 1


def alone(server: Server, delivery: Delivery, seconds: int, connections: int) -> Load:
    """Load a server that is paused before and after."""
    server.resume()
    try:
        return load(server, delivery, seconds, connections)
    finally:
        server.pause()
