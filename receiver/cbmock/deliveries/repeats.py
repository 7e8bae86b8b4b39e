"""Repeats: violations of a call that delivers an event again, for any sender.

It decides what follows from two calls with one identity, and shows both. It must not
know how earlier calls are found or the conduct of one sender beyond its settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.deliveries.bodies import compared_body, first_difference
from cbmock.deliveries.conduct import Conduct
from cbmock.deliveries.http_stacks import repeats
from cbmock.mock.call import Call
from cbmock.mock.responses.documented import BODILESS
from cbmock.violations import Severity, Violation, shortened

CODES = frozenset({"identity-reuse", "duplicate-delivery", "redirect-followed"})
"""Codes that depend on earlier calls, so that one call alone cannot be judged."""

_LONGEST_BODY = 300


def reused(call: Call, first: Call, conduct: Conduct | None) -> Iterator[Violation]:
    """Compare a call with the first one that has the same identity."""
    conduct = conduct or Conduct()
    if not conduct.same_body:
        return
    one, other = compared_body(first, conduct), compared_body(call, conduct)
    if one != other:
        where = first_difference(one, other)
        yield _violation(
            "identity-reuse",
            f"the same identity came with another body in call {first.id}{where}",
            (first, call),
        )


def duplicated(
    call: Call, success: Call, conduct: Conduct | None, severity: Severity
) -> Iterator[Violation]:
    """Build the violation of a call that came again after a success."""
    conduct = conduct or Conduct()
    if conduct.redelivers:
        return
    detail = f"the same as call {success.id}, which was answered {success.status}"
    if not success.response.body:
        detail += " without a body"
        if conduct.needs_body:
            severity = "info"
            detail += ", which its sender takes for a failure"
        elif success.status not in BODILESS:
            detail += "; some senders try again until they get one"
    yield _violation("duplicate-delivery", detail, (success, call), severity)


def sent_again(call: Call, cut: Call) -> Iterator[Violation]:
    """Build the warning for a repeat of a call that got no complete answer."""
    fault = None if cut.scripted is None else cut.scripted.fault
    who = repeats(call.headers.get("user-agent"))
    reason = f"; {who}" if who else ""
    yield _violation(
        "duplicate-delivery",
        f"the same as call {cut.id}, which got no whole answer ({fault}){reason}",
        (cut, call),
        "info",
    )


def followed(call: Call, redirected: Call, conduct: Conduct | None) -> Violation:
    """Build the warning for a call that follows a redirect, perhaps as GET."""
    allowed = conduct is not None and conduct.follows_redirects
    changed = call.method != redirected.method
    detail = (
        f"call {redirected.id} was answered {redirected.status}; the sender followed it"
    )
    if changed:
        detail += f" as {call.method} without a body; 307 and 308 keep method and body"
    return _violation(
        "redirect-followed", detail, (redirected, call), "info" if allowed else "error"
    )


def _violation(
    code: str, detail: str, calls: tuple[Call, Call], severity: Severity = "error"
) -> Violation:
    before, call = calls
    return call.redaction.violation(
        Violation(
            location="delivery",
            code=code,
            detail=detail,
            severity=severity,
            expected=None if severity == "info" else _side(before),
            received=None if severity == "info" else _side(call),
        )
    )


def _side(call: Call) -> Any:
    """Return what is shown of one of two compared calls."""
    body = call.shown.body[:_LONGEST_BODY].decode("utf-8", "replace")
    return shortened(
        {
            "call": call.id,
            "request": f"{call.method} {call.shown_target}",
            "body": body,
            "status": call.status if call.sent == "whole" else call.answered,
        }
    )
