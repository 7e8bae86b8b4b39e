"""Script: the answers that a test sets for an operation.

It decides nothing of its own: the content and order of replies are decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, Unpack

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.mock.responses import scripted_reply
from cbmock.mock.responses.scripted_reply import Reply, ReplyFields
from cbmock.testing.backend import ScriptsBackend

Answers = int | Reply | Callable[[Call], Any] | None
"""A status, a whole `Reply`, or a function that is called with each call."""


class ResponseScript:
    """The script that `cbmock.respond(operation, ...)` returns; `then` continues it."""

    def __init__(
        self,
        scripts: ScriptsBackend,
        operation: Operation,
        token: str | None,
        first: Reply,
    ) -> None:
        """Replace the operation's earlier script in this test."""
        self._scripts = scripts
        checked = scripts.check(operation, first)
        self._script = scripts.put(operation, token, (checked,))

    def then(self, status: Answers = None, **parts: Unpack[ReplyFields]) -> Self:
        """Add the reply that follows once the one before was given `times` times.

        Without `times`, a reply before another one is given once. The last reply is
        given to all further calls, unless it has `times`; then the documented answer
        follows.
        """
        reply = scripted_reply.from_arguments(status, parts)
        self._script.append(self._scripts.check(self._script.operation, reply))
        return self

    def all_played(self) -> None:
        """Assert that every reply was given as often as required."""
        __tracebackhide__ = True
        unused = self.unused
        if unused:
            name = self._script.operation.name
            message = f"replies of {name} that no call got: {', '.join(unused)}"
            raise AssertionError(message)

    @property
    def operation(self) -> Operation:
        """The operation that is answered."""
        return self._script.operation

    @property
    def unused(self) -> tuple[str, ...]:
        """The replies that no call got, in words: `503, 2 times`."""
        return tuple(map(_in_words, self._script.unused))

    @property
    def left(self) -> tuple[Reply, ...]:
        """The replies that are still to come."""
        return self._script.left


def _in_words(reply: Reply) -> str:
    what = "a function's" if reply.by is not None else str(reply.status or "documented")
    if reply.times is None:
        return what
    return f"{what}, {reply.times} time{'s' * (reply.times != 1)}"
