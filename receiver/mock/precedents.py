"""Precedents: requests that were found good, for those that differ only in their body.

It decides which requests are alike: same operation, same of all that the verdict depends
on beside the body. It must not know what makes a request good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from receiver.contract.contract import Contract, Reads
from receiver.contract.glances import Glance
from receiver.contract.violations import Violation
from receiver.description.operations import Operation
from receiver.http import Request, Response
from receiver.mock.routes import Candidate

_MOST = 4096
"""How many are remembered beside two for each operation; senders that never repeat
themselves must not fill the memory."""

_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Precedent:
    """What became of a good request; `glance` tells whether a body makes another."""

    operation: Operation
    violations: tuple[Violation, ...]
    response: Response
    glance: Glance


class Precedents:
    """The memory of good requests; a cache, so nothing depends on what it holds."""

    def __init__(self, operations: int) -> None:
        """Remember nothing yet; expect requests to so many operations."""
        self._most = _MOST + 2 * operations
        self._reads: dict[int, Reads] = {}
        self._known: dict[_Key, Precedent] = {}

    def find(self, candidate: Candidate, request: Request) -> Precedent | None:
        """Return what became of a request like this one, with a body as good."""
        reads = self._reads.get(id(candidate.route))
        if reads is None or candidate.violations:
            return None
        found = self._known.get(_key(candidate, request, reads))
        return found if found is not None and found.glance(request.body) else None

    def learn(
        self,
        candidate: Candidate,
        request: Request,
        contract: Contract,
        violations: tuple[Violation, ...],
        response: Response,
    ) -> None:
        """Remember a request about whose URL, headers and body nothing was to be said.

        `violations` are the operation's own, whatever is sent to it.
        """
        glance = contract.glance(request)
        if glance is None or contract.reads is None:
            return
        if len(self._known) >= self._most:
            self._known.clear()
        reads = contract.reads
        self._reads[id(candidate.route)] = reads
        self._known[_key(candidate, request, reads)] = Precedent(
            candidate.operation, violations, response, glance
        )


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
