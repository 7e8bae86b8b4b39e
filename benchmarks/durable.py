"""The cost of keeping calls: journals in databases compared with the one in memory.

It uses running servers only. It must not know how calls are stored.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from benchmarks import deliveries
from benchmarks.deliveries import Delivery
from benchmarks.load import load
from benchmarks.servers import CBMOCK, COMMANDS, Command, Place, Server, cbmock, running
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

_DELIVERIES = {"small": deliveries.small, "large": deliveries.large}
_SERVER = "CBMOCK_POSTGRESQL"


def durable(setting: Setting) -> Found:
    """Load servers in turn: with calls in memory, in SQLite and in PostgreSQL."""
    result = Found()
    for engine, find in (("sqlite", _sqlite), ("postgresql", _postgresql)):
        for size, delivery in _DELIVERIES.items():
            name = f"{engine}-{size}"
            if name in setting.wanted:
                result.take(name, lambda: _race(setting, delivery(), find))  # noqa: B023 - at once
    return result


def _sqlite(setting: Setting) -> str:
    return f"sqlite:///{setting.folder / 'calls.db'}"


def _postgresql(_setting: Setting) -> str:
    url = os.environ.get(_SERVER)
    if not url:
        raise NotMeasured(f"{_SERVER} is not set: a URL of an empty database")
    return url


def _race(
    setting: Setting, delivery: Delivery, find: Callable[[Setting], str]
) -> Ratios:
    url, ratios = find(setting), []

    def command(at: Place) -> Command:
        return cbmock(at.folder / "deliveries.json", at.port, "--journal", url)

    with (
        running(COMMANDS[CBMOCK], setting.folder, delivery) as memory,
        running(command, setting.folder, delivery) as lasting,
    ):
        for number in range(setting.rounds.count):
            turn = (memory, lasting)[:: -1 if number % 2 else 1]
            rates = {each: _alone(each, turn, delivery, setting) for each in turn}
            ratios.append(rates[lasting] / rates[memory])
            progress(f"{rates[lasting]:,.0f}/s, in memory {rates[memory]:,.0f}/s")
    return tuple(ratios)


def _alone(
    server: Server, both: tuple[Server, ...], delivery: Delivery, setting: Setting
) -> float:
    for each in both:
        each.pause()
    server.resume()
    rounds = setting.rounds
    return load(server, delivery, rounds.seconds, rounds.connections).rate
