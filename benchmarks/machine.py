"""The conditions of a measurement: the date, the kind of machine, and the versions."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from benchmarks.servers import PEERS

_PACKAGES = [
    "openapi-receiver",
    "uvicorn",
    "uvloop",
    "httptools",
    "jsonschema-rs",
    "pyyaml",
    "pytest",
    "pytest-httpserver",
]
_MODULES = ("@stoplight/prism-cli", "fastify", "ajv", "wiremock")


def machine() -> dict[str, str]:
    """Return the date and the machine's kind, never its name."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{_memory():.0f} GiB",
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "python": f"{platform.python_version()}, {platform.python_compiler()}",
    }


def versions() -> dict[str, str]:
    """Return the versions of the programs that took part and are installed."""
    found = {name: metadata.version(name) for name in _PACKAGES if _installed(name)}
    for name, command in (("wrk", "-v"), ("node", "-v"), ("java", "-version")):
        if shutil.which(name):
            done = subprocess.run(
                [name, command], capture_output=True, text=True, check=False
            )
            number = re.search(r"\d+\.[\d.]+\d", done.stdout + done.stderr)
            found[name] = number[0] if number else "unknown"
    for name in _MODULES:
        package = PEERS / name / "package.json"
        if package.exists():
            found[name] = json.loads(package.read_text("utf-8"))["version"]
    return found


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
