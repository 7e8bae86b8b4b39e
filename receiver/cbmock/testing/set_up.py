"""The set-up of a Receiver: its arguments, read into a mock.

It decides which arguments are wrong. It must not know what a test does with the mock.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, get_args

from cbmock import sources
from cbmock.contract.policy import Policy, SecurityMode
from cbmock.description.operations import Scope
from cbmock.errors import ReceiverError
from cbmock.mock.answering import OnViolation
from cbmock.mock.mock import Mock

if TYPE_CHECKING:
    from cbmock.handshakes.expected import ConfiguredHandshakes, HandshakesGiven
    from cbmock.signatures.configured import ConfiguredSignatures, Given
    from cbmock.sources import Spec


class DocumentOptions(NamedTuple):
    """How a document is read."""

    allow_remote: bool
    allow_files: Iterable[str | os.PathLike[str]]
    scope: Scope
    formats: Mapping[str, str]


class SenderOptions(NamedTuple):
    """How a sender identifies itself."""

    signature: Given | Mapping[str, Given] | None
    secret: str | Sequence[str]
    handshake: HandshakesGiven | Mapping[str, HandshakesGiven] | None


class HidingOptions(NamedTuple):
    """What is hidden in output."""

    names: Iterable[str]
    form_fields: bool
    nothing: bool


def mock_of(
    spec: Spec,
    document: DocumentOptions,
    sender: SenderOptions,
    hiding: HidingOptions,
    *,
    on_violation: OnViolation,
    public_url: str | None,
    security: SecurityMode,
    secrets: Mapping[str, str] | None,
    strict: bool,
    prefer: bool,
    known_clients: bool,
) -> Mock:
    """Return the mock of a document; the options are those of `Receiver`."""
    if on_violation not in get_args(OnViolation):
        allowed = ", ".join(get_args(OnViolation))
        message = f"on_violation={on_violation!r} is none of {allowed}"
        raise ReceiverError(message)
    description = sources.describe(
        spec,
        allow_remote=document.allow_remote,
        allow_files=document.allow_files,
        formats=document.formats,
    )
    signature, secret, handshake = sender
    signing_secrets = (secret,) if isinstance(secret, str) else tuple(secret)
    policy = Policy(
        security=security,
        secrets=sources.secrets(description) if secrets is None else secrets,
        strict=strict,
        signatures=_configured(signature, secret),
        signing_secrets=signing_secrets,
        handshakes=_handshakes(handshake, signing_secrets),
        # Until the port is known, the URL comes from the sender's `Host`.
        public_url=None if public_url and "{port}" in public_url else public_url,
        hidden_names=frozenset(hiding.names),
        hide_form_fields=hiding.form_fields,
        show_secrets=hiding.nothing,
        known_clients=known_clients,
    )
    return Mock(
        description,
        on_violation=on_violation,
        scope=document.scope,
        policy=policy,
        prefer=prefer,
    )


def _configured(
    given: Given | None, secret: str | Sequence[str]
) -> ConfiguredSignatures:
    if given is None:
        return ()
    from cbmock.signatures.configured import configured  # noqa: PLC0415 - 0.6 ms, few tests need it

    return configured(given, secret)


def _handshakes(
    given: HandshakesGiven | Mapping[str, HandshakesGiven] | None,
    secrets: Sequence[str],
) -> ConfiguredHandshakes:
    if given is None:
        return ()
    from cbmock.handshakes.expected import configured  # noqa: PLC0415 - 30 ms, few tests need it

    return configured(given, secrets)
