"""The sections of pytest's reports about a test's calls.

It decides when calls are shown, and where a traceback ends. It must not know how calls
are written.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cbmock.errors import ReceiverError

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver

_SECTION = "cbmock"
_PACKAGE = Path(__file__).parent.parent


class FailureSections:
    """Shows the received calls below a failed test, from the fixture's first use on."""

    def __init__(self, receiver_of: Callable[[pytest.Item], Receiver | None]) -> None:
        """Show the calls to the Receiver of a test, if it has one."""
        self._receiver_of = receiver_of

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show them unless the failure itself does."""
        if call.excinfo is not None:
            _end_in_the_users_line(call.excinfo)
        report = yield
        receiver = self._receiver_of(item) if call.when != "teardown" else None
        if receiver is not None and report.failed:
            timeline = receiver.timeline()
            if call.excinfo is None or timeline not in str(call.excinfo.value):
                report.sections.append((_SECTION, timeline))
        return report


class ColouredSections:
    """Colours the sections on terminals, in the process that prints the reports."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Colour them."""
        if not any(name == _SECTION for name, _ in report.sections):
            return
        from cbmock.reports.text import coloured  # noqa: PLC0415 - 10 ms, only when needed

        report.sections = [
            (name, coloured(text) if name == _SECTION else text)
            for name, text in report.sections
        ]


def _end_in_the_users_line(error: pytest.ExceptionInfo[BaseException]) -> None:
    """Remove cbmock's own frames from the traceback of a failure."""
    if not isinstance(
        error.value, ReceiverError | AssertionError | LookupError | ValueError
    ):
        return
    entry: types.TracebackType | None = error.tb
    users = entry
    while entry is not None:
        file = Path(entry.tb_frame.f_code.co_filename)
        # A `cached_property` adds a frame of the standard library.
        if not file.is_relative_to(_PACKAGE) and file != Path(functools.__file__):
            users = entry
        entry = entry.tb_next
    if users is not None:
        users.tb_next = None
