"""Retries: whether the attempts of one delivery keep to a conduct.

It decides which retries are missing, too soon or too many, and what may change between
attempts. It must not know clocks: calls have the time of their arrival. `scale`
corrects gaps that a test has shortened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import pairwise

from cbmock.deliveries import timestamps
from cbmock.deliveries.answers import acknowledged, follows
from cbmock.deliveries.bodies import compared_body
from cbmock.deliveries.conduct import Conduct
from cbmock.deliveries.delivery import Delivery
from cbmock.http.messages import SUCCESS
from cbmock.mock.call import Call
from cbmock.mock.faults import sent_with
from cbmock.violations import Severity, Violation

_GONE = 410
_TOLERANCE = 0.05
"""Seconds by which a clock or a timer may be early."""


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
    scale: float | None = None,
    now: float | None = None,
) -> tuple[Violation, ...]:
    """Return the violations of the attempts of a delivery.

    `scale` is the factor by which a test shortened the gaps: each is multiplied by it.
    It replaces the scale of the conduct. `now`, in seconds since the epoch, is the time
    of judgement; without it a missing retry is not reported.
    """
    factor = conduct.scale if scale is None else scale
    checked = _Checked(delivery, conduct, factor, now)
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
    body = compared_body(first, conduct) if conduct.same_body else None
    for number, (before, call) in enumerate(pairwise(attempts), 2):
        if follows(before, call):
            continue  # the client may have dropped method and body
        if conduct.same_body and compared_body(call, conduct) != body:
            detail = f"attempt {number} has another body than attempt 1"
            yield _violation("body-changed", detail)
        if conduct.fresh_timestamp:
            yield from _timestamp(conduct, number, call, before)


def _timestamp(
    conduct: Conduct, number: int, call: Call, before: Call
) -> Iterator[Violation]:
    # Timestamps count whole seconds: two attempts within one may share it.
    if call.received_at - before.received_at < 1:
        return
    earlier = dict(timestamps.stated(before, conduct.timestamp))
    for name, value in timestamps.stated(call, conduct.timestamp):
        if value == earlier.get(name):
            detail = (
                f"attempt {number} has the {name} {value!r} of attempt {number - 1}"
            )
            yield _violation("timestamp-reused", detail)


# --- when to stop -------------------------------------------------------------------------


def _stops(checked: _Checked) -> Iterator[Violation]:
    conduct = checked.conduct
    for number, (before, call) in enumerate(pairwise(checked.delivery.attempts), 2):
        answered = f"attempt {number} came after attempt {number - 1} was answered"
        if _is_taken(before, conduct):
            if not conduct.redelivers:
                detail = f"{answered} {before.status}"
                yield _violation("retry-after-success", detail)
        elif before.status == _GONE and conduct.stops_after_gone:
            yield _violation("retry-after-gone", f"{answered} {_GONE}")
        elif follows(before, call) and not conduct.follows_redirects:
            detail = f"{answered} {before.status}, as a client does that follows it"
            yield _violation("redirect-followed", detail)


def _is_taken(call: Call, conduct: Conduct) -> bool:
    """Return whether the mock's answer is a success to the sender."""
    return acknowledged(call) and bool(call.response.body or not conduct.needs_body)


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
        wanted = _retry_after(before) if conduct.retry_after else None
        if wanted is not None and wanted > least:
            least, why = wanted, "Retry-After asked for"
        if gap + tolerance < least:
            detail = (
                f"attempt {number} came {gap:.3g} s after attempt {number - 1}; "
                f"{why} {least:.3g} s"
            )
            yield _violation("retry-too-soon", detail)
        most = conduct.retry_within
        if most is not None and conduct.retries and gap > max(most, least) + tolerance:
            detail = (
                f"attempt {number} came {gap:.3g} s after attempt {number - 1}; "
                f"it was due within {most:g} s"
            )
            yield _violation("retry-missing", detail)
    # A sender counts its gap from when an attempt was over: an answer may have been slow.
    waits = [
        max(0.0, gap - before.duration * scale)
        for before, gap in zip(attempts, gaps, strict=False)
    ]
    yield from _backoff(conduct, waits, tolerance)


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
                f"attempt {number} came {other:.3g} s after the end of attempt "
                f"{number - 1}; the gap before was {one:.3g} s"
            )
            yield _violation("backoff", detail, "warning")


def _retry_after(call: Call) -> float | None:
    """Return the seconds in `Retry-After` of the mock's answer (RFC 9110 §10.2.3)."""
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
    if conduct.follows_redirects and any(
        follows(before, last) for before in delivery.attempts[-2:-1]
    ):
        return  # its answer is that of another place
    fault = None if last.scripted is None else last.scripted.fault
    unanswered = sent_with(fault) == "nothing"
    if not unanswered and (last.status in SUCCESS or last.status == _GONE):
        return  # the sender may treat a cut or delayed answer as a success
    waited = (checked.now - last.received_at) * checked.scale
    if waited < _patience(checked):
        return
    answer = f"was answered {last.status}" if not unanswered else "got no answer"
    detail = f"attempt {number} {answer}; no other followed within {waited:.3g} s"
    yield _violation("retry-missing", detail)


def _patience(checked: _Checked) -> float:
    """Return how long the next attempt may take, judged by the gaps so far."""
    attempts, conduct = checked.delivery.attempts, checked.conduct
    asked = (_retry_after(attempts[-1]) or 0.0) if conduct.retry_after else 0.0
    if conduct.retry_within is not None:
        return max(conduct.retry_within, asked)
    gaps = (after.received_at - one.received_at for one, after in pairwise(attempts))
    longest = max(gaps, default=0.0) * checked.scale
    return max(asked, conduct.min_gap, 2 * longest * (1 + conduct.jitter))


def _too_many(checked: _Checked) -> Iterator[Violation]:
    most, count = checked.conduct.max_attempts, len(checked.delivery.attempts)
    if most is not None and count > most:
        detail = f"{count} attempts came; at most {most} are allowed"
        yield _violation("too-many-attempts", detail)
