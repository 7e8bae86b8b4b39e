"""Which signature an operation's requests must carry, and whether a request carries it.

It must not know signature schemes or where secrets come from.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from cbmock.contract.policy import Policy
from cbmock.contract.security.hidden_names import is_signature_field
from cbmock.description.operation_names import most_specific
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.http.messages import HeaderForm, Headers, Request
from cbmock.violations import Violation, errors

if TYPE_CHECKING:
    from cbmock.signatures.fast_check import SignatureFastCheck
    from cbmock.signatures.signature import Signature

SignatureVerdict = Literal["good", "wrong", "unchecked"]

EXTENSION = "x-webhook-signature"
"""The extension of an operation or Path Item: a scheme's name, or a table as in the
configuration."""


def operation_signature(operation: Operation, policy: Policy) -> Signature | None:
    """Return the signature that the user configured, else the one in the document."""
    configured = most_specific(operation, policy.signatures)
    if configured is not None:
        return configured
    return _documented(operation, policy)


def check(
    signature: Signature, request: Request, policy: Policy, now: float | None
) -> tuple[Violation, ...]:
    """Check the bytes as received, and the URL that the sender used."""
    if fast_check(signature)(request.headers, request.body, now):
        return ()
    public = policy.public_url
    return signature.check(
        _fields(request),
        request.body,
        method=request.method,
        url=request.url if public is None else public.rstrip("/") + request.target,
        now=now,
    )


def fast_check(signature: Signature) -> SignatureFastCheck:
    """Return a check that is true for signatures that are certainly right."""
    return signature.is_surely_good or _is_never_sure


def _is_never_sure(_headers: Headers, _body: bytes, _now: float | None) -> bool:
    return False


def is_signed(request: Request) -> bool:
    """Return whether the name of a header field is that of a signature."""
    form = request.headers.form
    return _has_signature(request.headers.names) if form is None else _is_signed(form)


@functools.lru_cache(maxsize=256)
def _is_signed(form: HeaderForm) -> bool:
    return _has_signature(form.names)


def _has_signature(names: Iterable[bytes]) -> bool:
    return any(map(is_signature_field, names))


def verdict(
    request: Request, violations: Iterable[Violation], *, checked: bool
) -> SignatureVerdict | None:
    """Return the result of checking a request's signature; None if it has none to be seen.

    `checked` says that a scheme was configured to check it by.
    """
    found = tuple(each for each in violations if each.location == "signature")
    if errors(found):
        return "wrong"
    if checked and all(each.code != "signature-key" for each in found):
        return "good"
    return "unchecked" if is_signed(request) else None


def unchecked(request: Request) -> tuple[Violation, ...]:
    """Warn that nothing checks a request that is signed as a known scheme does."""
    if not is_signed(request):
        return ()
    from cbmock.signatures import causes, signed_message  # noqa: PLC0415 - 50 ms, few are signed

    sent = signed_message.read_message(_fields(request), request.body, request.method)
    found = causes.looks_like(sent)
    if not found:
        return ()
    place = next(each for each in found[0].headers if each in sent.headers)
    titles = " or ".join(dict.fromkeys(each.title for each in found))
    return (
        Violation(
            location="signature",
            code="signature-unchecked",
            name=place,
            severity="info",
            detail=f"it looks signed as {titles} does; configure "
            f'`signature = "{found[0].name}"` and its secret to check it',
        ),
    )


def _fields(request: Request) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.headers.raw
    ]


def _documented(operation: Operation, policy: Policy) -> Signature | None:
    item = {} if operation.path_item is None else operation.path_item.fields
    own = None if operation.node is None else operation.node.value
    beside = item.get(EXTENSION)
    found: Any = own.get(EXTENSION) if isinstance(own, Mapping) else None
    if found is None and beside is not None:
        found = beside.value
    if not isinstance(found, str | Mapping):
        return None
    from cbmock.signatures.signature import Signature  # noqa: PLC0415 - 100 ms, few documents need it

    try:
        return Signature(found, secret=policy.signing_secrets)
    except ReceiverError:  # lint has a finding for it
        return None
