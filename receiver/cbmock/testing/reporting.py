"""Reporting: a session's calls and coverage, in files and in the summary.

It decides what is gathered from tests and workers, and when the coverage fails a
session. It must not know how calls are checked. The plugin loads it only if an option
needs it.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cbmock.description.operations import Operation
from cbmock.mock.call import dumps
from cbmock.reports import coverage
from cbmock.reports.coverage import Coverage
from cbmock.reports.html.page import page
from cbmock.testing.plugin_settings import omitted

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver

_WRITERS = {".json": lambda record: json.dumps(record, indent=2), ".html": page}
_SHARED = "cbmock_coverage"
_DOCUMENTS = "cbmock_documents"
_RECEIVED = "cbmock_received"
"""The key of the data that xdist transfers: JSON text, as it accepts plain types
only."""


class Reporting:
    """Gathers what tests received; in an xdist worker, sends it to the controller."""

    def __init__(self, config: pytest.Config) -> None:
        """Read the options; raises `UsageError` for a file that is neither JSON nor HTML."""
        self._config = config
        self._files = [Path(each) for each in config.getoption("--cbmock-report")]
        for each in self._files:
            if each.suffix not in _WRITERS:
                message = (
                    f"--cbmock-report={each}: name a file that ends in .json or .html"
                )
                raise pytest.UsageError(message)
        self._limit: float | None = config.getoption("--cbmock-cov-fail-under")
        self._shown = config.getoption("--cbmock-cov") or self._limit is not None
        self._is_worker = hasattr(config, "workerinput")
        self._coverage: Coverage | None = None
        self._received: dict[str, dict[str, Any]] = {}
        self._tests: dict[str, dict[str, Any]] = {}
        self._described: list[tuple[Operation, ...]] = []
        self._documents: list[dict[str, Any]] = []
        self._errors: list[str] = []

    # --- in the process that runs the tests ---

    def take(self, test: str, receiver: Receiver) -> None:
        """Add what one test received."""
        self._received[test] = receiver.report
        if self._files and receiver.operations not in self._described:
            self._described.append(receiver.operations)
            self._describe([receiver.document_report()])
        self._see(receiver.coverage.omitting(omitted(self._config)))

    def _describe(self, documents: Iterable[dict[str, Any] | None]) -> None:
        self._documents += [
            each for each in documents if each and each not in self._documents
        ]

    def _see(self, found: Coverage) -> None:
        self._coverage = (self._coverage or Coverage()).merged(found)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the calls to pytest's report, also in a worker."""
        report = yield
        if report.when == "teardown" and item.nodeid in self._received:
            vars(report)[_RECEIVED] = dumps(self._received.pop(item.nodeid))
        return report

    # --- in the process that tells of them ---

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the outcome of each phase, and the calls with the last."""
        test = self._tests.setdefault(
            report.nodeid,
            {
                "test": report.nodeid,
                "outcome": "passed",
                "failure": None,
                "calls": None,
                "deliveries": [],
            },
        )
        if report.outcome != "passed" and test["outcome"] == "passed":
            setting = report.when != "call" and report.outcome == "failed"
            test["outcome"] = "error" if setting else report.outcome
            test["failure"] = report.longreprtext or None
        received = getattr(report, _RECEIVED, None)
        if received is not None:
            test |= json.loads(received)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the coverage of a finished worker."""
        output = getattr(node, "workeroutput", None)
        if output is None:
            name = node.gateway.id
            self._errors.append(f"{name} ended without its coverage and its calls")
        elif _SHARED in output:
            self._see(Coverage.read(json.loads(output[_SHARED])))
            self._describe(json.loads(output[_DOCUMENTS]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the files, and fail a session whose coverage is too low."""
        if self._is_worker:
            if self._coverage is not None:
                output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined] # xdist's
                output[_SHARED] = dumps(self._coverage.record())
                output[_DOCUMENTS] = dumps(self._documents)
            return
        self._write()
        if self._limit is not None:
            self._errors += filter(None, [self._below_limit(self._limit)])
        if self._errors and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _below_limit(self, limit: float) -> str | None:
        if self._coverage is None:
            return "no test used the fixture `cbmock`: there is no coverage"
        return coverage.required(self._coverage, limit)

    def _write(self) -> None:
        record = {
            "tests": [
                each for each in self._tests.values() if each["calls"] is not None
            ],
            "coverage": None if self._coverage is None else self._coverage.record(),
            "documents": self._documents,
        }
        for each in self._files:
            try:
                each.parent.mkdir(parents=True, exist_ok=True)
                text = _WRITERS[each.suffix](record)
                each.write_text(text, "utf-8", "backslashreplace")
            except OSError as error:
                self._errors.append(f"{each}: cannot be written: {error.strerror}")

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print the coverage, the written files, and why the session failed."""
        if not (self._shown or self._files):
            return
        terminalreporter.section("cbmock")
        if self._shown and self._coverage is not None:
            for line in coverage.lines(self._coverage):
                terminalreporter.write_line(line)
        for each in self._files:
            terminalreporter.write_line(f"report: {each}")
        for sentence in self._errors:
            terminalreporter.write_line(f"FAILED: {sentence}", red=True, bold=True)
