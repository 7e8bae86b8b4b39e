"""The pytest plugin: the fixture `cbmock`, its options and its verdict at teardown.

It decides which document a test is about and when a test fails for what arrived. It must
not know how calls are checked. Nothing beyond pytest is imported until a test asks for the
fixture.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Generator, Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from receiver.receiver import Receiver

_FAILED = pytest.StashKey[bool]()
_RECEIVER = pytest.StashKey["Receiver"]()
_SERVERS = pytest.StashKey[dict[object, "Receiver"]]()
_FINDINGS = pytest.StashKey[dict[str, None]]()
_SECTION = "cbmock"
_REPORTING = "cbmock-reporting"
_LONGEST_NAME = 40


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the ini settings `cbmock_spec` and `cbmock_url`."""
    help_ = "OpenAPI document of the `cbmock` fixture: path, URL or module:attribute"
    parser.addini("cbmock_spec", help_)
    group = parser.getgroup("cbmock", "callbacks and webhooks (cbmock)")
    group.addoption("--cbmock-spec", metavar="SPEC", default=None, help=help_)
    help_ = "a running `cbmock serve` that the tests share, instead of a server of their own"
    parser.addini("cbmock_url", help_)
    group.addoption("--cbmock-url", metavar="URL", default=None, help=help_)
    group.addoption(
        "--cbmock-report",
        metavar="FILE",
        action="append",
        default=[],
        help="write what each test received to FILE, .json or .html; may be repeated",
    )
    group.addoption(
        "--cbmock-cov",
        action="store_true",
        help="tell which operations, responses and branches of the document were played",
    )
    group.addoption(
        "--cbmock-cov-fail-under",
        metavar="PERCENT",
        type=float,
        default=None,
        help="fail if that coverage is below PERCENT (as --cbmock-cov)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and report if that is asked for."""
    asked = ("--cbmock-report", "--cbmock-cov")
    limited = config.getoption("--cbmock-cov-fail-under") is not None
    if limited or any(map(config.getoption, asked)):
        from receiver.pytest_reporting import Reporting  # noqa: PLC0415 - only when asked

        config.pluginmanager.register(Reporting(config), _REPORTING)
    config.addinivalue_line(
        "markers",
        "cbmock(spec): the OpenAPI document that the `cbmock` fixture of this test plays",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Colour what is told on terminals."""
    config = session.config
    shown = config.pluginmanager.has_plugin("terminalreporter")
    if shown and config.get_terminal_writer().hasmarkup:
        config.pluginmanager.register(_Colours(), "cbmock-colours")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell of examples that were served although they break their own schemas."""
    told = config.stash.get(_FINDINGS, {})
    if told:
        terminalreporter.section("cbmock: invalid examples were served")
        for each in told:
            terminalreporter.line(each)


class _Stories:
    """Tells what arrived below a test that failed; from the first use of the fixture on."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell it unless the failure tells it already."""
        report = yield
        if call.when == "call" and _RECEIVER in item.stash:
            item.stash[_FAILED] = report.failed
            if report.failed:
                story = item.stash[_RECEIVER].story()
                if call.excinfo is None or story not in str(call.excinfo.value):
                    report.sections.append((_SECTION, story))
        return report


class _Colours:
    """Colours the sections on terminals, where all reports come together."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not any(name == _SECTION for name, _ in report.sections):
            return
        from receiver.reports.text import coloured  # noqa: PLC0415 - only when needed

        report.sections = [
            (name, coloured(text) if name == _SECTION else text)
            for name, text in report.sections
        ]


def _server(config: pytest.Config, spec: Any) -> Receiver:
    """Return the running server of a document, or the one elsewhere for all.

    No fixture of its own: pytest would look it up again for every test, which takes longer
    than all that the test then asks of it.
    """
    from receiver.receiver import Receiver  # noqa: PLC0415 - only when used

    if _SERVERS not in config.stash:
        config.stash[_SERVERS] = {}
        config.pluginmanager.register(_Stories(), "cbmock-stories")
    servers, url = config.stash[_SERVERS], _url(config)
    key = str(spec) if isinstance(spec, str | PathLike) else id(spec)
    if key not in servers:
        found = Receiver.at(url, spec) if url else Receiver(spec)
        servers[key] = found.start()
    return servers[key]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers."""
    for each in config.stash.get(_SERVERS, {}).values():
        each.stop()


@pytest.fixture
def cbmock(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    """Play the other side of the API's callbacks and webhooks: see `receiver.Receiver`.

    Fails the test at its end if a call broke the contract, unless that was allowed.
    """
    receiver = _set_up(request)
    request.node.stash[_RECEIVER] = receiver
    yield receiver
    receiver.respond_as_documented()
    del request.node.stash[_RECEIVER]
    findings = receiver.findings
    if findings:
        told = request.config.stash.setdefault(_FINDINGS, {})
        told |= {f"{e.where}: {e.code}: {e.detail}": None for e in findings}
    reporting = request.config.pluginmanager.get_plugin(_REPORTING)
    if reporting is not None:
        reporting.take(request.node.nodeid, receiver)
    if request.node.stash.get(_FAILED, False):
        return
    failure = _verdict(receiver)
    if failure is not None:
        pytest.fail(failure, pytrace=False)


def _set_up(request: pytest.FixtureRequest) -> Receiver:
    from receiver.errors import ReceiverError  # noqa: PLC0415 - only when used

    spec, reason = _spec(request), ""
    try:
        return _server(request.config, spec).for_test(_token(request.node.name))
    except ReceiverError as error:
        reason = error.message
    pytest.fail(f"cbmock: {reason}", pytrace=False)


def _verdict(receiver: Receiver) -> str | None:
    try:
        receiver.verify()
    except AssertionError as error:
        return str(error)
    return None


def _url(config: pytest.Config) -> str | None:
    """Find the mock that runs already: command line, then ini."""
    return config.getoption("--cbmock-url") or config.getini("cbmock_url") or None


def _spec(request: pytest.FixtureRequest) -> Any:
    """Find the document: marker, then command line, then ini."""
    marker = request.node.get_closest_marker("cbmock")
    if marker is not None:
        if marker.args:
            return _in_root(marker.args[0], request.config)
        if "spec" in marker.kwargs:
            return _in_root(marker.kwargs["spec"], request.config)
        pytest.fail(
            "cbmock: the marker names no document: @pytest.mark.cbmock(spec=...)",
            pytrace=False,
        )
    spec = request.config.getoption("--cbmock-spec")
    if spec:
        return spec
    spec = request.config.getini("cbmock_spec")
    if spec:
        return _in_root(spec, request.config)
    if _url(request.config):
        return None  # the mock that runs there knows its own
    pytest.fail(
        "cbmock: which OpenAPI document? Set `cbmock_spec` in the pytest settings, pass "
        "--cbmock-spec, or mark the test with @pytest.mark.cbmock(spec=...).",
        pytrace=False,
    )


def _in_root(spec: Any, config: pytest.Config) -> Any:
    """Read a path relative to the root folder of the tests, whatever the current one."""
    return _found(spec, config.rootpath) if isinstance(spec, str) else spec


@functools.lru_cache(maxsize=64)
def _found(spec: str, root: Path) -> str:
    path = root / spec
    if path.exists():
        return str(path)
    if ":" in spec and str(root) not in sys.path:
        sys.path.insert(0, str(root))  # `module:attribute`
    return spec


def _token(test: str) -> str:
    """Name a test's calls so that people can tell them in a log."""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", test).strip("-")[:_LONGEST_NAME]
    return f"{name}-{os.urandom(3).hex()}"
