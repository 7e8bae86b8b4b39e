"""New identities of deliveries.

It decides how they are written, by what the document says of the header fields that
carry them. It must not know requests.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator

from cbmock.contract.contract import Contract
from cbmock.contract.parameters.parameter import Parameter
from cbmock.firing.parameter_samples import arrives
from cbmock.signatures.signature import Signature


def message_id() -> str:
    """Return a new identity as Standard Webhooks writes it."""
    return f"msg_{os.urandom(16).hex()}"


def _uuid() -> str:
    return str(uuid.uuid4())


def identity_maker(
    contract: Contract, signature: Signature | None
) -> Callable[[], str]:
    """Return the function that makes an operation's identities: valid ones if it can."""
    fields = list(_fields(contract, signature))
    makers = (message_id, _uuid)
    good = (make for make in makers if all(arrives(field, make()) for field in fields))
    return next(good, message_id)


def _fields(contract: Contract, signature: Signature | None) -> Iterator[Parameter]:
    """Yield the documented header fields that carry the identity."""
    kind, _, name = ((signature and signature.scheme.id) or "").partition(" ")
    names = {"ce-id", name.lower() if kind == "header" else ""}
    for each in contract.parameters:
        if each.location == "header" and each.name.lower() in names:
            yield each
