"""The pytest plugin: the fixture `cbmock`, its options and its verdict at teardown.

It decides which document a test is about and when a test fails for what arrived. It must
not know how calls are checked. Nothing beyond pytest is imported until a test asks for the
fixture.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
import sys
import types
from collections.abc import Generator, Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cbmock.errors import ReceiverError

if TYPE_CHECKING:
    from cbmock.testing.late_calls import LateCalls
    from cbmock.testing.receiver import Receiver

_SECTION = "cbmock"
_REPORTING = "cbmock-reporting"
_RUNS = "cbmock-tests"
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST_NAME = 40
_PACKAGE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the ini settings `cbmock_spec` and `cbmock_url`."""
    help_ = "OpenAPI document of the `cbmock` fixture: path, URL or module:attribute"
    parser.addini("cbmock_spec", help_)
    group = parser.getgroup("cbmock", "callbacks and webhooks (cbmock)")
    group.addoption("--cbmock-spec", metavar="SPEC", default=None, help=help_)
    help_ = "a running `cbmock serve` that the tests share, instead of a server of their own"
    parser.addini("cbmock_url", help_)
    group.addoption("--cbmock-url", metavar="URL", default=None, help=help_)
    help_ = "what calls after a test's end do to the session: warning, error or ignore"
    parser.addini("cbmock_late", help_)
    group.addoption(
        "--cbmock-late",
        choices=("warning", "error", "ignore"),
        default=None,
        help=help_,
    )
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
        help="show which operations, responses and branches of the document were played",
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
    config.pluginmanager.register(_TestRuns(config), _RUNS)
    config.addinivalue_line(
        "markers",
        "cbmock(spec): the OpenAPI document that the `cbmock` fixture of this test plays",
    )
    config.addinivalue_line("markers", "cbmock_cases: what `@cbmock.parametrize` sets")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give tests with `@cbmock.parametrize` their cases."""
    test = metafunc.definition
    for marker in test.iter_markers("cbmock_cases"):
        from cbmock.testing.parametrized import generate  # noqa: PLC0415 - only when used

        generate(metafunc, lambda: _spec(test, {}), marker.kwargs)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Colour the sections on terminals."""
    config = session.config
    shown = config.pluginmanager.has_plugin("terminalreporter")
    if shown and config.get_terminal_writer().hasmarkup:
        config.pluginmanager.register(_ColouredSections(), "cbmock-colours")


@pytest.fixture(scope="session")
def cbmock_options() -> dict[str, Any]:
    """Return the keyword arguments of `cbmock.Receiver`: override it in conftest.py.

    `spec` among them is the document of tests that name none.
    """
    return {}


@pytest.fixture(scope="session")
def cbmock_server(
    pytestconfig: pytest.Config, cbmock_options: dict[str, Any]
) -> Receiver:
    """Return the session's mock, which runs: its `url` is known before any test.

    Calls to that URL belong to the test that runs when they arrive.
    """
    runs = pytestconfig.pluginmanager.get_plugin(_RUNS)
    assert isinstance(runs, _TestRuns)
    try:
        return runs.server(_default_spec(pytestconfig, cbmock_options), cbmock_options)
    except ReceiverError as error:
        reason = error.message
    pytest.fail(f"cbmock: {reason}", pytrace=False)


class _TestRuns:
    """The tests of a session: the servers that they share, and the one that runs now.

    It has the fixtures and hears which test runs, since pytest makes `request`, which could
    tell it, out of parts that take longer than all that the fixture does.
    """

    def __init__(self, config: pytest.Config) -> None:
        """Begin with no test and no server."""
        self._config = config
        self._servers: dict[object, tuple[Receiver, Any]] = {}
        self._findings: dict[str, None] = {}
        self._unused: list[str] = []
        self._running: pytest.Item
        self.held: pytest.Item | None = None
        self.receiver: Receiver
        self._verified = -1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Take note of the test whose fixtures are set up next."""
        self._running = item

    @pytest.fixture
    def cbmock(self, cbmock_options: dict[str, Any]) -> Iterator[Receiver]:
        """Play the other side of the API's callbacks and webhooks: see `cbmock.Receiver`.

        Fails the test for calls that broke the contract, unless that was allowed.
        """
        item = self._running
        receiver = self.receiver = self._set_up(item, cbmock_options)
        self.held, self._verified = item, -1
        yield receiver
        self.held = None
        failure = None
        if self._verified not in {-1, receiver.last_id}:
            failure = _verdict(receiver)  # what came after the test's own verdict
        self._let_go(item, receiver)
        if failure is not None:
            pytest.fail(failure, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Hold a test that passed to the contract, as the last thing that it does."""
        result = yield
        # unittest keeps its failures to itself until the report is made.
        if self.held is item and not getattr(item, "_excinfo", None):
            failure = _verdict(self.receiver)
            if failure is not None:
                pytest.fail(failure, pytrace=False)
            self._verified = self.receiver.last_id
        return result

    def _let_go(self, item: pytest.Item, receiver: Receiver) -> None:
        if not _setting(self._config, "url"):
            unused = receiver.unused_replies
            self._unused += [f"{item.nodeid}: {each}" for each in unused]
        receiver.respond_as_documented()
        for each in receiver.findings:
            self._findings[f"{each.where}: {each.code}: {each.detail}"] = None
        reporting = self._config.pluginmanager.get_plugin(_REPORTING)
        if reporting is not None:
            reporting.take(item.nodeid, receiver)
        receiver.end_test()
        self._late.ended(item.nodeid, receiver)

    def _set_up(self, item: pytest.Item, options: dict[str, Any]) -> Receiver:
        try:
            server = self.server(_spec(item, options), options)
            receiver = server.for_test(_token(item.name))
        except ReceiverError as error:
            reason = error.message
        else:
            self._late.began(receiver)
            return receiver
        pytest.fail(f"cbmock: {reason}", pytrace=False)

    def server(self, spec: Any, options: dict[str, Any]) -> Receiver:
        """Return the running server of a document, or the one elsewhere for all."""
        named = str(spec) if isinstance(spec, str | PathLike) else id(spec)
        key = named, id(options)
        if key not in self._servers:
            from cbmock.testing.receiver import Receiver  # noqa: PLC0415 - only when used

            if not self._config.pluginmanager.has_plugin("cbmock-sections"):
                sections = _FailureSections(self)
                self._config.pluginmanager.register(sections, "cbmock-sections")
            url = _setting(self._config, "url")
            given = _arguments(options, Receiver)
            found = Receiver.at(url, spec) if url else Receiver(spec, **given)
            self._servers[key] = found.start(), options
        return self._servers[key][0]

    @functools.cached_property
    def _late(self) -> LateCalls:
        from cbmock.testing.late_calls import LateCalls  # noqa: PLC0415 - only when used

        found = LateCalls(self._config)
        self._config.pluginmanager.register(found, "cbmock-late-calls")
        return found

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what came late in a worker of xdist."""
        lines = getattr(node, "workeroutput", {}).get("cbmock_late")
        if lines is not None:
            self._late.take(lines)

    def pytest_unconfigure(self) -> None:
        """Stop the servers."""
        for each, _ in self._servers.values():
            each.stop()

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """List examples that were served although they break their own schemas."""
        if self._findings:
            terminalreporter.section("cbmock: invalid examples were served")
            for each in self._findings:
                terminalreporter.line(each)
        if self._unused:
            terminalreporter.section("cbmock: scripted replies that no call got")
            for each in self._unused:
                terminalreporter.line(each)


class _FailureSections:
    """Shows what arrived below a test that failed; from the first use of the fixture on."""

    def __init__(self, tests: _TestRuns) -> None:
        """Show it for these tests."""
        self._tests = tests

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show it unless the failure itself shows it."""
        if call.excinfo is not None:
            _end_in_the_users_line(call.excinfo)
        report = yield
        if call.when == "call" and self._tests.held is item and report.failed:
            timeline = self._tests.receiver.timeline()
            if call.excinfo is None or timeline not in str(call.excinfo.value):
                report.sections.append((_SECTION, timeline))
        return report


class _ColouredSections:
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


def _end_in_the_users_line(error: pytest.ExceptionInfo[BaseException]) -> None:
    """Leave out how cbmock came to say what is wrong with the user's line."""
    if not isinstance(
        error.value, ReceiverError | AssertionError | LookupError | ValueError
    ):
        return
    entry: types.TracebackType | None = error.tb
    users = entry
    while entry is not None:
        file = Path(entry.tb_frame.f_code.co_filename)
        # `cached_property` calls from the standard library.
        if not file.is_relative_to(_PACKAGE) and file != Path(functools.__file__):
            users = entry
        entry = entry.tb_next
    if users is not None:
        users.tb_next = None


def _verdict(receiver: Receiver) -> str | None:
    try:
        receiver.verify()
    except AssertionError as error:
        return str(error)
    return None


def _arguments(options: dict[str, Any], receiver: type[Receiver]) -> dict[str, Any]:
    """Return the arguments of a Receiver beside its document."""
    known = inspect.signature(receiver).parameters
    for name in options:
        if name not in known:
            message = (
                f"cbmock_options: {name!r} is not an option of Receiver; "
                f"these are: {', '.join(known)}"
            )
            raise ReceiverError(message)
    return {name: each for name, each in options.items() if name != "spec"}


def _setting(config: pytest.Config, name: str) -> str | None:
    """Find a setting: command line, then ini."""
    found: str | None = config.getoption(f"--cbmock-{name}")
    return found or config.getini(f"cbmock_{name}") or None


def _spec(item: pytest.Item, options: dict[str, Any]) -> Any:
    """Find a test's document: its marker's, else the session's."""
    marker = item.get_closest_marker("cbmock")
    if marker is None:
        return _default_spec(item.config, options)
    if marker.args:
        return _in_root(marker.args[0], item.config)
    if "spec" in marker.kwargs:
        return _in_root(marker.kwargs["spec"], item.config)
    pytest.fail(
        "cbmock: the marker names no document: @pytest.mark.cbmock(spec=...)",
        pytrace=False,
    )


def _default_spec(config: pytest.Config, options: dict[str, Any]) -> Any:
    """Find the session's document: command line, then `cbmock_options`, then ini."""
    spec = config.getoption("--cbmock-spec")
    if spec:
        return spec
    spec = options.get("spec") or config.getini("cbmock_spec")
    if spec:
        return _in_root(spec, config)
    if _setting(config, "url"):
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
