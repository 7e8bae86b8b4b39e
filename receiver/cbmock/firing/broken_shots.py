"""Broken shots: documented requests, broken in one way, ready to be sent.

It decides which ways can be sent, and how a signature is broken. It must not know how
requests are sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing import broken, cloud_event
from cbmock.firing.broken import KINDS, SIGNED, BrokenRequest
from cbmock.firing.documented_request import (
    AS_DOCUMENTED,
    Choices,
    DocumentedRequest,
    documented_request,
)
from cbmock.firing.shots import Shot, ShotMaker
from cbmock.signatures.signature import Signature

_STALE = 3600.0


@dataclass(frozen=True, slots=True)
class BrokenShots:
    """The broken deliveries of one operation, all of one documented request.

    `headers` are header fields that the user adds.
    """

    maker: ShotMaker
    operation: Operation
    choices: Choices
    whole: DocumentedRequest
    headers: Sequence[tuple[str, str]] = ()

    @classmethod
    def prepared(
        cls,
        maker: ShotMaker,
        operation: str | Operation,
        choices: Choices = AS_DOCUMENTED,
        headers: Sequence[tuple[str, str]] = (),
    ) -> BrokenShots:
        """Make the documented request of an operation; raises `ReceiverError`."""
        found = maker.operation(operation)
        whole = documented_request(maker.mock, found, choices)
        return cls(maker, found, choices, whole, headers)

    def shots(self, to: object, kinds: Sequence[str] = KINDS) -> list[Shot]:
        """Return the request, broken in every way of these kinds.

        Raises `ReceiverError` if there is no such kind.
        """
        for kind in kinds:
            if kind not in KINDS:
                raise ReceiverError(
                    f"--invalid {kind!r} is not one of all, {', '.join(KINDS)}"
                )
        ways = self.ways() if {*kinds} - SIGNED else ()
        shots = [self.shot(to, each) for each in ways if each.kind in kinds]
        return [*shots, *self._badly_signed(to, kinds)]

    def ways(self) -> Iterator[BrokenRequest]:
        """Yield the ways in which the request can be broken and sent."""
        fixed = frozenset({cloud_event.ID, *self._signature_names()})
        return broken.broken(
            self.maker.mock,
            self.operation,
            self.whole,
            choices=self.choices,
            fixed=fixed,
        )

    def shot(self, to: object, way: BrokenRequest) -> Shot:
        """Return the request, broken in one way, to a receiver, signed."""
        at = replace(self.whole, tail=way.tail)
        shot = self.maker.written(
            self.operation, to, at, way.request, headers=self.headers
        )
        return replace(shot, kind=way.kind, place=way.place)

    def _signature_names(self) -> Iterator[str]:
        """Yield the header fields that signing writes again, in lower case."""
        signature = self.maker.signature_of(self.operation)
        if signature is not None:
            signed = signature.sign(b"", timestamp=0, url="http://receiver.test")
            yield from (name.lower() for name, _ in signed)

    def _badly_signed(self, to: object, kinds: Sequence[str]) -> Iterator[Shot]:
        signature = self.maker.signature_of(self.operation)
        if signature is None:
            return

        def shot(kind: str, place: str, now: float, signed_by: Signature) -> Shot:
            made = self.maker.written(
                self.operation,
                to,
                self.whole,
                self.whole.request,
                headers=self.headers,
                now=now,
                signature=signed_by,
            )
            return replace(made, kind=kind, place=place)

        now = time.time()
        if "wrong-signature" in kinds:
            other = signature.with_other_secret()
            yield shot("wrong-signature", "another secret", now, other)
        if "stale" in kinds and signature.scheme.past is not None:
            long_ago = now - signature.scheme.past - _STALE
            yield shot("stale", "an old timestamp", long_ago, signature)
        if "tampered" in kinds and self.whole.request.body:
            good = shot("tampered", "a body that was changed", now, signature)
            changed = replace(good.request, body=good.request.body + b" ")
            yield replace(good, request=changed)
