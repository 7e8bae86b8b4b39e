"""Bodies for tests: what a webhook's Media Type Object makes of octets."""

from __future__ import annotations

from typing import Any

from cbmock.contract.contract import CheckResult
from cbmock.http.messages import Headers, Request

from tests.support.documents import contract_of


def read(
    media_type: dict[str, Any],
    data: bytes,
    sent: str,
    *,
    version: str = "3.1.0",
    key: str | None = None,
    **schemas: Any,
) -> CheckResult:
    """Check a body against one Media Type Object, under its own key."""
    key = key or sent.partition(";")[0]
    contract = contract_of(
        {"requestBody": {"content": {key: media_type}}},
        version=version,
        schemas=schemas,
    )
    request = Request("POST", "/", Headers.of([("Content-Type", sent)]), data)
    return contract.check(request, {})


def told(verdict: CheckResult) -> list[tuple[str | None, str, str]]:
    """Return where, what and how bad, for each violation."""
    return [(each.pointer, each.code, each.severity) for each in verdict.violations]
