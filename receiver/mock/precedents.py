"""Precedents: requests that were found good, for those that differ only in their body.

It decides which requests are alike: same operation, same of all that the verdict depends
on beside the body. It must not know what makes a request good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from receiver.contract.contract import Contract, Reads
from receiver.contract.glances import Glance
from receiver.http import Headers, Request
from receiver.mock.routes import Candidate
from receiver.mock.routing import Routed

_MOST = 4096
"""How many are remembered beside two for each operation; senders that never repeat
themselves must not fill the memory."""

_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Precedent:
    """What became of a good request; `glance` tells whether a body makes another.

    `common` is what its call has in common with the next one.
    """

    common: Mapping[str, Any]
    glance: Glance


@dataclass(frozen=True, slots=True)
class Same:
    """What became of a request with this very head; `token` is in its URL."""

    headers: Headers
    token: str | None
    precedent: Precedent


class Precedents:
    """The memory of good requests; a cache, so nothing depends on what it holds."""

    def __init__(self, operations: int) -> None:
        """Remember nothing yet; expect requests to so many operations."""
        self._most = _MOST + 2 * operations
        self._reads: dict[int, Reads] = {}
        self._known: dict[_Key, Precedent] = {}
        self._same: dict[tuple[int, str, str], Same] = {}

    def same(self, request: Request) -> Same | None:
        """Return what became of a request with the same head, and a body as good."""
        same = self._same.get((id(request.headers), request.target, request.method))
        if same is None or not same.precedent.glance(request.body):
            return None
        return same

    def find(self, routed: Routed, request: Request) -> Precedent | None:
        """Return what became of a request like this one, with a body as good."""
        candidate = routed.candidates[0]
        reads = self._reads.get(id(candidate.route))
        if reads is None or candidate.violations:
            return None
        found = self._known.get(_key(candidate, request, reads))
        if found is None or not found.glance(request.body):
            return None
        headers = request.headers
        if headers.recurring:
            # Nobody else has this identity as long as the headers are kept here.
            key = id(headers), request.target, request.method
            self._make_room(self._same)
            self._same[key] = Same(headers, routed.token, found)
        return found

    def learn(
        self,
        candidate: Candidate,
        request: Request,
        contract: Contract,
        common: Mapping[str, Any],
    ) -> None:
        """Remember a request about whose URL, headers and body nothing was to be said."""
        glance = contract.glance(request)
        if glance is None or contract.reads is None:
            return
        self._make_room(self._known)
        reads = contract.reads
        self._reads[id(candidate.route)] = reads
        self._known[_key(candidate, request, reads)] = Precedent(common, glance)

    def _make_room(self, memory: dict[Any, Any]) -> None:
        if len(memory) >= self._most:
            memory.clear()


def _key(candidate: Candidate, request: Request, reads: Reads) -> _Key:
    values, presence = reads.values, reads.presence
    key: list[Any] = [id(candidate.route), request.method]
    for pair in request.headers.raw:
        name = pair[0].lower()
        if name in values:
            key += (name, pair[1])
        elif name in presence:
            key.append(name)
    if reads.url:
        key.append(request.target)
    return tuple(key)
