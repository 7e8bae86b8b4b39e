"""What the mock's own answer to a call means to a sender.

It must not know what the sender does next.
"""

from __future__ import annotations

from cbmock.http.messages import SUCCESS
from cbmock.mock.call import Call, Scripted

REDIRECTS = range(300, 400)

_PLAIN = Scripted()
_AT_ONCE = 0.3
"""Seconds within which a client follows a redirect: one round trip."""


def acknowledged(call: Call) -> bool:
    """Return whether a call got a complete success answer without delay."""
    whole = call.scripted is None or call.scripted == _PLAIN
    return whole and call.response.status in SUCCESS


def is_cut(call: Call) -> bool:
    """Return whether a script prevented a complete answer to a call."""
    return call.scripted is not None and call.scripted.fault is not None


def redirect_target(call: Call) -> str | None:
    """Return the request target to which a call was redirected, None if it was not."""
    if call.response.status not in REDIRECTS:
        return None
    location = call.response.headers.get("location")
    if location is None or location.startswith("/"):
        return location
    return "/" + location.split("://", 1)[-1].partition("/")[2]


def follows(before: Call, call: Call) -> bool:
    """Return whether a call follows the redirect that answered the one before.

    A redirect to the same URL is followed at once, or as another request: what comes
    later is a retry.
    """
    target = redirect_target(before)
    if target is None or "referer" in call.headers:
        return target is not None
    if target == call.target == before.target and call.method == before.method:
        return call.received_at - before.received_at < _AT_ONCE
    return target == call.target
