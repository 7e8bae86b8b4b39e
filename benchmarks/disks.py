"""How close group commit comes to the limit of the disk, also of one that is slower.

An answer waits for the disk, and each connection for an answer: so many calls a second are
possible as there are connections, times the writes of the disk. It must not know how calls
are stored.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import deliveries
from benchmarks.durable import ENGINES, journal_url, keeping
from benchmarks.load import load
from benchmarks.servers import (
    PROGRAMS,
    Command,
    Place,
    cores,
    needed,
    pinned,
    running,
)
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

_BLOCK, _BLOCKS = bytes(4096), 1000
_DISKS = {"disk": 0.0, "slow": 0.004}
"""How many seconds longer each write of the disk takes."""
_SECONDS = 0.4

ROWS = {f"{e}-{d}{limit}" for e in ENGINES for d in _DISKS for limit in ("", "-limit")}


def disks(setting: Setting) -> Found:
    """Compare the rate with one commit for all connections at each write of the disk."""
    result = Found()
    for engine in ENGINES:
        for disk, slower in _DISKS.items():
            names = (f"{engine}-{disk}", f"{engine}-{disk}-limit")
            wanted = setting.wanted.intersection(names)
            if not wanted:
                continue
            try:
                found = dict(
                    zip(names, _compared(setting, engine, slower), strict=True)
                )
            except NotMeasured as reason:
                result.why.update(dict.fromkeys(wanted, str(reason)))
            else:
                result.ratios.update({each: found[each] for each in wanted})
    return result


def _compared(setting: Setting, engine: str, slower: float) -> tuple[Ratios, Ratios]:
    """Return the calls a second by their limit, and the commits of the smallest program."""
    delivery, rounds, folder = deliveries.small(), setting.rounds, setting.folder
    url, before = _slowed(journal_url(setting, engine), slower, folder)
    program = [*before, sys.executable, str(PROGRAMS / "commits.py")]
    program += [url.replace("calls.db", "commits.db"), str(_SECONDS)]
    calls, commits = [], []

    def command(at: Place) -> Command:
        return [*before, *keeping(url)(at)]

    with running(command, folder, delivery) as server:
        for _ in range(rounds.few):
            server.pause()
            writes, alone = _writes(folder, slower), _commits(program)
            server.resume()
            rate = load(server, delivery, rounds.seconds, rounds.connections).rate
            calls.append(rate / (writes * rounds.connections))
            commits.append(alone / writes)
            progress(
                f"{rate:,.0f} calls/s, {alone:,.0f} commits/s alone, "
                f"the disk writes {writes:,.0f} times/s"
            )
    return tuple(calls), tuple(commits)


def _slowed(url: str, slower: float, folder: Path) -> tuple[str, Command]:
    """Return a URL, and what is put before a command, so that each sync takes longer."""
    if not slower:
        return url, []
    if url.startswith("sqlite"):
        return url, ["env", f"LD_PRELOAD={_slow_disk(slower, folder)}"]
    delay = f"-c%20commit_delay%3D{slower * 1e6:.0f}%20-c%20commit_siblings%3D0"
    return f"{url}{'&' if '?' in url else '?'}options={delay}", []


def _slow_disk(slower: float, folder: Path) -> Path:
    """Return a library for programs whose syncs shall take longer."""
    compiler, library = needed("cc", "apt-get install gcc"), folder / "slow_disk.so"
    source = str(PROGRAMS / "slow_disk.c")
    command = [compiler, "-shared", "-fPIC", f"-DSLOWER={slower * 1e9:.0f}", source]
    try:
        subprocess.run([*command, "-o", str(library), "-ldl"], check=True)
    except subprocess.SubprocessError as error:
        raise NotMeasured(f"cc failed: {error}") from None
    return library


def _writes(folder: Path, slower: float) -> float:
    """Return how often a second the disk writes a block and says that it is kept.

    The blocks are there before, as those of a database's log, which is used again.
    """
    with (folder / "writes").open("wb", buffering=0) as file:
        file.write(_BLOCK * _BLOCKS)
        os.fsync(file.fileno())
        count, began = 0, time.perf_counter()
        while (taken := time.perf_counter() - began) < _SECONDS:
            file.seek(count % _BLOCKS * len(_BLOCK))
            file.write(_BLOCK)
            os.fdatasync(file.fileno())
            if slower:
                time.sleep(slower)
            count += 1
    return count / taken


def _commits(program: Command) -> float:
    """Return how often a second the smallest program commits a row."""
    core, _ = cores()
    try:
        return float(subprocess.check_output([*pinned(core), *program], text=True))
    except subprocess.SubprocessError as error:
        raise NotMeasured(f"the smallest program failed: {error}") from None
