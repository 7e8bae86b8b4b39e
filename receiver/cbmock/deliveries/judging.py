"""Judging: violations of the conduct that is configured for deliveries.

It decides which conduct each delivery must keep to, and which call a violation belongs
to. It must not know where calls are kept or who reads the verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cbmock.deliveries.delivery import Delivery, check_identity, fold
from cbmock.deliveries.order import check_order
from cbmock.deliveries.retries import check
from cbmock.deliveries.settings import DeliverySettings
from cbmock.mock.call import Call
from cbmock.violations import Violation, merged

ByCall = Mapping[int, tuple[Violation, ...]]


def judge(
    deliveries: Iterable[Delivery], settings: DeliverySettings, *, now: float
) -> ByCall:
    """Return violations by the id of a call, for operations with a configured conduct.

    A violation within one delivery belongs to its last attempt. `now`, in seconds since
    the epoch, is the time of judgement: a retry that was due by then is missing.
    """
    if not settings.conducts:
        return {}
    found: dict[int, tuple[Violation, ...]] = defaultdict(tuple)
    for group in _by_operation(deliveries):
        conduct = settings.conduct(group[0].operation)
        if conduct is None:
            continue
        by = None if conduct.retry_within is None else now
        for each in group:
            found[each.attempts[-1].id] += check(each, conduct, now=by)
        for id, violation in check_order(group, conduct):
            found[id] += (violation,)
    return {id: violations for id, violations in found.items() if violations}


def judge_calls(
    calls: Iterable[Call], settings: DeliverySettings, *, now: float
) -> ByCall:
    """Do what `judge` does for all deliveries that calls are attempts of."""
    if not settings.conducts:
        return {}
    return judge(fold(calls, settings.identity), settings, now=now)


def with_conduct(
    calls: Iterable[Call], settings: DeliverySettings, *, now: float
) -> tuple[Call, ...]:
    """Return the calls with their violations of the configured conduct."""
    given = tuple(calls)
    return with_found(given, judge_calls(given, settings, now=now))


def with_found(calls: Iterable[Call], found: ByCall) -> tuple[Call, ...]:
    """Return the calls with the given violations added to each."""
    return tuple(
        replace(call, violations=merged(call.violations, found[call.id]))
        if call.id in found
        else call
        for call in calls
    )


def reported(
    calls: Iterable[Call], settings: DeliverySettings, *, now: float
) -> list[tuple[Delivery, tuple[Violation, ...]]]:
    """Return the deliveries, each with all its violations."""
    deliveries = fold(calls, settings.identity)
    conducted = judge(deliveries, settings, now=now)
    found = []
    for each in deliveries:
        conduct = settings.conduct(each.operation)
        repeats = check_identity(each, conduct=conduct).values()
        own = [v for group in repeats for v in group]
        if conduct is not None:
            # With a conduct, repeats are judged by it instead.
            own = [v for v in own if v.code == "identity-reuse"]
        own += (v for call in each.attempts for v in conducted.get(call.id, ()))
        found.append((each, tuple(own)))
    return found


def _by_operation(deliveries: Iterable[Delivery]) -> Iterable[Sequence[Delivery]]:
    found: dict[tuple[str, str | None], list[Delivery]] = defaultdict(list)
    for each in deliveries:
        found[each.operation.identity, each.attempts[0].token].append(each)
    return found.values()
