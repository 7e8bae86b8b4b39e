"""The tests of a session: the servers that they share, and each test's verdict.

It decides when received calls fail a test, and how long a server runs. It must not know
how calls are checked. It loads further modules when a test uses the fixture.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Generator, Iterator
from os import PathLike
from typing import TYPE_CHECKING, Any

import pytest

from cbmock.errors import ReceiverError
from cbmock.testing.plugin_settings import (
    arguments,
    configured,
    default_spec,
    has_operations,
    play,
    setting,
    setting_without_option,
    spec_of,
)

if TYPE_CHECKING:
    from cbmock.testing.late_calls import LateCalls
    from cbmock.testing.receiver import Receiver

REPORTING = "cbmock-reporting"
_SECTIONS = "cbmock-sections"
_UNSAFE = r"[^A-Za-z0-9_]+"  # compiled when a test uses the fixture
_LONGEST_NAME = 40
_BROKEN = type(
    "Failed", (pytest.fail.Exception, AssertionError), {"__module__": "builtins"}
)
"""The failure for a violated contract: shown like `pytest.fail`, and an
AssertionError."""


class TestRuns:
    """The tests of a session: the servers that they share, and the one that runs now.

    It provides the fixtures, and hooks tell it which test runs. Pytest's `request`
    could tell it too, but takes longer than the whole fixture.
    """

    def __init__(self, config: pytest.Config) -> None:
        """Start with no test and no server."""
        self._config = config
        self._servers: dict[object, tuple[Receiver, Any]] = {}
        self._usual: dict[int, Receiver] = {}
        self._unused: list[str] = []
        self._running: pytest.Item
        self._held: pytest.Item | None = None
        self._receiver: Receiver
        self._verified = -1

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Remember the test whose fixtures are set up next."""
        __tracebackhide__ = True
        self._running = item
        return (yield from self._telling_failures())

    @pytest.fixture
    def cbmock(self, cbmock_options: dict[str, Any]) -> Iterator[Receiver]:
        """Play the other side of the API's callbacks and webhooks: see `cbmock.Receiver`.

        Fails the test for violations that are not allowed.
        """
        item = self._running
        receiver = self._receiver = self._set_up(item, cbmock_options)
        self._held, self._verified = item, -1
        yield receiver
        self._held = None
        failure = None
        last = receiver.last_id
        if self._verified not in {-1, last}:
            failure = _verdict(receiver)  # calls after the test's own verdict
            last = receiver.last_id
        self._let_go(item, receiver, last)
        if failure is not None:
            raise _BROKEN(failure, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Verify a test that passed, as its last step."""
        __tracebackhide__ = True
        try:
            result = yield
            self._judge(item)
        except BaseException:
            self._show_failures()
            raise
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        """Prepare the report of a teardown that fails."""
        __tracebackhide__ = True
        return (yield from self._telling_failures())

    def _telling_failures(self) -> Generator[None, Any, Any]:
        """Go on with a phase of a test; if it fails, let its report show the calls."""
        __tracebackhide__ = True
        try:
            return (yield)
        except BaseException:
            self._show_failures()
            raise

    def _show_failures(self) -> None:
        """Show the calls below failures from now on: hooks cost those that pass too."""
        if self._servers and not self._config.pluginmanager.has_plugin(_SECTIONS):
            from cbmock.testing.sections import FailureSections  # noqa: PLC0415 - 3 ms, few tests fail

            sections = FailureSections(self._receiver_of)
            self._config.pluginmanager.register(sections, _SECTIONS)

    def _judge(self, item: pytest.Item) -> None:
        if self._held is item:
            # unittest reports its failures only when pytest makes the report.
            unittests = getattr(item, "_excinfo", None) or []
            expected = unittests and _expects_failure(item)
            if not unittests or expected:
                failure = _verdict(self._receiver)
                if failure is not None and expected:
                    unittests.clear()  # the test passed unexpectedly
                    pytest.xfail(failure)
                if failure is not None:
                    raise _BROKEN(failure, pytrace=False)
                self._verified = self._receiver.last_id

    def _receiver_of(self, item: pytest.Item) -> Receiver | None:
        return self._receiver if self._held is item else None

    def _let_go(self, item: pytest.Item, receiver: Receiver, last: int) -> None:
        """End a test, whose last call has the id `last`."""
        if not self._url and (unused := receiver.unused_replies):
            self._unused += [f"{item.nodeid}: {each}" for each in unused]
        receiver.respond_as_documented()
        if self._reporting is not None:
            self._reporting.take(item.nodeid, receiver)
        receiver.end_test()
        self._late.ended(item.nodeid, receiver, last)

    @functools.cached_property
    def _reporting(self) -> Any:
        return self._config.pluginmanager.get_plugin(REPORTING)

    def _set_up(self, item: pytest.Item, options: dict[str, Any]) -> Receiver:
        try:
            receiver = self._server_of(item, options).for_test(_token(item.name))
            if self._plays:
                play(self._config, receiver)
            self._late.began(receiver)
        except ReceiverError as error:
            reason = error.message
        else:
            return receiver
        pytest.fail(f"cbmock: {reason}", pytrace=False)

    @functools.cached_property
    def _url(self) -> str | None:
        """The URL of a running mock; cached, because settings do not change in a session."""
        return setting(self._config, "url")

    @functools.cached_property
    def _plays(self) -> bool:
        """Whether the configuration file may have responses for operations."""
        return not self._url and has_operations(self._config)

    def _server_of(self, item: pytest.Item, options: dict[str, Any]) -> Receiver:
        """Return a test's server; the one for tests without a marker is cached."""
        # Markers are keywords too, which are found sooner.
        if "cbmock" in item.keywords and item.get_closest_marker("cbmock") is not None:
            return self.server(spec_of(item, options), options)
        usual = self._usual.get(id(options))
        if usual is None:
            usual = self.server(default_spec(item.config, options), options)
            self._usual[id(options)] = usual
        return usual

    def server(self, spec: Any, options: dict[str, Any]) -> Receiver:
        """Return the running server of a document, or the running mock for all documents."""
        named = str(spec) if isinstance(spec, str | PathLike) else id(spec)
        key = named, id(options)
        if key not in self._servers:
            from cbmock.testing.receiver import Receiver  # noqa: PLC0415 - 500 ms, only when used

            given = configured(self._config) | arguments(options, Receiver)
            if self._url:
                access = setting_without_option(self._config, "token")
                found = Receiver.at(self._url, spec, access_token=access)
            else:
                found = Receiver(spec, **given)
            self._servers[key] = found.start(), options
        return self._servers[key][0]

    @functools.cached_property
    def _late(self) -> LateCalls:
        from cbmock.testing.late_calls import LateCalls  # noqa: PLC0415 - 3 ms, only when used

        found = LateCalls(self._config)
        self._config.pluginmanager.register(found, "cbmock-late-calls")
        return found

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the late calls of an xdist worker."""
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
        """List served examples that are invalid against their own schemas."""
        if found := self._findings:
            terminalreporter.section("cbmock: invalid examples were served")
            for each in found:
                terminalreporter.line(each)
        if self._unused:
            terminalreporter.section("cbmock: scripted replies that no call got")
            for each in self._unused:
                terminalreporter.line(each)

    @property
    def _findings(self) -> dict[str, None]:
        """The findings on the examples that the session's own servers have served."""
        return {
            f"{each.where}: {each.code}: {each.detail}": None
            for server, _ in self._servers.values()
            if not self._url
            for each in server.findings
        }


def _expects_failure(item: pytest.Item) -> bool:
    """Return whether unittest's decorator says that a test is expected to fail."""
    return bool(
        getattr(getattr(item, "obj", None), "__unittest_expecting_failure__", False)
    )


def _verdict(receiver: Receiver) -> str | None:
    try:
        receiver.verify()
    except AssertionError as error:
        return str(error)
    return None


def _token(test: str) -> str:
    """Return a token that people recognise as the test's in a log."""
    name = re.sub(_UNSAFE, "-", test).strip("-")[:_LONGEST_NAME]
    return f"{name}-{os.urandom(3).hex()}"
