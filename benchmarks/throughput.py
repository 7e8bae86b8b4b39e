"""Throughput: cbmock compared with bare uvicorn, the smallest program, and its peers.

It decides which servers a row needs. It must not know how a server is loaded.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

from benchmarks import deliveries, documents
from benchmarks.load import Load
from benchmarks.races import Race, Runner, race
from benchmarks.servers import (
    BYTES,
    CBMOCK,
    COMMANDS,
    FASTIFY,
    PRISM,
    PROGRAMS,
    SMALLEST,
    UVICORN,
    WIREMOCK,
    Command,
    Place,
    cbmock,
    cores,
    pinned,
)
from benchmarks.study import Found, Setting

BROKEN = "cbmock serve, invalid"
MANY = "cbmock serve, many operations"
BROKEN_LIMIT, MANY_LIMIT = f"{SMALLEST}, invalid", f"{SMALLEST}, many operations"
_FAR = frozenset({SMALLEST, BYTES, PRISM, WIREMOCK})
"""What is compared without a target, or is far from it in every round."""
OPERATIONS = 200
COUNTS = (1, 10, 100, 1_000, 10_000)


def _rate(load: Load) -> float:
    return load.rate


def _p99(load: Load) -> float:
    return load.p99


def _longest(load: Load) -> float:
    return load.longest


# By the row's name without its body: two runners, and the figure that is compared.
_ROWS: dict[str, tuple[str, str, Callable[[Load], float]]] = {
    "{}": (CBMOCK, UVICORN, _rate),
    "{}-limit": (SMALLEST, UVICORN, _rate),
    "{}-bytes": (BYTES, UVICORN, _rate),
    "{}-p99": (CBMOCK, UVICORN, _p99),
    "{}-longest": (CBMOCK, UVICORN, _longest),
    "prism-{}": (CBMOCK, PRISM, _rate),
    "wiremock-{}": (CBMOCK, WIREMOCK, _rate),
    "fastify-{}": (CBMOCK, FASTIFY, _rate),
}
# By the body: the rows that it alone has.
_FURTHER = {
    "small": {"fastify-small-limit": (SMALLEST, FASTIFY, _rate)},
    "large": {
        "broken": (CBMOCK, BROKEN, _rate),
        "broken-limit": (SMALLEST, BROKEN_LIMIT, _rate),
        "many": (MANY, CBMOCK, _rate),
        "many-limit": (MANY_LIMIT, SMALLEST, _rate),
    },
}


def small(setting: Setting) -> Found:
    """Race with the invoice callback."""
    return _raced(setting, "small", deliveries.small())


def own(setting: Setting) -> Found:
    """Race with the invoice callback, each to a URL of its own, as APIs send them."""
    few = replace(setting.rounds, count=setting.rounds.few)
    return _raced(replace(setting, rounds=few), "own", deliveries.own())


def signed(setting: Setting) -> Found:
    """Race with the signed and checked invoice callback, against the unsigned one."""
    runners = {CBMOCK: Runner(COMMANDS[CBMOCK], deliveries.small())}
    rows = {"signed": "standard-webhooks", "signed-github": "github"}
    for row, scheme in rows.items():
        config = setting.folder / f"{scheme}.toml"
        # One request is sent repeatedly: its timestamp must stay fresh enough, and the
        # repetition must not be a violation.
        config.write_text(
            f'[operations."*"]\nsecret = "{deliveries.SECRET}"\n'
            f'signature = {{scheme = "{scheme}", tolerance = 86400}}\n'
            "conduct = {redelivers = true}\n"
        )
        runners[row] = Runner(_signed(config.name), deliveries.signed(scheme))
    found = race(runners, setting.rounds, setting.folder)
    result = Found(figures={"signed": found.record()})
    for row in rows:
        result.take(row, lambda: found.ratios(row, CBMOCK))  # noqa: B023 - at once
    return result


def _signed(config: str) -> Callable[[Place], Command]:
    return lambda at: cbmock(
        at.folder / "deliveries.json", at.port, "--config", str(at.folder / config)
    )


def large(setting: Setting) -> Found:
    """Race with the 10 KB delivery, an invalid one, and those to many operations."""
    spec = setting.folder / "events.json"
    spec.write_text(documents.written(documents.events(OPERATIONS)))
    found = _raced(setting, "large", deliveries.large())
    if "large-alone" in setting.wanted:
        _alone(setting, deliveries.large(), found)
    return found


def _alone(setting: Setting, delivery: deliveries.Delivery, found: Found) -> None:
    """Compare bare uvicorn with the parts of a delivery that are not a server's."""
    bare = found.figures["large"].get(UVICORN)
    if bare is None:
        found.why["large-alone"] = "bare uvicorn was not measured"
        return
    program = [sys.executable, str(PROGRAMS / "alone.py")]
    schema = str(setting.folder / "push.json")
    command = [*pinned(cores()[0]), *program, str(setting.rounds.count), schema]
    try:
        output = subprocess.check_output(command, input=delivery.request)
    except subprocess.SubprocessError as error:
        found.why["large-alone"] = f"alone.py failed: {error}"
        return
    rounds = json.loads(output)
    ratios = (1e6 / sum(each.values()) / bare["rate"] for each in rounds)
    found.ratios["large-alone"] = tuple(ratios)
    medians = {
        name: statistics.median(each[name] for each in rounds) for name in rounds[0]
    }
    found.notes["large-alone"] = ", ".join(
        f"{name} {value:.1f} µs" for name, value in medians.items()
    )


def _raced(setting: Setting, body: str, delivery: deliveries.Delivery) -> Found:
    rows = {row.format(body): each for row, each in _ROWS.items()}
    rows |= _FURTHER.get(body, {})
    wanted = setting.wanted
    if "large-alone" in wanted:
        wanted |= {"large"}
    rows = {row: each for row, each in rows.items() if row in wanted}
    broken, many = deliveries.broken(), deliveries.of_many(OPERATIONS)
    special = {
        BROKEN: Runner(COMMANDS[CBMOCK], broken, far=True),
        BROKEN_LIMIT: Runner(COMMANDS[SMALLEST], broken, far=True),
        MANY: Runner(_serving("events.json"), many, warm=3),
        MANY_LIMIT: Runner(COMMANDS[SMALLEST], many, far=True),
    }
    runners = {}
    for name in dict.fromkeys(name for row in rows.values() for name in row[:2]):
        runners[name] = special.get(name) or Runner(
            COMMANDS[name], delivery, far=name in _FAR
        )
    # Other machines' noise comes in bursts of seconds: many short loads see less of it.
    rounds = replace(setting.rounds, count=2 * setting.rounds.count)
    found = race(runners, rounds, setting.folder)
    result = Found(figures={body: found.record()})
    for row, (one, other, figure) in rows.items():
        result.take(row, lambda: found.ratios(one, other, figure))  # noqa: B023 - at once
    return result


def operations(setting: Setting) -> Found:
    """Race documents with 1 to 10,000 operations; the last operation is called."""
    runners = {}
    for count in COUNTS:
        spec = setting.folder / f"{count}.json"
        spec.write_text(documents.written(documents.operations(count)))
        only_drawn = count not in {COUNTS[0], COUNTS[-1]}
        sent = deliveries.event(count - 1)
        runners[str(count)] = Runner(_serving(spec.name), sent, far=only_drawn)
    found = race(runners, setting.rounds, setting.folder)
    result = Found(figures={"operations": _curve(found)})
    result.take("operations", lambda: found.ratios(str(COUNTS[-1]), "1"))
    return result


def _serving(name: str) -> Callable[[Place], Command]:
    return lambda at: cbmock(at.folder / name, at.port)


def _curve(found: Race) -> list[dict[str, float]]:
    """Return the median ratio to one operation, by the number of operations."""
    return [
        {"operations": count, "ratio": found.median(str(count), "1")}
        for count in COUNTS
        if "1" not in found.out and str(count) not in found.out
    ]
