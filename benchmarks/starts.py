"""Starts: the time from the start of the process to the first answered call, or to its end.

It decides what is timed and what it is compared with. No process is pinned to a core, as on
users' machines. A command that ends is measured by its processor time.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import deliveries, documents
from benchmarks.deliveries import Delivery
from benchmarks.servers import (
    COMMANDS,
    SMALLEST,
    UVICORN,
    Command,
    Place,
    Server,
    cbmock,
    environment,
    free_port,
)
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

Timed = Callable[[], float]

_JSON = "import json; document = json.load(open(sys.argv[1], 'rb'))"
_YAML = "import yaml; document = yaml.load(open(sys.argv[1], 'rb'), yaml.CSafeLoader)"

_FAR = frozenset({"start-limit", "start-large-limit", "start-yaml"})
"""The rows without a target, or far from it in every round."""


def starts(setting: Setting) -> Found:
    """Time `cbmock serve` with a small document, and with 12 MB of JSON and of YAML.

    Also `cbmock lint` of that JSON.
    """
    folder, wanted = setting.folder, setting.wanted
    result = Found(figures={"starts": {}})
    seconds = result.figures["starts"]

    def kept(name: str, timed: Timed, against: Timed) -> None:
        if name in wanted:
            kept_here = seconds.setdefault(name, [])
            rounds = setting.rounds.few if name in _FAR else setting.rounds.count
            result.take(name, lambda: _ratios(timed, against, rounds, kept_here))

    small, large = deliveries.small(), deliveries.large()

    def hello() -> float:
        return _start(COMMANDS[UVICORN], folder, small)

    def smallest() -> float:
        return _start(COMMANDS[SMALLEST], folder, small)

    def serve(spec: Path, delivery: Delivery) -> Timed:
        return lambda: _start(lambda at: cbmock(spec, at.port), folder, delivery)

    kept("start", serve(documents.INVOICES, small), hello)
    kept("start-limit", smallest, hello)
    if wanted & {"start-large", "start-large-limit", "start-yaml", "lint"}:
        document = documents.large()
        json_, yaml_ = folder / "large.json", folder / "large.yaml"
        json_.write_text(documents.written(document))
        yaml_.write_text(documents.as_yaml(document))
        kept("start-large", serve(json_, large), lambda: _read(_JSON, json_) + hello())
        kept(
            "start-large-limit",
            lambda: _start(
                lambda at: [*COMMANDS[SMALLEST](at), str(json_)], folder, small
            ),
            lambda: _read(_JSON, json_) + hello(),
        )
        kept("start-yaml", serve(yaml_, large), lambda: _read(_YAML, yaml_))
        used = "process_time"
        kept("lint", lambda: _lint(json_), lambda: _read(_JSON, json_, clock=used))
    return result


def _ratios(
    timed: Timed, against: Timed, rounds: int, seconds: list[dict[str, float]]
) -> Ratios:
    """Time both in turn, in reverse order each round."""
    for number in range(rounds):
        pair = {"one": timed, "other": against}
        turn = list(pair)[:: -1 if number % 2 else 1]
        found = {name: pair[name]() for name in turn}
        seconds.append({"cbmock": found["one"], "against": found["other"]})
        progress(f"{found['one']:.3f} s against {found['other']:.3f} s")
    return tuple(each["cbmock"] / each["against"] for each in seconds)


def _start(
    command: Callable[[Place], Command], folder: Path, delivery: Delivery
) -> float:
    port = free_port()
    began = time.perf_counter()
    server = Server(command(Place(port, folder)), port, folder)
    try:
        server.answers(delivery)
        return time.perf_counter() - began
    finally:
        server.end()


def _lint(document: Path) -> float:
    """Return the processor time of `cbmock lint`, from its start to its end."""
    began = _used_by_children()
    command = [sys.executable, "-m", "cbmock", "lint", str(document)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment()
    )
    if done.returncode:
        raise NotMeasured(f"lint failed: {(done.stdout + done.stderr)[-300:]}")
    return _used_by_children() - began


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read(program: str, path: Path, *, clock: str = "perf_counter") -> float:
    """Return the seconds that only reading takes, in a new interpreter."""
    imports, _, reading = program.partition("; ")
    timed = f"began = time.{clock}(); {reading}; print(time.{clock}() - began)"
    command = [sys.executable, "-c", f"import sys, time; {imports}; {timed}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(done.stderr.strip().rpartition("\n")[2])
    return float(done.stdout)
