"""Sender's terms: what a sender is checked by besides the document.

It must not know requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cbmock.handshakes.agreed import Agreed
    from cbmock.signatures.signature import Signature

NOTHING: Mapping[str | None, Any] = MappingProxyType({})


class SenderTerms(NamedTuple):
    """The sender's clock, and the settings of tests by their tokens."""

    now: float
    signatures: Mapping[str | None, Signature]
    handshakes: Mapping[str | None, Agreed]
