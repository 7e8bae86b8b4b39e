"""Agreed: the handshakes and answers that hold for one test, besides the configured ones.

It decides which of several holds for an operation. It must not know routes or calls.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cbmock.description.operation_names import aliases
from cbmock.description.operations import Operation
from cbmock.handshakes.expected import ConfiguredHandshakes, ExpectedHandshake
from cbmock.http.messages import Response

ANSWER = "answer"
"""The handshake name of a call that an `UndocumentedAnswer` was sent for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndocumentedAnswer:
    """The answer that a test sets for requests that the document does not have.

    It applies at the URL of an `operation` (its identity), else at `path`, in which
    `{name}` stands for one segment.
    """

    method: str
    response: Response
    operation: str | None = None
    path: str | None = None

    def fits(self, method: str, path: str, operations: Iterable[Operation]) -> bool:
        """Return whether a request is one of these; `operations` are those at its URL."""
        if method != self.method:
            return False
        if self.operation is not None:
            return any(each.identity == self.operation for each in operations)
        parts = re.split(r"\{[^{}/]*\}", self.path or "")
        return re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None

    def record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "method": self.method,
            "operation": self.operation,
            "path": self.path,
            "status": self.response.status,
        }


@dataclass(frozen=True, slots=True)
class Agreed:
    """The settings of one test; a handshake may be limited to an operation's identity."""

    handshakes: tuple[tuple[ExpectedHandshake, str | None], ...] = ()
    answers: tuple[UndocumentedAnswer, ...] = ()

    def with_handshake(self, one: ExpectedHandshake, operation: str | None) -> Agreed:
        """Add a handshake; it replaces one of the same name for the same operation."""
        others = (
            (each, where)
            for each, where in self.handshakes
            if (each.name, where) != (one.name, operation)
        )
        return replace(self, handshakes=((one, operation), *others))

    def with_answer(self, answer: UndocumentedAnswer) -> Agreed:
        """Add an answer; the latest one takes precedence."""
        return replace(self, answers=(answer, *self.answers))


def holding(
    operations: Sequence[Operation],
    own: Iterable[Agreed],
    configured: ConfiguredHandshakes,
) -> tuple[ExpectedHandshake, ...]:
    """Return the handshakes at a URL, of its `operations` or of none.

    The settings of a test take precedence over the configuration. In the configuration the
    most specific pattern applies to an operation, and `*` to URLs without an operation.
    """
    identities = {each.identity for each in operations}
    found: dict[str, ExpectedHandshake] = {}
    for agreed in own:
        for each, where in agreed.handshakes:
            if where is None or where in identities:
                found.setdefault(each.name, each)
    if configured:
        for names in map(aliases, operations) if operations else (("",),):
            for each in _most_specific(names, configured):
                found.setdefault(each.name, each)
    return tuple(found.values())


def _most_specific(
    names: Sequence[str], configured: ConfiguredHandshakes
) -> tuple[ExpectedHandshake, ...]:
    fitting = [
        ((pattern in names, sum(each not in "*?[]" for each in pattern)), at, found)
        for at, (pattern, found) in enumerate(configured)
        if any(fnmatch.fnmatchcase(name, pattern) for name in names)
    ]
    return max(fitting, key=lambda each: each[:2])[2] if fitting else ()
