"""cbmock plays the other side of an API's callbacks and webhooks.

The public API, and nothing else. Names are loaded when they are first used, so that the
pytest plugin costs nothing where no test asks for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from receiver.contract.violations import Violation
    from receiver.description.operations import Operation, Scope
    from receiver.errors import (
        AmbiguousOperation,
        DocumentError,
        ReceiverError,
        UnknownOperation,
    )
    from receiver.http import Headers, Request, Response
    from receiver.matching import A, Exactly, Like, Matching
    from receiver.mock.call import Call
    from receiver.mock.mock import Mock
    from receiver.mock.replies import Reply
    from receiver.receiver import Receiver

__version__ = "0.1.0"

__all__ = [
    "A",
    "AmbiguousOperation",
    "Call",
    "DocumentError",
    "Exactly",
    "Headers",
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
    "UnknownOperation",
    "Violation",
    "__version__",
]

_HOMES = {
    "A": "receiver.matching",
    "AmbiguousOperation": "receiver.errors",
    "Call": "receiver.mock.call",
    "DocumentError": "receiver.errors",
    "Exactly": "receiver.matching",
    "Headers": "receiver.http",
    "Like": "receiver.matching",
    "Matching": "receiver.matching",
    "Mock": "receiver.mock.mock",
    "Operation": "receiver.description.operations",
    "Receiver": "receiver.receiver",
    "ReceiverError": "receiver.errors",
    "Reply": "receiver.mock.replies",
    "Request": "receiver.http",
    "Response": "receiver.http",
    "Scope": "receiver.description.operations",
    "UnknownOperation": "receiver.errors",
    "Violation": "receiver.contract.violations",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that it lives in."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module 'receiver' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(home), name)
