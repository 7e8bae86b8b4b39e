"""A verification as a page: the views of a session's report, over recorded calls.

It must not know where calls were recorded.
"""

from __future__ import annotations

from cbmock.deliveries import judging
from cbmock.deliveries.settings import DeliverySettings
from cbmock.mock.mock import Mock
from cbmock.reports.document_record import document_record
from cbmock.reports.html import page as session_page
from cbmock.reports.source_lines import rules
from cbmock.reports.verification import Verification


def page(
    verification: Verification, mock: Mock, settings: DeliverySettings, now: float
) -> str:
    """Write the result as a page; retries are judged at `now` (seconds since the epoch)."""
    calls = [call.record() for call in verification.calls]
    deliveries = judging.reported(verification.calls, settings, now=now)
    test = {
        "test": f"cbmock verify {verification.document}",
        "outcome": "passed" if verification.good else "failed",
        "failure": "\n".join(verification.unmet) or None,
        "regressions": [each.record() for each in verification.regressions],
        "calls": calls,
        "deliveries": [each.record(wrong) for each, wrong in deliveries],
        "triggers": [],
        "rules": rules(mock.description.documents, calls),
    }
    return session_page.page(
        {
            "tests": [test],
            "coverage": verification.coverage.record(),
            "documents": [document_record(mock)],
        }
    )
