"""ReceiverHandshakes: a test's settings for senders that verify a URL before sending.

It decides how handshakes are named and waited for. It must not know how they are answered.
"""

from __future__ import annotations

from typing import Any

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.testing.assertions import Assertions
from cbmock.testing.call_view import CallView
from cbmock.testing.expectation import DEFAULT_TIMEOUT
from cbmock.testing.waits import block, blocked_loop


class ReceiverHandshakes:
    """The part of a Receiver that answers and awaits handshakes."""

    _view: CallView
    _assertions: Assertions

    def handshake(
        self,
        name: str,
        *,
        accept: bool = True,
        operation: str | Operation | None = None,
        **options: Any,
    ) -> None:
        """Answer a handshake by its name in this test: `handshake("slack")`.

        With `accept=False` the sender is refused, and each event that it still sends is
        an `unverified-sender`. `operation` limits the handshake to one operation's URL.
        `options` are `verify_token` (which the sender must send), `secret` (for answers
        with a keyed hash), `rate` and `later` (CloudEvents), or, for a handshake of
        your own, `methods`, `sent`, `text`, `json` and `status`. Raises `ReceiverError`
        for an unknown name or option.
        """
        given = {"name": name, "accept": accept, **options}
        if operation is not None:
            given["operation"] = self._name(operation)
        self._view.backend.expect_handshake(self._view.token, given)

    def answer(
        self, method: str, where: str | Operation, status: int = 200, **parts: Any
    ) -> None:
        """Answer an undocumented request in this test: `answer("GET", "/rooms/{id}")`.

        `where` is a path below the mock, in which `{name}` stands for one segment; a
        URL of this mock; or an operation, which stands for its URL. `parts` are `json`,
        `body` and `headers`. Such a call is recorded without a violation, and is among
        the handshakes with the name `answer`.
        """
        given = {"method": method, "status": status, **parts}
        if isinstance(where, str) and where.startswith(("/", "http://", "https://")):
            path = where if where.startswith("/") else self._view.target_of(where)
            given["path"] = path.partition("?")[0]
        else:
            given["operation"] = self._name(where)
        self._view.backend.answer(self._view.token, given)

    def _name(self, operation: str | Operation) -> str:
        if isinstance(operation, str):
            return operation
        return self._view.backend.names.shortest(operation)

    @property
    def handshakes(self) -> tuple[Call, ...]:
        """The handshakes that have come so far, in order; `call.handshake` is the name."""
        return tuple(each for each in self._view.calls if each.handshake is not None)

    def wait_for_handshake(
        self, name: str | None = None, timeout: float = DEFAULT_TIMEOUT
    ) -> Call:
        """Wait until a handshake has come; return its call.

        Without `name`, any handshake counts. Handshakes that came earlier in the test
        count too.
        """
        __tracebackhide__ = True
        found = self._assertions.wait_for_handshake(name, timeout, blocked_loop)
        return block(found, self._view)
