"""Load: one delivery, sent by wrk over several connections for some seconds.

It decides which figures of wrk are used. It must not know which server answers.
"""

from __future__ import annotations

import itertools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deliveries import Delivery
from benchmarks.servers import Server, cores, needed, pinned
from benchmarks.study import NotMeasured

_SCRIPT = """
local file = io.open(%(body)s, "rb")
wrk.body = file:read("*a")
file:close()
wrk.method = "POST"
%(headers)s
local path, fresh, number = %(path)s, %(fresh)s, os.time() * 1e6
if %(pause)f > 0 then
  delay = function() return math.floor(%(pause)f + math.random()) end
end
if path:find("{}", 1, true) or next(fresh) then
  request = function()
    number = number + 1
    local unlike = string.format("%(load)d-%%d", number)
    local again = string.format("%%d", number %% %(cycle)d)
    for name, value in pairs(fresh) do
      wrk.headers[name] = value:gsub("{}", unlike):gsub("{n}", again)
    end
    return wrk.format(nil, (path:gsub("{}", unlike)))
  end
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\\n{"requests": %%d, "microseconds": %%d, "p50": %%d, "p99": %%d, "longest": %%d, '
      .. '"refused": %%d, "failed": %%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
"""

_LOADS = itertools.count(1)


@dataclass(frozen=True)
class Load:
    """The result of one load: requests, and milliseconds until they were answered."""

    requests: int
    seconds: float
    p50: float
    p99: float
    longest: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def load(
    server: Server,
    delivery: Delivery,
    seconds: int,
    connections: int = 16,
    pause: float = 0,
) -> Load:
    """Load a server from the other core; raise `NotMeasured` if it answers wrongly.

    Each connection waits before each request, on average for `pause` milliseconds.
    """
    _, core = cores()
    script = script_of(delivery, server.folder, pause)
    wrk = needed("wrk", "apt-get install wrk")
    url = f"http://127.0.0.1:{server.port}{delivery.first}"
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
    command = [*pinned(core), wrk, *options, "-s", str(script), url]
    try:
        output = subprocess.check_output(command, text=True, timeout=seconds + 60)
    except subprocess.SubprocessError as error:
        raise NotMeasured(f"wrk failed: {error}") from None
    return read(output, delivery)


def read(output: str, delivery: Delivery) -> Load:
    """Read the output of wrk, and check that all answers were right."""
    found = json.loads(output.rstrip().rpartition("\n")[2])
    wrong = found["refused"] if delivery.valid else found["requests"] - found["refused"]
    if not found["requests"] or wrong or found["failed"]:
        raise NotMeasured(
            f"of {found['requests']} answers {wrong} were wrong, "
            f"and {found['failed']} requests failed"
        )
    return Load(
        found["requests"],
        found["microseconds"] / 1e6,
        found["p50"] / 1e3,
        found["p99"] / 1e3,
        found["longest"] / 1e3,
    )


def script_of(delivery: Delivery, folder: Path, pause: float = 0) -> Path:
    """Write the script of one load, whose numbers no other load sends.

    Loads that begin in the same second would otherwise send the same ids.
    """
    load = next(_LOADS)
    name = f"{delivery.path.strip('/').replace('/', '-')}-{len(delivery.body)}"
    script, body = folder / f"{name}-{load}.lua", folder / f"{name}.body"
    if not body.exists():  # another load may be reading it
        body.write_bytes(delivery.body)
    headers = "\n".join(
        f"wrk.headers[{json.dumps(each)}] = {json.dumps(value)}"
        for each, value in delivery.first_headers.items()
    )
    fresh = ", ".join(
        f"[{json.dumps(each)}] = {json.dumps(value)}"
        for each, value in delivery.headers.items()
        if "{}" in value or "{n}" in value
    )
    values = {
        "body": json.dumps(str(body)),
        "path": json.dumps(delivery.path),
        "headers": headers,
        "fresh": f"{{{fresh}}}",
        "load": load,
        "pause": pause,
        "cycle": delivery.cycle,
    }
    script.write_text(_SCRIPT % values)
    return script
