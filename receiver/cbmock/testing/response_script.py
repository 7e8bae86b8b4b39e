"""Script: the sentence by which a test says what is answered.

It decides nothing of its own: what a reply may say and when it is given are decided elsewhere.
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
    """What `cbmock.respond(operation, ...)` returns: a sentence that `then` continues."""

    def __init__(
        self,
        scripts: ScriptsBackend,
        operation: Operation,
        token: str | None,
        first: Reply,
    ) -> None:
        """Replace what was set before of the operation's answers in this test."""
        self._scripts = scripts
        checked = scripts.check(operation, first)
        self._script = scripts.put(operation, token, (checked,))

    def then(self, status: Answers = None, **parts: Unpack[ReplyFields]) -> Self:
        """Say what follows once the reply before was given as often as it was to be.

        That is `times` calls, or one where `times` is left out. The last reply goes on for
        all further calls, unless it has `times`; then the documented answer returns.
        """
        reply = scripted_reply.from_arguments(status, parts)
        self._script.append(self._scripts.check(self._script.operation, reply))
        return self

    def all_played(self) -> None:
        """Assert that calls got every reply, as often as it was to be given."""
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
