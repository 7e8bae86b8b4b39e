"""Failures: why an assertion on calls does not hold, told to a tired person.

It decides what a red test prints. It must not know pytest.
"""

from __future__ import annotations

from collections.abc import Sequence

from receiver.description.operations import Operation
from receiver.mock.call import Call
from receiver.reports.text import timeline, verdict


def missing(
    operation: Operation,
    *,
    wanted: int,
    found: Sequence[Call],
    calls: Sequence[Call],
    timeout: float,
    started: float,
    url: str,
    hint: str | None = None,
) -> str:
    """Say that calls did not come: what was due, what came instead."""
    times = "a call" if wanted == 1 else f"{wanted} calls"
    lines = [
        f"{operation.name} was due {times} within {timeout:g} s, {len(found)} came.",
        "",
        f"expected: {operation.method} {expected_url(operation, url)}",
        "received:",
        timeline(calls, started),
    ]
    if hint is not None:
        lines += ["", hint]
    return "\n".join(lines)


def expected_url(operation: Operation, url: str) -> str:
    """Write the URL that an operation is expected at, as the document gives it."""
    if operation.key is None:
        return url
    base = operation.key.base
    if base is None:
        return operation.key.text
    tail = operation.key.text.partition("}")[2] if "}" in operation.key.text else ""
    return (
        f"{{{base.text}}}{tail}   where {{{base.text}}} is {url} or what was registered"
    )


def broken(calls: Sequence[Call], started: float) -> str:
    """Say which calls break the contract."""
    bad = [call for call in calls if not call.valid]
    unmatched = [call for call in bad if call.operation is None]
    parts = []
    if len(bad) > len(unmatched):
        parts.append(f"{_calls(len(bad) - len(unmatched))} broke the contract")
    if unmatched:
        parts.append(f"{_calls(len(unmatched))} matched no callback or webhook")
    lines = [f"{' and '.join(parts)}:", timeline(bad, started)]
    good = [call for call in calls if call.valid]
    if good:
        names = sorted({f"{call.operation.name}" for call in good if call.operation})
        lines.append(f"  ({_calls(len(good))} {verdict(good[0])}: {', '.join(names)})")
    codes = sorted(
        {v.code for call in bad for v in call.violations if v.severity == "error"}
    )
    allowed = ", ".join(f'"{code}"' for code in codes)
    lines += ["", f"If this is meant: cbmock.allow_violations({allowed})"]
    return "\n".join(lines)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"
