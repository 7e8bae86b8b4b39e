"""Sender's checks: whether a request comes from the sender that it should come from.

It decides by signature and handshake. It must not know what the document says of
requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cbmock.contract.contract import Contract
from cbmock.contract.policy import Policy
from cbmock.description.operations import Operation
from cbmock.http.messages import Request
from cbmock.mock.sender_terms import SenderTerms
from cbmock.mock.verdict_cache import CachedVerdict
from cbmock.violations import Violation

if TYPE_CHECKING:
    from cbmock.mock.handshaking import Handshaking


class SenderChecks:
    """The checks of one mock."""

    def __init__(
        self,
        policy: Policy,
        contract_of: Callable[[Operation], Contract],
        handshaking: Callable[[], Handshaking],
    ) -> None:
        """Check by what is configured for each operation."""
        self._policy = policy
        self._contract_of = contract_of
        self._handshaking = handshaking

    def violations(
        self,
        operation: Operation,
        request: Request,
        token: str | None,
        sender: SenderTerms,
    ) -> tuple[Violation, ...]:
        """Return the violations of the sender's signature and handshake."""
        contract = self._contract_of(operation)
        signature = sender.signatures.get(token)
        found = contract.check_signature(request, sender.now, signature)
        if sender.handshakes or self._policy.handshakes:
            found += self._handshaking().unverified(operation, sender.handshakes, token)
        return found

    def common(
        self,
        known: CachedVerdict,
        request: Request,
        token: str | None,
        sender: SenderTerms,
    ) -> Mapping[str, Any] | None:
        """Return what its call shares with the known one, None if the sender is wrong."""
        if self.violations(known.common["operation"], request, token, sender):
            return None
        if token in sender.signatures:
            return {**known.common, "signature_checked": True}
        return known.common
