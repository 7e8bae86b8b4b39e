"""The cost of the pytest plugin, compared with pytest-httpserver's.

It decides what a fixture costs: the time from test to test, minus that of an empty test and
of the test's own request. By the stricter measure *beside*, it is the time from test to test
minus that of a test which sends the same request to a server of the same kind without a
fixture; that leaves out what every test loses that waits for an answer, and continues with
cold caches, and includes what a URL of the test's own costs the request. Configuring the answer
of pytest-httpserver is included, because every test needs it. So is checking the calls at the
end, which only cbmock does. Tests without the fixture run in the same process, so the cost of
hooks for them is not measured. The smallest fixture hands out the URL of a server that runs,
keeps no test apart and checks nothing: what it costs is pytest's, and no fixture can cost less.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import bodies, documents
from benchmarks.servers import environment
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

TESTS = 200
STARTS = 5

_CONFTEST = """
import collections, json, os, random, statistics, time

times = collections.defaultdict(list)
requests = [0.0]
running = []

def kind(name):
    return name.partition("[")[0].removeprefix("test_")

def pytest_collection_modifyitems(items):
    # In random order, in groups with one of each kind: so all kinds run under the same load
    # of the machine, and none always follows the same other, whose server may still work.
    kinds = collections.defaultdict(list)
    for item in items:
        kinds[kind(item.name)].append(item)
    chance = random.Random(7)
    groups = zip(*kinds.values(), strict=True)
    items[:] = [item for group in groups for item in chance.sample(group, len(group))]

def pytest_runtest_logstart(nodeid):
    now = time.perf_counter()
    if running:
        before, began = running
        name = kind(before.partition("::")[2])
        times[name].append(now - began)
        times[name + " alone"].append(now - began - requests[0])
    requests[0] = 0.0
    running[:] = nodeid, now

def pytest_sessionfinish():
    medians = {name: statistics.median(taken[2:]) for name, taken in times.items()}
    with open(os.environ["TIMES"], "w") as file:
        json.dump(medians, file)
"""
_TESTS = """
import http.client, time, urllib.parse
import pytest
from conftest import requests
from pytest_httpserver import HTTPServer

HEADERS = {{"Content-Type": "application/json"}}
many = pytest.mark.parametrize("number", range({count}))

def post(url):
    began = time.perf_counter()
    at = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(at.netloc)
    connection.request("POST", at.path, {body!r}, HEADERS)
    assert connection.getresponse().status == 200
    connection.close()
    requests[0] = time.perf_counter() - began

@pytest.fixture(scope="session", autouse=True)
def urls(cbmock_server):
    with HTTPServer(port=0) as server:
        server.expect_request({path!r}).respond_with_json({{"ok": True}})
        RUNNING.update(cbmock=cbmock_server.url, httpserver=server.url_for(""))
        yield

@pytest.fixture
def smallest():
    yield RUNNING["cbmock"]

RUNNING = {{}}

@many
def test_empty(number):
    pass

@many
def test_cbmock(number, cbmock):
    post(cbmock.url + {path!r})

@many
def test_without_cbmock(number):
    post(RUNNING["cbmock"] + {path!r})

@many
def test_smallest(number, smallest):
    post(smallest + {path!r})

@many
def test_httpserver(number, httpserver):
    httpserver.expect_request({path!r}).respond_with_json({{"ok": True}})
    post(httpserver.url_for({path!r}))

@many
def test_without_httpserver(number):
    post(RUNNING["httpserver"] + {path!r})
"""
_FIXTURES = {"cbmock": "cbmock", "httpserver": "httpserver", "smallest": "cbmock"}
"""Each fixture, and the server whose test without a fixture it is compared with."""

ROWS = ("fixture", "fixture-beside", "fixture-limit")
"""The rows of a fixture."""

# Each has a `-p` option: pytest searches the installed packages for the plugin's name.
_PLUGINS = {
    "empty": ["-p", "nothing"],
    "cbmock": ["-p", "cbmock.pytest_plugin"],
    "httpserver": ["-p", "pytest_httpserver.pytest_plugin"],
}


def fixtures(setting: Setting) -> Found:
    """Compare the fixtures, and the plugins without tests that use them."""
    result = Found()
    if importlib.util.find_spec("pytest_httpserver") is None:
        for name in setting.wanted & {*ROWS, "plugin"}:
            result.why[name] = "pytest-httpserver is missing: pip install it"
        return result
    if setting.wanted & {*ROWS}:
        try:
            result.ratios.update(_fixture(setting, result.figures))
        except NotMeasured as reason:
            result.why.update(dict.fromkeys(ROWS, str(reason)))
    if "plugin" in setting.wanted:
        result.take("plugin", lambda: _plugin(setting, result.figures))
    return result


def _fixture(setting: Setting, figures: dict[str, Any]) -> dict[str, Ratios]:
    folder = _suite(setting.folder / "fixture")
    both = [*_PLUGINS["cbmock"], *_PLUGINS["httpserver"]]
    ratios: dict[str, list[float]] = {name: [] for name in ROWS}
    for _ in range(setting.rounds.count):
        _pytest(folder, both)
        times = json.loads((folder / "times").read_text())
        alone = {
            name: 1e3 * (times[f"{name} alone"] - times["empty alone"])
            for name in _FIXTURES
        }
        beside = {
            name: 1e3 * (times[name] - times[f"without_{server}"])
            for name, server in _FIXTURES.items()
        }
        figures.setdefault("fixture", []).append({"alone": alone, "beside": beside})
        for how, own in (("alone", alone), ("beside the same test", beside)):
            progress(
                f"fixture, {how}: {own['cbmock']:.2f} ms, httpserver "
                f"{own['httpserver']:.2f} ms, the smallest {own['smallest']:.2f} ms"
            )
        found = alone["cbmock"], beside["cbmock"], alone["smallest"]
        against = alone["httpserver"], beside["httpserver"], alone["httpserver"]
        for row, own, other in zip(ROWS, found, against, strict=True):
            ratios[row].append(own / other)
    return {row: tuple(each) for row, each in ratios.items()}


def _suite(folder: Path) -> Path:
    folder.mkdir()
    tests = _TESTS.format(
        body=bodies.dumped(bodies.invoice()), count=TESTS, path=documents.INVOICE_PATH
    )
    (folder / "conftest.py").write_text(_CONFTEST)
    (folder / "test_one.py").write_text(tests)
    (folder / "pytest.ini").write_text(
        f"[pytest]\ncbmock_spec = {documents.INVOICES}\n"
    )
    return folder


def _plugin(setting: Setting, figures: dict[str, Any]) -> Ratios:
    """Compare the processor time that a plugin adds to the start of pytest."""
    folder = setting.folder / "plugin"
    folder.mkdir()
    (folder / "nothing.py").touch()
    (folder / "test_one.py").write_text("def test_one(): pass\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    rounds: list[list[dict[str, float]]] = []
    for number in range(setting.rounds.count):
        turn = list(_PLUGINS)[:: -1 if number % 2 else 1]
        rounds.append(
            [
                {name: _pytest(folder, _PLUGINS[name]) for name in turn}
                for _ in range(STARTS)
            ]
        )
    ratios = []
    for left_out in rounds:
        others = [each for each in rounds if each is not left_out] or rounds
        starts = list(itertools.chain.from_iterable(others))
        # The work is the same each time, so a longer time means a disturbance.
        least = {name: 1e3 * min(each[name] for each in starts) for name in _PLUGINS}
        added = {
            name: least[name] - least["empty"] for name in ("cbmock", "httpserver")
        }
        figures.setdefault("plugin", []).append(added)
        progress(
            "plugin: {cbmock:.1f} ms, httpserver {httpserver:.1f} ms".format(**added)
        )
        ratios.append(max(0.0, added["cbmock"]) / added["httpserver"])
    return tuple(ratios)


_RUN = """
import sys, time
import pytest

began = time.process_time()
code = pytest.main(sys.argv[1:])
print(time.process_time() - began)
sys.exit(code)
"""


def _pytest(folder: Path, plugins: list[str]) -> float:
    """Run a suite with only these plugins; return its processor time in seconds.

    The start of Python and the import of pytest are not included: no plugin changes them,
    and they vary by more than a plugin adds.
    """
    env = {
        **environment(),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TIMES": str(folder / "times"),
    }
    options = ["-q", "-p", "no:cacheprovider", *plugins, "--rootdir", str(folder)]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *options, str(folder)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotMeasured(f"pytest failed: {done.stdout[-300:]}")
    return float(done.stdout.rstrip().rpartition("\n")[2])
