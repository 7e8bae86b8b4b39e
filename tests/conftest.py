"""What all tests share: hypothesis profiles, and the markers `process` and `slow`.

Both markers are set here, so that no test has to be marked by hand: `slow` by folder,
`process` by the folders and fixtures that start processes. `make fast` leaves both out. A
test that starts a process without the marker fails, so the markers stay true. Hooks, not
fixtures: what each of ten thousand tests needs costs seconds in all.
"""

import gc
import os
import sys
from functools import cache
from pathlib import Path

import pytest

# First of all, so that jsonschema builds no grammars in any worker: they take seconds.
from cbmock.contract.schemas import imported_jsonschema  # noqa: F401
from hypothesis import settings

pytest_plugins = ["pytester"]
# An assertion of theirs that fails says what it compared.
pytest.register_assert_rewrite("tests.support")

# A busy machine is not a failure; nothing here is a timed test.
settings.register_profile(
    "thorough", parent=settings.default, deadline=None, max_examples=60
)
settings.register_profile("fast", settings.get_profile("thorough"), max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough"))

HERE = Path(__file__).parent
# Clients read all authorities of the world whenever one is made, for URLs of `http` too.
# Nothing here is signed by one of them, and one certificate is read in no time.
os.environ["SSL_CERT_FILE"] = str(HERE / "support" / "nobody.pem")
SLOW = (
    "specification",
    "suites",
    "load",
    "contract/test_cost.py",
    "project/test_benchmarks.py",
    "project/test_conduct_page.py",
    "project/test_how_to.py",
    "project/test_release.py",
    "project/test_samples.py",
    "project/test_site.py",
    "project/test_tutorial.py",
    "signatures/test_sdks.py",
    "fuzz",
    "testing/test_pytest_plugin.py",
    "../samples/receiver",
    "../samples/signed-events",
)
"""Where the time is in what is gone through: corpora, suites, costs, plots, SDKs, processes."""
PROCESS = ("suites", "load")
"""Folders of tests that each start a process."""
STARTERS = {"pytester", "serve", "process"}
"""Fixtures that start processes."""


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes seconds; not in `make fast`")
    config.addinivalue_line("markers", "process: starts processes; not in `make fast`")
    sys.addaudithook(_notice)


@cache
def stands_in(places, path):
    return os.path.relpath(path, HERE).startswith(places)


def pytest_ignore_collect(collection_path, config):
    """Import no module of which `-m` leaves out every test: that takes seconds too."""
    chosen, slow = config.option.markexpr, stands_in(SLOW, collection_path)
    if "not slow" in chosen:
        return slow or None
    if chosen == "slow" and collection_path.suffix == ".py" and not slow:
        return "mark.slow" not in collection_path.read_text(encoding="utf-8") or None
    return None


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for no garbage in what is collected: thousands of tests live to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure():
    """Look for garbage once: pytest does it five times, through all that was ever loaded."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items):
    for item in items:
        if stands_in(SLOW, item.path):
            item.add_marker("slow")
        if stands_in(PROCESS, item.path) or STARTERS & {*item.fixturenames}:
            item.add_marker("process")


_STARTED = []
_BEFORE = pytest.StashKey[int]()
_STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.system"}


def _notice(event, _arguments):
    if event in _STARTS:
        _STARTED.append(event)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item):
    item.stash[_BEFORE] = len(_STARTED)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    result = yield
    started = _STARTED[item.stash[_BEFORE] :]
    assert not started or item.get_closest_marker("process"), (
        f"it starts a process ({started[0]}): mark it with @pytest.mark.process"
    )
    return result


# An inner pytest would load them all: that takes two thirds of its time, and one of them
# changes the order of the tests.
_OTHERS = (
    *("anyio", "asyncio", "django", "freezer", "hypothesispytest"),
    *("pytest_httpserver", "randomly", "time_machine"),
)
_NO_OTHERS = " ".join(f"-p no:{name}" for name in _OTHERS)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop():
    """Let an inner pytest print as it does at home: in CI its summaries are longer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        patch.setenv("PYTEST_ADDOPTS", _NO_OTHERS)
        return (yield)


@pytest.fixture
def pytester(pytester, monkeypatch):
    """Give it those options again: it takes them from the environment."""
    monkeypatch.setenv("PYTEST_ADDOPTS", _NO_OTHERS)
    return pytester
