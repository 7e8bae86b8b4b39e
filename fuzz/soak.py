"""Soak: half of a server's full load, for an hour: `python -m fuzz.soak --seconds 3600`.

It decides the load, and writes the curves of memory and latency as SVG. A failed request,
memory that grows, or a traceback ends it with exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fuzz import seeds, stream
from fuzz.finding import Harmed
from fuzz.memory import resident

_FULL = 3.0
"""Seconds at full load, to measure the rate of which half is used."""
_SAMPLES = 120
_TELLING = 10
_GROWTH = 1.25
"""How many times the memory after a quarter of the time is allowed at the end."""
_KEPT = 1.5
"""How much memory a call in the journal may take, as a multiple of its bytes."""
_MIB = 2**20
_HEALTH = (
    b"GET /_cbmock/api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
)
_PATIENCE = 30
_FEW = 4


@dataclass(frozen=True)
class Sample:
    """The figures at one moment: seconds, MiB, milliseconds, requests, calls kept."""

    at: float
    memory: int
    median: float
    p99: float
    requests: int
    kept: int

    @property
    def summary(self) -> str:
        """The figures as a line."""
        return (
            f"{self.at:.0f} s: {self.requests} requests, {self.kept} kept, "
            f"{self.memory} MB, median {self.median:.1f} ms, p99 {self.p99:.1f} ms"
        )


class Load:
    """Requests over connections that stay open; keeps how long each took."""

    def __init__(self, port: int) -> None:
        """Use the first valid request of the seeds."""
        self._port = port
        self._request = next(filter(_is_good, seeds.requests()))
        self.took: list[float] = []

    async def run(self, connections: int, end: float, gap: float) -> None:
        """Send on each connection one request every `gap` seconds, until `end`."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(connections):
                first = gap * number / connections
                tasks.create_task(self._talk(first, end, gap))

    async def _talk(self, first: float, end: float, gap: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await self._ask(reader, writer, time.monotonic() + first, end, gap)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        due: float,
        end: float,
        gap: float,
    ) -> None:
        while due < end:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            began = time.monotonic()
            writer.write(self._request)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE)
            if not head.startswith(b"HTTP/1.1 2"):
                raise Harmed(f"it answered {head!r}")
            self.took.append(time.monotonic() - began)
            due = max(due + gap, began)


def _is_good(request: bytes) -> bool:
    return request.startswith(b"POST /webhooks/event ")


async def _soaked(
    server: stream.Server,
    connections: int,
    seconds: float,
    tell: Callable[[Sample], None],
) -> list[Sample]:
    load = Load(server.port)
    await load.run(connections, time.monotonic() + _FULL, 0.0)
    half = len(load.took) / _FULL / 2
    load.took.clear()
    began = time.monotonic()
    samples: list[Sample] = []

    async def watch() -> None:
        for number in range(1, _SAMPLES + 1):
            at = seconds * number / _SAMPLES
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            kept = await asyncio.to_thread(_kept, server)
            samples.append(_sample(at, server.process.pid, load.took, kept))
            load.took.clear()
            tell(samples[-1])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.run(connections, began + seconds, connections / half))
        tasks.create_task(watch())
    return samples


def _kept(server: stream.Server) -> int:
    """Return how many calls the journal keeps."""
    found = json.loads(server.ask(_HEALTH).partition(b"\r\n\r\n")[2])
    return int(found["calls"])


def _sample(at: float, pid: int, took: Sequence[float], kept: int) -> Sample:
    some = len(took) >= _FEW
    hundredths = statistics.quantiles(took, n=100) if some else [0.0] * 99
    median, p99 = (1000 * hundredths[each] for each in (49, 98))
    return Sample(at, resident(pid), median, p99, len(took), kept)


def soak(
    connections: int, seconds: float, tell: Callable[[Sample], None]
) -> list[Sample]:
    """Load a server, and call `tell` with each sample; raises `Harmed` for a failure."""
    with tempfile.TemporaryDirectory(prefix="cbmock-soak-") as folder:
        with stream.serving(Path(folder)) as server:
            try:
                samples = asyncio.run(_soaked(server, connections, seconds, tell))
            except ExceptionGroup as faults:
                raise Harmed(_first(faults)) from faults
        written = (Path(folder) / "errors").read_text("utf-8", "replace")
    if "Traceback" in written:
        raise Harmed(written[-3000:])
    _judge(samples)
    return samples


def _judge(samples: Sequence[Sample]) -> None:
    """Raise `Harmed` if memory grew by more than the calls that were kept."""
    quarter, last = samples[len(samples) // 4], samples[-1]
    size = len(next(filter(_is_good, seeds.requests())))
    calls = max(last.kept - quarter.kept, 0) * size * _KEPT / _MIB
    if last.memory > quarter.memory * _GROWTH + calls:
        raise Harmed(f"memory grew from {quarter.memory} MB to {last.memory} MB")


def _first(fault: BaseException) -> str:
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return repr(fault)


def draw(samples: Sequence[Sample], file: Path) -> None:
    """Draw memory and latency over time."""
    import matplotlib as mpl  # noqa: PLC0415 - it takes a second

    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - (the same)

    figure, (above, below) = plt.subplots(2, 1, sharex=True, layout="constrained")
    at = [each.at for each in samples]
    above.plot(at, [each.memory for each in samples])
    above.set(ylabel="memory, MiB", ylim=(0, None))
    below.plot(at, [each.median for each in samples], label="median")
    below.plot(at, [each.p99 for each in samples], label="p99")
    below.set(ylabel="latency, ms", xlabel="seconds", ylim=(0, None))
    below.legend()
    figure.savefig(file, format="svg", metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Read the options, run, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.soak")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--svg", type=Path, default=Path("soak.svg"))
    given = parser.parse_args()
    seen: list[Sample] = []

    def tell(sample: Sample) -> None:
        seen.append(sample)
        if len(seen) % _TELLING == 0:
            print(sample.summary, flush=True)

    try:
        samples = soak(given.connections, given.seconds, tell)
    except Harmed as harm:
        draw(seen, given.svg)
        sys.exit(f"FAILED {harm}")
    draw(samples, given.svg)
    first, last = samples[len(samples) // 4], samples[-1]
    print(
        f"{sum(each.requests for each in samples)} requests over {given.connections} "
        f"connections in {given.seconds:g} s: memory {first.memory} MB after a quarter, "
        f"{last.memory} MB at the end; median {last.median:.1f} ms, "
        f"p99 {last.p99:.1f} ms; {given.svg}"
    )


if __name__ == "__main__":
    main()
