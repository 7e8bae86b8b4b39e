"""The other direction: deliveries that cbmock fires at a receiver, and tests it with.

It decides which receivers are tested, and what the figures are compared with. Cases are
compared by processor time, since one of the programs may wait for the other's receiver.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import deliveries, documents
from benchmarks.servers import (
    PEERS,
    PROGRAMS,
    Server,
    cores,
    environment,
    pinned,
    running,
    uvicorn,
)
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

RATE, TIMES = 5000, 10_000
LATEST, LONGEST = 5.0, 10.0
CASES = 500
_OPERATION = "new-subscription"
_SUBSCRIPTIONS = documents.ROOT / "samples" / "subscriptions" / "openapi.json"
_BUGGY = documents.ROOT / "samples" / "receiver"
_PATIENCE = 300
_LONG_ROUNDS = 2
"""The most rounds that take ten seconds each; they differ by few percent."""
_LATE = re.compile(r"(\d+) a second; 99 % at most ([\d.]+) ms late")

_FIND_BUGS = """
import sys, time
from test_receiver import BUGS, failures
began = time.perf_counter()
wrong = [str(bug) for bug in (None, *BUGS) if bool(failures(bug)) is (bug is None)]
print(len(BUGS), time.perf_counter() - began, *wrong)
"""


def receiving(setting: Setting) -> Found:
    """Measure the pace of `fire`, the planted bugs that `test` finds, and its cases a second."""
    document = json.loads(_SUBSCRIPTIONS.read_bytes())
    webhooks = {_OPERATION: document["webhooks"][_OPERATION]}
    hooks = {**document, "paths": {}, "webhooks": webhooks}
    paths = {**hooks, "paths": {f"/{name}": each for name, each in webhooks.items()}}
    del paths["webhooks"]
    for name, each in (("fired.json", hooks), ("fired-paths.json", paths)):
        (setting.folder / name).write_text(documents.written(each))
    found = Found(figures={"receiving": {}})
    for name, measure in _MEASURES.items():
        if name in setting.wanted:
            found.take(name, lambda m=measure, n=name: m(setting, found, n))  # type: ignore[misc]
    return found


def _receiver(setting: Setting) -> Any:
    return running(lambda at: uvicorn(at.port), setting.folder, deliveries.small())


def _late(setting: Setting, found: Found, name: str) -> Ratios:
    """Return the p99 of the lateness by 5 ms, of each round."""
    with _receiver(setting) as server:
        rounds = [_late_once(setting, server) for _ in range(setting.rounds.few)]
    found.figures["receiving"][name] = rounds
    return tuple(each / LATEST for each in rounds)


def _late_once(setting: Setting, server: Server) -> float:
    command = [sys.executable, "-m", "cbmock", "fire"]
    to = f"http://127.0.0.1:{server.port}"
    signed = ["--signature", "standard-webhooks", "--secret", deliveries.SECRET]
    many = ["--times", str(TIMES), "--rate", str(RATE)]
    fired = [str(setting.folder / "fired.json"), _OPERATION, "--to", to]
    said = _run([*pinned(cores()[1]), *command, *fired, *many, *signed]).stderr
    match = _LATE.search(said)
    if match is None:
        raise NotMeasured(f"`cbmock fire` said: {said[-300:]}")
    reached, late = int(match[1]), float(match[2])
    progress(f"{reached} a second, p99 {late} ms late")
    if reached < 0.98 * RATE:
        raise NotMeasured(f"only {reached} a second were sent: the machine is busy")
    return late


def _bugs(setting: Setting, found: Found, name: str) -> Ratios:
    """Return the seconds to find every planted bug, and none without one, by 10 s."""
    rounds = []
    for _ in range(min(setting.rounds.few, _LONG_ROUNDS)):
        said = _run([sys.executable, "-c", _FIND_BUGS], _BUGGY).stdout.split()
        if not said or said[2:]:
            raise NotMeasured(f"a bug was not found, or one that is not there: {said}")
        rounds.append(float(said[1]))
        found.notes[name] = f"{said[0]} bugs"
    return tuple(each / LONGEST for each in rounds)


def _cases(setting: Setting, found: Found, name: str) -> Ratios:
    """Return the cases a second by those of schemathesis, on the same receiver."""
    if name == "cases":
        return _cases_at(setting, found, name, "-")
    with _receiver(setting) as server:
        return _cases_at(setting, found, name, f"http://127.0.0.1:{server.port}")


def _cases_at(setting: Setting, found: Found, name: str, url: str) -> Ratios:
    peer = PEERS.parent / "schemathesis" / "bin" / "python"
    if not peer.exists():
        raise NotMeasured("schemathesis is missing: make bench-peers")
    rates = []
    for _ in range(setting.rounds.few):
        own = _rate(
            sys.executable, "cbmock_cases.py", setting.folder / "fired.json", url
        )
        paths = setting.folder / "fired-paths.json"
        other = _rate(str(peer), "schemathesis_cases.py", paths, url)
        progress(f"{own:.0f} cases a second, schemathesis {other:.0f}")
        found.notes[name] = f"{own:.0f} a second"
        rates.append(own / other)
    return tuple(rates)


def _rate(python: str, program: str, document: Path, url: str) -> float:
    to = f"{url}/{_OPERATION}" if program.startswith("cbmock") and url != "-" else url
    command = [python, program, str(document), to, str(CASES)]
    said = json.loads(_run(command, PROGRAMS).stdout.splitlines()[-1])
    rate: float = said["cases"] / said["seconds"]
    return rate


def _run(
    command: Sequence[str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
        env=environment(),
    )
    if done.returncode:
        took = time.monotonic() - began
        said = (done.stderr or done.stdout)[-300:]
        raise NotMeasured(f"{command[1]} ended after {took:.0f} s: {said}")
    return done


_MEASURES: dict[str, Callable[[Setting, Found, str], Ratios]] = {
    "fire-late": _late,
    "bugs": _bugs,
    "cases": _cases,
    "cases-http": _cases,
}
