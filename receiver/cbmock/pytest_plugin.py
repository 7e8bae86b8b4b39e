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

from cbmock.errors import ReceiverError

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver

_SECTION = "cbmock"
_REPORTING = "cbmock-reporting"
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
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
    """Declare the marker and the fixture, and report if that is asked for."""
    asked = ("--cbmock-report", "--cbmock-cov")
    limited = config.getoption("--cbmock-cov-fail-under") is not None
    if limited or any(map(config.getoption, asked)):
        from cbmock.testing.reporting import Reporting  # noqa: PLC0415 - only when asked

        config.pluginmanager.register(Reporting(config), _REPORTING)
    config.pluginmanager.register(_Tests(config), "cbmock-tests")
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


class _Tests:
    """The tests of a session: the servers that they share, and the one that runs now.

    It has the fixture and hears which test runs, since pytest makes `request`, which could
    tell it, out of parts that take longer than all that the fixture does. The servers have
    no fixture of their own for the same reason.
    """

    def __init__(self, config: pytest.Config) -> None:
        """Begin with no test and no server."""
        self._config = config
        self._servers: dict[object, Receiver] = {}
        self._findings: dict[str, None] = {}
        self._running: pytest.Item
        self.held: pytest.Item | None = None
        self.receiver: Receiver
        self.failed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Take note of the test whose fixtures are set up next."""
        self._running = item

    @pytest.fixture
    def cbmock(self) -> Iterator[Receiver]:
        """Play the other side of the API's callbacks and webhooks: see `cbmock.Receiver`.

        Fails the test at its end if a call broke the contract, unless that was allowed.
        """
        item = self._running
        receiver = self.receiver = self._set_up(item)
        self.held, self.failed = item, False
        yield receiver
        self.held = None
        receiver.respond_as_documented()
        for each in receiver.findings:
            self._findings[f"{each.where}: {each.code}: {each.detail}"] = None
        reporting = self._config.pluginmanager.get_plugin(_REPORTING)
        if reporting is not None:
            reporting.take(item.nodeid, receiver)
        if self.failed:
            return
        failure = _verdict(receiver)
        if failure is not None:
            pytest.fail(failure, pytrace=False)

    def _set_up(self, item: pytest.Item) -> Receiver:
        try:
            return self._server(_spec(item)).for_test(_token(item.name))
        except ReceiverError as error:
            reason = error.message
        pytest.fail(f"cbmock: {reason}", pytrace=False)

    def _server(self, spec: Any) -> Receiver:
        """Return the running server of a document, or the one elsewhere for all."""
        key = str(spec) if isinstance(spec, str | PathLike) else id(spec)
        if key not in self._servers:
            from cbmock.testing.receiver import Receiver  # noqa: PLC0415 - only when used

            url = _url(self._config)
            found = (Receiver.at(url, spec) if url else Receiver(spec)).start()
            if not self._servers:
                self._config.pluginmanager.register(_Stories(self), "cbmock-stories")
            self._servers[key] = found
        return self._servers[key]

    def pytest_unconfigure(self) -> None:
        """Stop the servers."""
        for each in self._servers.values():
            each.stop()

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Tell of examples that were served although they break their own schemas."""
        if self._findings:
            terminalreporter.section("cbmock: invalid examples were served")
            for each in self._findings:
                terminalreporter.line(each)


class _Stories:
    """Tells what arrived below a test that failed; from the first use of the fixture on."""

    def __init__(self, tests: _Tests) -> None:
        """Tell it of these tests."""
        self._tests = tests

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell it unless the failure tells it already."""
        report = yield
        if call.when == "call" and self._tests.held is item:
            self._tests.failed = report.failed
            if report.failed:
                story = self._tests.receiver.timeline()
                if call.excinfo is None or story not in str(call.excinfo.value):
                    report.sections.append((_SECTION, story))
        return report


class _Colours:
    """Colours the sections on terminals, where all reports come together."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not any(name == _SECTION for name, _ in report.sections):
            return
        from cbmock.reports.text import coloured  # noqa: PLC0415 - only when needed

        report.sections = [
            (name, coloured(text) if name == _SECTION else text)
            for name, text in report.sections
        ]


def _verdict(receiver: Receiver) -> str | None:
    try:
        receiver.verify()
    except AssertionError as error:
        return str(error)
    return None


def _url(config: pytest.Config) -> str | None:
    """Find the mock that runs already: command line, then ini."""
    return config.getoption("--cbmock-url") or config.getini("cbmock_url") or None


def _spec(item: pytest.Item) -> Any:
    """Find the document: marker, then command line, then ini."""
    marker = item.get_closest_marker("cbmock")
    if marker is not None:
        if marker.args:
            return _in_root(marker.args[0], item.config)
        if "spec" in marker.kwargs:
            return _in_root(marker.kwargs["spec"], item.config)
        pytest.fail(
            "cbmock: the marker names no document: @pytest.mark.cbmock(spec=...)",
            pytrace=False,
        )
    spec = item.config.getoption("--cbmock-spec")
    if spec:
        return spec
    spec = item.config.getini("cbmock_spec")
    if spec:
        return _in_root(spec, item.config)
    if _url(item.config):
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
    name = _UNSAFE.sub("-", test).strip("-")[:_LONGEST_NAME]
    return f"{name}-{os.urandom(3).hex()}"
