"""Policy: how strictly requests are checked, as the user chose.

It must not know requests or documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cbmock.handshakes.expected import ConfiguredHandshakes
    from cbmock.signatures.signature import Signature


SecurityMode = Literal["explicit", "inherit", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How strictly requests are checked.

    `security` says which Security Requirements count: those of a callback or webhook
    itself (`explicit`), the document's too (`inherit`), or none (`off`).
    `secrets` are the expected credentials by the name of their Security Scheme: a key, a
    token, or `user:password`; without one, only presence and syntax are checked. `strict`
    warns of query parameters and body fields that are not documented, and refuses an
    `Accept` that excludes all documented responses.
    Values whose names look like those of credentials, or are in `hidden_names`, are hidden
    wherever a request is shown: headers and query parameters always, form fields only with
    `hide_form_fields`. With `show_secrets` nothing is hidden.
    `signatures` are signature schemes by pattern of operation names. `signing_secrets` are
    the secrets of a scheme that the document itself names. `public_url` is the origin that
    senders use for the mock, which some schemes sign. `handshakes` are the answered
    handshakes, by pattern of operation names. `known_clients` means that TLS admits no
    client without a certificate of a given authority.
    """

    security: SecurityMode = "explicit"
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    strict: bool = False
    hidden_names: frozenset[str] = frozenset()
    hide_form_fields: bool = False
    show_secrets: bool = False
    signatures: tuple[tuple[str, Signature], ...] = ()
    signing_secrets: tuple[str, ...] = field(default=(), repr=False)
    public_url: str | None = None
    handshakes: ConfiguredHandshakes = ()
    known_clients: bool = False


DEFAULT = Policy()
