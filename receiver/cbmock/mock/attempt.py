"""Attempts: which event a call delivers, and the number of the attempt.

It must not know how attempts are counted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from cbmock.http.messages import Request


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of the attempts, from 1, to deliver the event with an identity."""

    identity: str
    attempt: int

    def record(self) -> dict[str, Any]:
        """Return the JSON record that the control API, journal and reports share."""
        return {"identity": self.identity, "attempt": self.attempt}


def content_identity(request: Request) -> str:
    """Return an identity made from the content, for an event without one of its own."""
    target = request.target.encode("utf-8", "replace")
    content = b"\0".join(
        (request.method.encode("utf-8", "replace"), target, request.body)
    )
    return f"sha256:{hashlib.sha256(content).hexdigest()[:16]}"
