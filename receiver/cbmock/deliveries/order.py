"""Several deliveries to one operation: their order, and how many come at once.

It decides which deliveries should have been one, came in the wrong order, or were too
many at once. It must not know violations within one delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cbmock.deliveries.conduct import Conduct
from cbmock.deliveries.delivery import Delivery
from cbmock.description import json_pointer
from cbmock.mock.call import Call
from cbmock.violations import Violation

_EARLY = 0.05
"""Seconds before the recorded end of an answer at which a sender may have it."""


def check_order(
    deliveries: Sequence[Delivery], conduct: Conduct
) -> tuple[tuple[int, Violation], ...]:
    """Return the violations between deliveries to one operation, by call id."""
    return (
        *_identity_changed(deliveries, conduct),
        *_out_of_order(deliveries, conduct),
        *_overlapping(deliveries, conduct),
    )


def _identity_changed(
    deliveries: Sequence[Delivery], conduct: Conduct
) -> Iterator[tuple[int, Violation]]:
    """Find deliveries that failed once and were retried with another identity.

    A delivery with a retry of its own was not, nor one that had no answer yet: two
    events may have equal bodies.
    """
    failed: dict[tuple[str, bytes], Delivery] = {}
    for each in deliveries:
        first = each.attempts[0]
        key = first.target, first.body
        before = failed.pop(key, None) if first.body else None
        if before is not None and conduct.retries and _is_over(before, first):
            detail = (
                f"call {first.id} has the identity {each.identity!r}; the same body came "
                f"as {before.identity!r} in call {before.attempts[0].id}, which failed"
            )
            yield first.id, _violation("identity-changed", detail)
        if not each.delivered and len(each.attempts) == 1:
            failed[key] = each


def _is_over(before: Delivery, call: Call) -> bool:
    last = before.attempts[-1]
    return last.received_at + last.duration <= call.received_at


def _out_of_order(
    deliveries: Sequence[Delivery], conduct: Conduct
) -> Iterator[tuple[int, Violation]]:
    if conduct.ordered_by is None:
        return
    tokens = json_pointer.parse_fragment(conduct.ordered_by[1:])
    greatest: Any = None
    for each in deliveries:
        try:
            value = json_pointer.lookup(each.attempts[0].json, tokens)
            late = greatest is not None and value < greatest
        except (LookupError, ValueError, TypeError):
            continue  # nothing to compare; the contract reports a wrong body
        if late:
            detail = f"{conduct.ordered_by} {value!r} came after {greatest!r}"
            yield each.attempts[0].id, _violation("out-of-order", detail)
        else:
            greatest = value


def _overlapping(
    deliveries: Sequence[Delivery], conduct: Conduct
) -> Iterator[tuple[int, Violation]]:
    if conduct.concurrent is None:
        return
    calls = sorted(
        (call for each in deliveries for call in each.attempts),
        key=lambda call: call.received_at,
    )
    under_way: list[Call] = []
    for call in calls:
        under_way = [
            each
            for each in under_way
            if each.received_at + each.duration - _EARLY > call.received_at
        ]
        if len(under_way) >= conduct.concurrent:
            detail = f"call {call.id} came before call {under_way[0].id} was answered"
            yield call.id, _violation("overlapping", detail)
        under_way.append(call)


def _violation(code: str, detail: str) -> Violation:
    return Violation(location="delivery", code=code, detail=detail)
