"""cbmock plays the other side of an API's callbacks and webhooks.

The public API, and nothing else. Names are loaded at their first use, so that the
pytest plugin costs nothing if no test uses it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cbmock.description.operations import Operation, Scope
    from cbmock.errors import (
        AmbiguousOperation,
        DocumentError,
        ReceiverError,
        UnknownOperation,
    )
    from cbmock.firing.answer import Answer
    from cbmock.http.messages import Headers, Request, Response
    from cbmock.mock.call import Call
    from cbmock.mock.mock import Mock
    from cbmock.mock.responses.scripted_reply import Reply
    from cbmock.signatures.signature import Signature
    from cbmock.testing.matching import Exactly, IsInstance, Like, Matching
    from cbmock.testing.parametrized import parametrize
    from cbmock.testing.receiver import Receiver
    from cbmock.testing.sender import Sender
    from cbmock.violations import Violation

__version__ = "0.2.0"

__all__ = [
    "AmbiguousOperation",
    "Answer",
    "Call",
    "DocumentError",
    "Exactly",
    "Headers",
    "IsInstance",
    "Like",
    "Matching",
    "Mock",
    "Operation",
    "Receiver",
    "ReceiverError",
    "Reply",
    "Request",
    "Response",
    "Scope",
    "Sender",
    "Signature",
    "UnknownOperation",
    "Violation",
    "__version__",
    "parametrize",
]

_HOMES = {
    "AmbiguousOperation": "cbmock.errors",
    "Answer": "cbmock.firing.answer",
    "Call": "cbmock.mock.call",
    "DocumentError": "cbmock.errors",
    "Exactly": "cbmock.testing.matching",
    "Headers": "cbmock.http.messages",
    "IsInstance": "cbmock.testing.matching",
    "Like": "cbmock.testing.matching",
    "Matching": "cbmock.testing.matching",
    "Mock": "cbmock.mock.mock",
    "Operation": "cbmock.description.operations",
    "Receiver": "cbmock.testing.receiver",
    "ReceiverError": "cbmock.errors",
    "Reply": "cbmock.mock.responses.scripted_reply",
    "Request": "cbmock.http.messages",
    "Response": "cbmock.http.messages",
    "Scope": "cbmock.description.operations",
    "Sender": "cbmock.testing.sender",
    "Signature": "cbmock.signatures.signature",
    "UnknownOperation": "cbmock.errors",
    "Violation": "cbmock.violations",
    "parametrize": "cbmock.testing.parametrized",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that it lives in."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module 'cbmock' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    """List the public names, also those that are not loaded yet."""
    return sorted({*globals(), *__all__})
