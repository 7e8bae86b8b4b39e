"""Answers: the replies that a test scripts in the place of documented ones.

It decides the names of these methods. It must not know which call gets which reply.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

from cbmock.description.operations import Operation
from cbmock.mock.responses import scripted_reply
from cbmock.mock.responses.scripted_reply import ReplyFields
from cbmock.testing.assertions import Assertions
from cbmock.testing.call_view import CallView
from cbmock.testing.response_script import Answers, ResponseScript


class ReceiverAnswers:
    """The part of a Receiver that decides what is answered."""

    _view: CallView
    _assertions: Assertions
    _scripts: list[ResponseScript]

    def respond(
        self,
        operation: str | Operation,
        status: Answers = None,
        **parts: Unpack[ReplyFields],
    ) -> ResponseScript:
        """Script an operation's answers: `respond(op, status=503, times=2).then(200)`.

        It replaces earlier scripts; parts that are not given stay as documented.
        `status` may also be a whole `Reply`, or a function of the call that returns one
        (or a status, a mapping, a `Response`, None). `parts` are the fields of `Reply`.
        The reply is also given to invalid requests, whose violations are still
        reported. Without `times` it is given to every call, or to one if another reply
        follows with `.then(...)`. On a Receiver of one test it applies to the calls of
        that test. Raises `ReceiverError` for a reply that is invalid or does not fit
        the operation.
        """
        __tracebackhide__ = True
        script = ResponseScript(
            self._view.backend.scripts,
            self._assertions.readable(operation),
            self._view.token,
            scripted_reply.from_arguments(status, parts),
        )
        self._scripts.append(script)
        return script

    def play(self, operation: str | Operation, replies: Iterable[Any]) -> None:
        """Answer an operation with replies from a file; unused ones are not reported."""
        found = self._assertions.readable(operation)
        scripts = self._view.backend.scripts
        read = map(scripted_reply.from_value, replies)
        scripts.put(
            found, self._view.token, [scripts.check(found, each) for each in read]
        )

    @property
    def unused_replies(self) -> tuple[str, ...]:
        """The replies of this test's scripts that no call got: `paid: 503, 2 times`."""
        if not self._scripts:
            return ()
        return tuple(
            f"{each.operation.name}: {reply}"
            for each in {script.operation: script for script in self._scripts}.values()
            for reply in each.unused
        )

    def respond_as_documented(self, operation: str | Operation | None = None) -> None:
        """Remove the scripts of one operation, or of all; `cbmock` does so at the test's end.

        A Receiver that is not of one test removes them for all tests.
        """
        found = None if operation is None else self._assertions.operation(operation)
        self._view.backend.scripts.remove(found, self._view.token)
