"""Late calls: calls that arrive after their test has ended, or belong to no test.

It decides how the session's summary reports them, and when they fail the session. It
must not know how a test is judged. The plugin loads it with the first server.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from cbmock.reports.text import numbered, printable
from cbmock.testing.plugin_settings import setting
from cbmock.violations import errors

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver

_SHARED = "cbmock_late"
_WITHOUT = "without a token while no test ran"
_LONGEST_TOKEN = 100


class LateCalls:
    """Counts the calls of ended tests; in an xdist worker, sends them to the controller."""

    def __init__(self, config: pytest.Config) -> None:
        """Read the setting; raises `ReceiverError` for any but the three values."""
        self._config = config
        self._policy = setting(config, "late") or "warning"
        self._tests: dict[str, str] = {}
        self._servers: dict[int, tuple[Receiver, int]] = {}
        self._ends: dict[str, int] = {}
        self._lines: list[str] = []

    def began(self, server: Receiver) -> None:
        """Remember the server of a test that begins, and the last call before its first test."""
        if id(server) not in self._servers:
            self._servers[id(server)] = server, server.last_id

    def ended(self, test: str, receiver: Receiver, last: int) -> None:
        """Remember a test's end: calls with its token after the call `last` are late."""
        token = receiver.token
        if token is not None:
            self._tests[token] = test
            self._ends[token] = last

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Gather the late calls; fail the session if the setting says so."""
        if self._policy == "ignore":
            return
        self._lines += self._gathered()
        if hasattr(self._config, "workerinput"):
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined] # xdist's
            output[_SHARED] = json.dumps(self._lines)
        fails = self._lines and self._policy == "error"
        if fails and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def take(self, lines: str) -> None:
        """Add the late calls of a worker."""
        self._lines += json.loads(lines)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print the late calls by test."""
        if self._lines:
            terminalreporter.section("cbmock: calls that no running test received")
            for each in self._lines:
                terminalreporter.line(each)

    def _gathered(self) -> list[str]:
        late: Counter[str] = Counter()
        broken: Counter[str] = Counter()
        unknown: Counter[str] = Counter()
        for server, before in self._servers.values():
            for call in server.calls:
                if call.id <= max(before, self._ends.get(call.token or "", 0)):
                    continue
                if call.token is None or call.token in self._tests:
                    name = self._tests.get(call.token or "", _WITHOUT)
                    late[name] += 1
                    broken[name] += len(errors(call.violations))
                elif call.token not in server.tokens:
                    unknown[call.token] += 1
        lines = [_late(name, count, broken[name]) for name, count in late.items()]
        return lines + [self._stray(*each) for each in unknown.items()]

    def _stray(self, token: str, count: int) -> str:
        nearest = difflib.get_close_matches(token, self._tests, 1, 0.5)
        test = f" (nearest: {self._tests[nearest[0]]})" if nearest else ""
        below = f"/t/{printable(token[:_LONGEST_TOKEN])}"
        return f"{numbered(count)} came below {below}, a token that no test has{test}"


def _late(test: str, count: int, violations: int) -> str:
    found = f" ({violations} violation{'s' * (violations != 1)})" if violations else ""
    if test == _WITHOUT:
        return f"{numbered(count)} came {test}{found}"
    return f"{numbered(count)} came after the end of {test}{found}"
