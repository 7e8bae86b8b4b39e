"""The tests of a session: which one runs now, and each test's verdict.

It decides when received calls fail a test. It must not know how calls are checked. It
loads further modules when a test uses the fixture.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver
    from cbmock.testing.shared_servers import SharedServers

_SECTIONS = "cbmock-sections"
_BROKEN = type(
    "Failed", (pytest.fail.Exception, AssertionError), {"__module__": "builtins"}
)
"""The failure for a violated contract: shown like `pytest.fail`, and an
AssertionError."""


class TestRuns:
    """The tests of a session: the one that runs now, and the servers that they share.

    It provides the fixtures, and hooks tell it which test runs. Pytest's `request`
    could tell it too, but takes longer than the whole fixture.
    """

    def __init__(self, config: pytest.Config) -> None:
        """Start with no test and no server."""
        self._config = config
        self._servers: SharedServers | None = None
        self._running: pytest.Item
        self._held: pytest.Item | None = None
        self._receiver: Receiver
        self._verified = -1

    @property
    def servers(self) -> SharedServers:
        """The servers that the tests share; from then on there may be some."""
        if self._servers is None:
            from cbmock.testing.shared_servers import SharedServers  # noqa: PLC0415 - 1 ms, only when used

            self._servers = SharedServers(self._config)
        return self._servers

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Remember the test whose fixtures are set up next."""
        __tracebackhide__ = True
        self._running = item
        _before_false_files(getattr(item, "fixturenames", []))
        return (yield from self._telling_failures())

    @pytest.fixture
    def cbmock(self, cbmock_options: dict[str, Any]) -> Iterator[Receiver]:
        """Play the other side of the API's callbacks and webhooks: see `cbmock.Receiver`.

        Fails the test for violations that are not allowed.
        """
        item, servers = self._running, self.servers
        receiver = self._receiver = servers.begin(item, cbmock_options)
        self._held, self._verified = item, -1
        yield receiver
        self._held = None
        failure = None
        last = receiver.last_id
        if self._verified not in {-1, last}:
            failure = _verdict(receiver)  # calls after the test's own verdict
            last = receiver.last_id
        servers.end(item, receiver, last)
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

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the late calls of an xdist worker."""
        lines = getattr(node, "workeroutput", {}).get("cbmock_late")
        if lines is not None:
            self.servers.late.take(lines)

    def pytest_unconfigure(self) -> None:
        """Stop the servers."""
        if self._servers is not None:
            self._servers.stop()

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """List what the summary says of the servers."""
        if self._servers is not None:
            self._servers.summarize(terminalreporter)


def _before_false_files(fixtures: list[str]) -> None:
    """Set `cbmock` up before pyfakefs takes the files away, the document's among them."""
    if "fs" in fixtures and "cbmock" in fixtures[fixtures.index("fs") :]:
        fixtures.remove("cbmock")
        fixtures.insert(fixtures.index("fs"), "cbmock")


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
