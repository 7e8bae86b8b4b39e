"""The attempts of one delivery: whether they keep to a conduct.

It decides which retries are missing, too soon or too many, and what may change between
attempts. It must not know clocks: when attempts came is in the calls. A `scale` judges
gaps that a test has shortened.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

from cbmock.deliveries.conduct import Conduct
from cbmock.deliveries.delivery import Delivery, acknowledged, redirect_target
from cbmock.description import json_pointer
from cbmock.mock.call import Call
from cbmock.violations import Severity, Violation

_SUCCESS = range(200, 300)
_GONE = 410
_TOLERANCE = 0.05
"""Seconds by which a clock or a timer may be early."""
_TIMESTAMPS = ("webhook-timestamp", "svix-timestamp")


@dataclass(frozen=True, slots=True)
class _Checked:
    """One delivery under check."""

    delivery: Delivery
    conduct: Conduct
    scale: float
    now: float | None


def check(
    delivery: Delivery,
    conduct: Conduct,
    *,
    scale: float = 1.0,
    now: float | None = None,
) -> tuple[Violation, ...]:
    """Return what is wrong with the attempts of a delivery.

    `scale` is the factor by which a test shortened the gaps: each counts that many times
    longer. `now`, in seconds since the epoch, is when all attempts have had time to come;
    without it a missing retry is not reported.
    """
    checked = _Checked(delivery, conduct, scale, now)
    return (
        *_contents(checked),
        *_stops(checked),
        *_gaps(checked),
        *_missing_retry(checked),
        *_too_many(checked),
    )


def _violation(code: str, detail: str, severity: Severity = "error") -> Violation:
    return Violation(location="delivery", code=code, detail=detail, severity=severity)


# --- what attempts have in common ---------------------------------------------------------


def _contents(checked: _Checked) -> Iterator[Violation]:
    conduct, attempts = checked.conduct, checked.delivery.attempts
    first = attempts[0]
    # After a redirect of ours the client may have dropped method and body.
    again = [
        (n, c) for n, c in enumerate(attempts[1:], 2) if not _redirected(c, attempts)
    ]
    for number, call in again:
        if conduct.same_body and _body(call, conduct) != _body(first, conduct):
            detail = f"attempt {number} has another body than attempt 1"
            yield _violation("body-changed", detail)
        if conduct.fresh_timestamp:
            yield from _timestamp(conduct, number, call, attempts[number - 2])


def _body(call: Call, conduct: Conduct) -> Any:
    """Return the bytes of a body, or its JSON without the ignored members."""
    if not conduct.ignore:
        return call.body
    try:
        value = copy.deepcopy(call.json)
    except ValueError:
        return call.body
    for pointer in conduct.ignore:
        _remove(value, json_pointer.parse_fragment(pointer[1:]))
    return value


def _remove(value: Any, tokens: Sequence[str]) -> None:
    """Remove what a pointer leads to; `*` stands for every item or member."""
    token, *rest = tokens
    if isinstance(value, list):
        at = range(len(value)) if token == "*" else _index(token, value)  # noqa: S105
        for index in at if rest else ():
            _remove(value[index], rest)
        if not rest:
            for index in reversed(at):
                del value[index]
    elif isinstance(value, dict):
        names = list(value) if token == "*" else [n for n in (token,) if n in value]  # noqa: S105
        for name in names:
            if rest:
                _remove(value[name], rest)
            else:
                del value[name]


def _index(token: str, value: Sequence[Any]) -> range:
    at = int(token) if token.isdecimal() else len(value)
    return range(at, at + 1) if at < len(value) else range(0)


def _timestamp(
    conduct: Conduct, number: int, call: Call, before: Call
) -> Iterator[Violation]:
    names = _TIMESTAMPS if conduct.timestamp is None else (conduct.timestamp,)
    for name in names:
        value = call.headers.get(name)
        # Timestamps count whole seconds: two attempts within one may share it.
        late = call.received_at - before.received_at >= 1
        if value is not None and late and value == before.headers.get(name):
            detail = (
                f"attempt {number} has the {name} {value!r} of attempt {number - 1}"
            )
            yield _violation("timestamp-reused", detail)


# --- when to stop -------------------------------------------------------------------------


def _stops(checked: _Checked) -> Iterator[Violation]:
    conduct = checked.conduct
    for number, (before, call) in enumerate(pairwise(checked.delivery.attempts), 2):
        answered = f"attempt {number} came after attempt {number - 1} was answered"
        if acknowledged(before):
            detail = f"{answered} {before.status}"
            yield _violation("retry-after-success", detail)
        elif before.status == _GONE and conduct.stops_after_gone:
            yield _violation("retry-after-gone", f"{answered} {_GONE}")
        elif _follows(before, call) and not conduct.follows_redirects:
            detail = f"{answered} {before.status}, as a client does that follows it"
            yield _violation("redirect-followed", detail)


def _follows(before: Call, call: Call) -> bool:
    """Tell whether a call follows the redirect that answered the one before."""
    target = redirect_target(before)
    return target is not None and (target == call.target or "referer" in call.headers)


def _redirected(call: Call, attempts: Sequence[Call]) -> bool:
    return any(
        _follows(before, each) and each is call for before, each in pairwise(attempts)
    )


# --- when to come again -------------------------------------------------------------------


def _gaps(checked: _Checked) -> Iterator[Violation]:
    conduct, scale = checked.conduct, checked.scale
    attempts = checked.delivery.attempts
    gaps = [
        (call.received_at - before.received_at) * scale
        for before, call in pairwise(attempts)
    ]
    tolerance = _TOLERANCE * scale
    for number, (before, gap) in enumerate(zip(attempts, gaps, strict=False), 2):
        least, why = conduct.min_gap, "at least"
        asked = _retry_after(before) if conduct.retry_after else None
        if asked is not None and asked > least:
            least, why = asked, "Retry-After asked for"
        if gap + tolerance < least:
            detail = (
                f"attempt {number} came {gap:.3g} s after attempt {number - 1}; "
                f"{why} {least:g} s"
            )
            yield _violation("retry-too-soon", detail)
    yield from _backoff(conduct, gaps, tolerance)


def _backoff(
    conduct: Conduct, gaps: Sequence[float], tolerance: float
) -> Iterator[Violation]:
    if conduct.backoff == "any":
        return
    factor = 2.0 if conduct.backoff == "exponential" else 1.0
    for number, (one, other) in enumerate(pairwise(gaps), 3):
        # Either gap may be off by the jitter.
        least = one * factor * (1 - conduct.jitter) / (1 + conduct.jitter)
        if other + tolerance < least:
            detail = (
                f"attempt {number} came {other:.3g} s after attempt {number - 1}, which "
                f"came {one:.3g} s after attempt {number - 2}"
            )
            yield _violation("backoff", detail, "warning")


def _retry_after(call: Call) -> float | None:
    """Return the seconds that `Retry-After` of our answer asks for (RFC 9110 §10.2.3)."""
    stated = call.response.headers.get("retry-after")
    if stated is None:
        return None
    if stated.strip().isdecimal():
        return float(stated)
    try:
        return parsedate_to_datetime(stated).timestamp() - call.received_at
    except (ValueError, OverflowError):
        return None


def _missing_retry(checked: _Checked) -> Iterator[Violation]:
    delivery, conduct = checked.delivery, checked.conduct
    number, last = len(delivery.attempts), delivery.attempts[-1]
    enough = conduct.max_attempts is not None and number >= conduct.max_attempts
    if not conduct.retries or enough or delivery.delivered or checked.now is None:
        return
    if last.status in _SUCCESS or last.status == _GONE:
        return  # an answer that was cut or delayed may have been taken for a success
    waited = (checked.now - last.received_at) * checked.scale
    if waited < (_retry_after(last) or 0.0):
        return
    detail = (
        f"attempt {number} was answered {last.status}; no other followed within "
        f"{waited:.3g} s"
    )
    yield _violation("retry-missing", detail)


def _too_many(checked: _Checked) -> Iterator[Violation]:
    most, count = checked.conduct.max_attempts, len(checked.delivery.attempts)
    if most is not None and count > most:
        detail = f"{count} attempts came; at most {most} are allowed"
        yield _violation("too-many-attempts", detail)
