"""ReceiverFires: the part of a Receiver that plays the sender.

It decides nothing: `Sender` does. The modules for firing are loaded at the first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cbmock.description.operations import Operation
from cbmock.testing.call_view import CallView

if TYPE_CHECKING:
    from cbmock.firing.answer import Answer
    from cbmock.testing.sender import Sender


class ReceiverFires:
    """The part of a Receiver that fires the deliveries that its document describes."""

    _view: CallView

    def fire(self, operation: str | Operation, to: object, **chosen: Any) -> Answer:
        """Fire one documented delivery at a receiver, and judge the answer.

        `to` is the receiver: the URL that it registered, an ASGI or WSGI application, or
        `module:app`. It is signed as this mock requires; `chosen` are arguments of
        `Sender.fire`: `set={"#/id": 7}`, `example=`, `signature=`, `secret=`, `within=`
        ….
        """
        __tracebackhide__ = True
        return self.sender.fire(operation, to, **chosen)

    @property
    def sender(self) -> Sender:
        """The sender of this document."""
        from cbmock.testing.sender import Sender  # noqa: PLC0415 - 300 ms, few tests fire

        return Sender.from_mock(self._view.backend.mock)
