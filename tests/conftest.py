"""What all tests share: hypothesis profiles, and the markers `process` and `slow`.

Both markers are set here, so that no test has to be marked by hand: `slow` by folder,
`process` by the folders and fixtures that start processes. `make fast` leaves both out. A
test that starts a process without the marker fails, so the markers stay true.
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

# A busy machine is no failure; nothing here is a timed test.
settings.register_profile(
    "thorough", parent=settings.default, deadline=None, max_examples=60
)
settings.register_profile("fast", settings.get_profile("thorough"), max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough"))

HERE = Path(__file__).parent
SLOW = (
    "specification",
    "suites",
    "load",
    "project/test_benchmarks.py",
    "project/test_how_to.py",
    "project/test_release.py",
    "project/test_site.py",
    "project/test_tutorial.py",
    "signatures/test_sdks.py",
    "fuzz",
    "testing/test_pytest_plugin.py",
    "../samples/receiver",
    "../samples/signed-events",
)
"""Where the time is in what is gone through: corpora, suites, plots, SDKs, processes."""
PROCESS = ("suites", "load")
"""Folders of tests that each start a process."""
STARTERS = {"pytester", "serve", "process"}
"""Fixtures that start processes."""


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes seconds; not in `make fast`")
    config.addinivalue_line("markers", "process: starts processes; not in `make fast`")
    sys.addaudithook(_notice)


def pytest_collection_modifyitems(items):
    for item in items:
        place = os.path.relpath(item.path, HERE)
        if place.startswith(SLOW):
            item.add_marker("slow")
        if place.startswith(PROCESS) or STARTERS & {*item.fixturenames}:
            item.add_marker("process")


_STARTED = []
_STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.system"}


def _notice(event, _arguments):
    if event in _STARTS:
        _STARTED.append(event)


@pytest.fixture(autouse=True)
def _starts_a_process_only_where_marked(request):
    before = len(_STARTED)
    yield
    started = _STARTED[before:]
    assert not started or request.node.get_closest_marker("process"), (
        f"it starts a process ({started[0]}): mark it with @pytest.mark.process"
    )


@pytest.fixture(autouse=True)
def _as_at_home(monkeypatch):
    """Let an inner pytest print as it does at home: in CI its summaries are longer."""
    monkeypatch.delenv("CI", raising=False)
