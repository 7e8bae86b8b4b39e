"""Requests per second of `cbmock serve` on the invoice callback, against bare uvicorn.

Starts both servers, each on a port of its own, and loads them in turn with `wrk` if it is
installed (else with a small client of our own, which measures less sharply). Prints the
median of the per-round ratios: figures of one run on one machine, never absolute ones.

    python benchmarks/throughput.py [--rounds 5] [--seconds 3] [--connections 16]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "samples" / "invoices" / "openapi.json"
BODY = b'{"description":"Payment celebration","paid":true}'
TARGET = "/events/invoices/2expen51ve"


async def constant(_scope, receive, send):  # noqa: ANN001, ANN201 - an ASGI callable
    """Answer a constant, as the smallest ASGI application."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"12")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"ok": true}'})


def bare() -> tuple[subprocess.Popen[str], str]:
    """Start uvicorn with uvloop and httptools and a constant answer."""
    port = 4871
    command = [sys.executable, "-m", "uvicorn", "throughput:constant"]
    command += ["--port", str(port), "--no-access-log", "--lifespan", "off"]
    process = subprocess.Popen(
        [*command, "--log-level", "error"], cwd=Path(__file__).parent, text=True
    )
    return process, f"http://127.0.0.1:{port}"


def cbmock() -> tuple[subprocess.Popen[str], str]:
    """Start `cbmock serve` as a user would, its lines going to a file."""
    output = Path(tempfile.mkstemp(suffix=".log")[1])
    with output.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "receiver", "serve", str(SPEC), "--port", "0"],
            stdout=log,
            text=True,
        )
    while not (found := re.search(r"at (http://\S+)", output.read_text())):
        if process.poll() is not None:
            sys.exit("cbmock serve ended before it listened")
        time.sleep(0.05)
    return process, found[1]


def until_it_answers(url: str) -> None:
    """Wait until the server takes connections."""
    from urllib.error import URLError  # noqa: PLC0415
    from urllib.request import Request, urlopen  # noqa: PLC0415

    headers = {"Content-Type": "application/json"}
    for _ in range(100):
        try:
            request = Request(url + TARGET, BODY, headers, method="POST")
            with urlopen(request, timeout=1):
                return
        except URLError:
            time.sleep(0.05)
    sys.exit(f"{url} does not answer")


def with_wrk(url: str, seconds: float, connections: int) -> float:
    """Load a server with wrk; return requests per second."""
    lua = (
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [=[{BODY.decode()}]=]\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(lua)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s"]
        output = subprocess.run(
            [*command, "-s", script.name, url + TARGET],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    if "Non-2xx" in output:
        sys.exit(f"{url} refused requests:\n{output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])


def with_asyncio(url: str, seconds: float, connections: int) -> float:
    """Load a server with plain connections from one thread."""
    host, port = url.removeprefix("http://").split(":")
    head = f"POST {TARGET} HTTP/1.1\r\nHost: {host}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
    message = head.encode() + BODY

    async def client(until: float) -> int:
        reader, writer = await asyncio.open_connection(host, int(port))
        count = 0
        while time.perf_counter() < until:
            writer.write(message)
            answer = await reader.readuntil(b"\r\n\r\n")
            size = int(re.search(rb"content-length: (\d+)", answer)[1])
            await reader.readexactly(size)
            count += 1
        writer.close()
        return count

    async def load() -> float:
        until = time.perf_counter() + seconds
        return sum(await asyncio.gather(*(client(until) for _ in range(connections))))

    return asyncio.run(load()) / seconds


def main() -> None:
    """Measure, and print one line of JSON after the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--connections", type=int, default=16)
    asked = parser.parse_args()
    load = with_wrk if shutil.which("wrk") else with_asyncio
    servers = {"bare uvicorn": bare(), "cbmock serve": cbmock()}
    try:
        ratios = rounds(servers, load, asked)
    finally:
        for process, _ in servers.values():
            process.send_signal(signal.SIGINT)
            process.wait(timeout=10)
    ratio = statistics.median(ratios)
    print(f"cbmock serve / bare uvicorn: {ratio:.2f} (median of {len(ratios)} rounds)")
    print(json.dumps({"ratio": round(ratio, 3), "load": load.__name__[5:]}))


def rounds(servers, load, asked) -> list[float]:  # noqa: ANN001 - see main
    """Load the servers in turn, warmed up; return the ratio of each round."""
    for _, url in servers.values():
        until_it_answers(url)
        load(url, 1, asked.connections)
    ratios = []
    for position in range(asked.rounds):
        order = list(servers.items())[:: 1 if position % 2 else -1]
        rate = {
            name: load(url, asked.seconds, asked.connections)
            for name, (_, url) in order
        }
        ratios.append(rate["cbmock serve"] / rate["bare uvicorn"])
        listed = ", ".join(f"{name} {rate[name]:.0f}/s" for name in servers)
        print(f"round {position + 1}: {listed}, ratio {ratios[-1]:.2f}", flush=True)
    return ratios


if __name__ == "__main__":
    main()
