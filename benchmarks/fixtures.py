"""What the pytest plugin costs, beside pytest-httpserver's.

It decides what is a fixture's own cost: the time from test to test, less an empty test's,
less the test's own request (and, for pytest-httpserver, what it is told to answer).
"""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import bodies, documents
from benchmarks.servers import environment
from benchmarks.study import Found, NotMeasured, Setting, told
from benchmarks.targets import Ratios

TESTS = 200
STARTS = 15

_CONFTEST = """
import itertools, os, statistics, time
began, requests = [], []

def pytest_runtest_logstart(nodeid, location):
    began.append(time.perf_counter())

def pytest_sessionfinish(session):
    taken = [after - before for before, after in itertools.pairwise(began)][1:]
    own = [each - request for each, request in zip(taken, requests[1:])]
    with open(os.environ["COSTS"], "w") as file:
        print(statistics.median(own or taken), file=file)
"""
_TESTS = """
import http.client, time, urllib.parse
import pytest
from conftest import requests

HEADERS = {{"Content-Type": "application/json"}}

def post(url):
    at = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(at.netloc)
    connection.request("POST", at.path, {body!r}, HEADERS)
    assert connection.getresponse().status == 200
    connection.close()

@pytest.mark.parametrize("number", range({count}))
{test}
"""
_CBMOCK = """
def test_one(number, cbmock):
    url = cbmock.url
    began = time.perf_counter()
    post(url + {path!r})
    requests.append(time.perf_counter() - began)
"""
_HTTPSERVER = """
def test_one(number, httpserver):
    began = time.perf_counter()
    httpserver.expect_request({path!r}).respond_with_json({{"ok": True}})
    post(httpserver.url_for({path!r}))
    requests.append(time.perf_counter() - began)
"""
_EMPTY = "def test_one(number): pass"
# Each has a plugin: pytest searches the installed packages for the name of any.
_PLUGINS = {
    "empty": ["-p", "nothing"],
    "cbmock": ["-p", "receiver.pytest_plugin"],
    "httpserver": ["-p", "pytest_httpserver.pytest_plugin"],
}


def fixtures(setting: Setting) -> Found:
    """Compare the fixtures, and the plugins where no test uses them."""
    result = Found()
    if importlib.util.find_spec("pytest_httpserver") is None:
        for name in setting.wanted & {"fixture", "plugin"}:
            result.why[name] = "pytest-httpserver is missing: pip install it"
        return result
    if "fixture" in setting.wanted:
        result.take("fixture", lambda: _fixture(setting, result.figures))
    if "plugin" in setting.wanted:
        result.take("plugin", lambda: _plugin(setting, result.figures))
    return result


def _fixture(setting: Setting, figures: dict[str, Any]) -> Ratios:
    folders = {
        name: _suite(setting.folder / f"fixture-{name}", test)
        for name, test in (
            ("empty", _EMPTY),
            ("cbmock", _CBMOCK),
            ("httpserver", _HTTPSERVER),
        )
    }
    ratios = []
    for number in range(setting.rounds.count):
        turn = list(folders)[:: -1 if number % 2 else 1]
        costs = {name: _cost(folders[name], _PLUGINS[name]) for name in turn}
        own = {name: 1e3 * (costs[name] - costs["empty"]) for name in turn}
        figures.setdefault("fixture", []).append(own)
        told(f"fixture: {own['cbmock']:.2f} ms, httpserver {own['httpserver']:.2f} ms")
        ratios.append(own["cbmock"] / own["httpserver"])
    return tuple(ratios)


def _suite(folder: Path, test: str) -> Path:
    folder.mkdir()
    (folder / "nothing.py").touch()
    body = bodies.dumped(bodies.invoice())
    written = test.strip().format(path=documents.INVOICE_PATH)
    tests = _TESTS.format(body=body, count=TESTS, test=written)
    (folder / "conftest.py").write_text(_CONFTEST)
    (folder / "test_one.py").write_text(tests)
    (folder / "pytest.ini").write_text(
        f"[pytest]\ncbmock_spec = {documents.INVOICES}\n"
    )
    return folder


def _cost(folder: Path, plugins: list[str]) -> float:
    """Return the median seconds of a test without its own request."""
    _pytest(folder, plugins)
    return float((folder / "costs").read_text())


def _plugin(setting: Setting, figures: dict[str, Any]) -> Ratios:
    """Compare the processor time that a plugin adds to the start of pytest."""
    folder = setting.folder / "plugin"
    folder.mkdir()
    (folder / "nothing.py").touch()
    (folder / "test_one.py").write_text("def test_one(): pass\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    rounds: list[dict[str, float]] = []
    for number in range(STARTS):
        turn = list(_PLUGINS)[:: -1 if number % 2 else 1]
        rounds.append({name: _pytest(folder, _PLUGINS[name]) for name in turn})
    added = {
        name: sorted(1e3 * (each[name] - each["empty"]) for each in rounds)
        for name in ("cbmock", "httpserver")
    }
    figures["plugin"] = added
    told(f"plugin: {added['cbmock'][STARTS // 2]:.1f} ms added at start")
    quarters = [STARTS // 4, STARTS // 2, 3 * STARTS // 4]
    middle = added["httpserver"][STARTS // 2]
    return tuple(max(0.0, added["cbmock"][at]) / middle for at in quarters)


def _pytest(folder: Path, plugins: list[str]) -> float:
    """Run a suite with these plugins alone; return its seconds of processor time."""
    env = {
        **environment(),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "COSTS": str(folder / "costs"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, *plugins, "--rootdir", str(folder), str(folder)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise NotMeasured(f"pytest failed: {done.stdout[-300:]}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
