"""Finding failures of a target: by atheris if it is installed, else by hypothesis.

It decides how often a target is run and how a failure is reported. It must not know targets.
"""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fuzz.mutations import mutated
from fuzz.targets import TARGETS

SECONDS = 5
"""The maximum time of one input."""
_ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 3600


class Harmed(Exception):
    """A target failed; the message says how."""


def has_atheris() -> bool:
    """Return whether atheris can be used."""
    return importlib.util.find_spec("atheris") is not None


def find(name: str, runs: int, seed: int) -> None:
    """Run a target `runs` times; raises `Harmed` at the first failure."""
    if has_atheris():
        _by_coverage(name, runs, seed)
    else:
        by_chance(name, runs, seed)


def by_chance(name: str, runs: int, seed: int) -> None:
    """Run a target on mutated seeds; hypothesis shrinks the input of a failure."""
    target = TARGETS[name]

    @settings(
        max_examples=runs,
        deadline=1000 * SECONDS,
        database=None,
        derandomize=seed == 0,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32), st.sampled_from(target.seeds), st.binary(max_size=8))
    def run(number: int, text: bytes, more: bytes) -> None:
        target(mutated(random.Random(number + seed), text) + more)

    try:
        run()
    except Exception as error:
        raise Harmed(f"{name}: {error!r}") from error


def for_seconds(name: str, seconds: float, seed: int) -> int:
    """Run a target on mutated seeds for some seconds; return how often it ran.

    The same seed gives the same inputs, in the same order, however many there are.
    """
    target, chance, runs = TARGETS[name], random.Random(f"{name} {seed}"), 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(chance, chance.choice(target.seeds))
        try:
            target(data)
        except Exception as error:
            raise Harmed(f"{name}: {error!r}: {data!r}") from error
        runs += 1
    return runs


def _by_coverage(name: str, runs: int, seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="cbmock-fuzz-") as folder:
        for number, text in enumerate(TARGETS[name].seeds):
            (Path(folder) / str(number)).write_bytes(text)
        command = [sys.executable, str(Path(__file__).parent), "--guided", name]
        options = [f"-runs={runs}", f"-seed={seed + 1}", f"-timeout={SECONDS}"]
        limits = [
            "-rss_limit_mb=1024",
            f"-artifact_prefix={folder}/harm-",
            "-max_len=4096",
        ]
        try:
            done = subprocess.run(
                [*command, *options, *limits, folder],
                cwd=_ROOT,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Harmed(f"{name}: it did not end") from None
        if done.returncode:
            harm = [each.read_bytes() for each in Path(folder).glob("harm-*")]
            raise Harmed(
                f"{name}: {harm!r}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )
