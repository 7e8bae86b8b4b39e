"""ReceivedCalls: a test's access to the calls that have arrived.

It decides the names of these methods. It must not know waits or allowed violations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.lint.findings import Finding
from cbmock.mock.call import Call
from cbmock.reports import text
from cbmock.reports.coverage import Coverage
from cbmock.testing.assertions import Assertions
from cbmock.testing.call_view import CallView
from cbmock.testing.deliveries import ReceivedDelivery

if TYPE_CHECKING:
    from cbmock.mock.mock import Mock


class ReceivedCalls:
    """The part of a Receiver that shows what arrived."""

    _view: CallView
    _assertions: Assertions

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have arrived so far, in order."""
        return self._view.calls

    def calls_to(self, operation: str | Operation) -> tuple[Call, ...]:
        """Return the calls to one operation that have arrived so far."""
        __tracebackhide__ = True
        found = self._assertions.readable(operation)
        return tuple(call for call in self.calls if call.is_for(found))

    def deliveries(
        self, operation: str | Operation | None = None
    ) -> tuple[ReceivedDelivery, ...]:
        """Return the deliveries so far: each event with its attempts, in order."""
        __tracebackhide__ = True
        return self._assertions.deliveries(operation)

    @property
    def report(self) -> dict[str, Any]:
        """What has arrived so far, judged by the configured conduct, as JSON.

        `calls`, `deliveries`, `triggers`, and `rules`: lines of the document by the pointers
        of rules that were broken.
        """
        from cbmock.reports.source_lines import rules  # noqa: PLC0415 - 1 ms

        found = self._assertions.report()
        mock = self._own_mock
        documents = () if mock is None else mock.description.documents
        return {**found, "rules": rules(documents, found["calls"])}

    def document_report(self) -> dict[str, Any] | None:
        """Return the document's operations and findings as JSON.

        None if only a mock in another process has the document.
        """
        from cbmock.reports.document_record import document_record  # noqa: PLC0415 - 80 ms

        mock = self._own_mock
        return None if mock is None else document_record(mock)

    @property
    def _own_mock(self) -> Mock | None:
        """The mock; None if only another process has the document."""
        try:
            return self._view.backend.mock
        except ReceiverError:
            return None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings on examples that may have been answers so far."""
        host = self._view.backend
        found: tuple[Finding, ...] = ()
        for operation in {call.operation: None for call in self.calls}:
            if operation is not None:
                found += host.findings_of(operation)
        return found

    def timeline(self) -> str:
        """Describe the calls so far, in order, with times and violations."""
        return text.timeline(self.calls, self._view.started)

    def clear(self) -> None:
        """Forget the calls that have arrived so far."""
        self._view.clear()

    @property
    def coverage(self) -> Coverage:
        """The coverage of the document by these calls: operations, responses, branches."""
        return self._view.coverage
