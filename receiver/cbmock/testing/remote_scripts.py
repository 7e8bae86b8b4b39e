"""The scripted replies of a mock that runs in another process.

It decides which replies can be sent there. It must not know what they are answers to.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from cbmock.description.operation_names import OperationNames
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.testing.control_client import Remote


class RemoteScript:
    """The replies that a remote mock is to give."""

    def __init__(
        self, remote: Remote, name: str, operation: Operation, token: str | None
    ) -> None:
        """Stand for the script of an operation, by the name that it has there."""
        self.operation = operation
        self.left: tuple[Reply, ...] = ()
        self._remote = remote
        self._path = f"responses/{quote(name, safe='')}"
        self._token = token

    @property
    def unused(self) -> tuple[Reply, ...]:
        """Nothing: which replies were given is known where the mock runs."""
        message = (
            f"the mock at {self._remote.url} runs in another process: `GET responses` of "
            "its control API has the replies that are left."
        )
        raise ReceiverError(message)

    def append(self, reply: Reply) -> None:
        """Add one reply at the mock; those before begin anew."""
        self.left = (*self.left, reply)
        record = {"replies": [each.record() for each in self.left]}
        self._remote.ask("PUT", self._path, record, token=self._token)

    def remove(self) -> None:
        """Let the mock answer as documented."""
        self._remote.ask("DELETE", self._path, token=self._token)


class RemoteScripts:
    """The scripts of a remote mock; it says itself what does not fit an operation."""

    def __init__(self, remote: Remote, names: OperationNames) -> None:
        """Say what is answered by operations of these names."""
        self._remote = remote
        self._names = names

    def check(self, _operation: Operation, reply: Reply) -> Reply:
        """Return a reply; `ReceiverError` where it cannot be sent to the mock."""
        if reply.by is not None:
            message = (
                f"the mock at {self._remote.url} is another process: it cannot ask a "
                "function. Say the replies themselves."
            )
            raise ReceiverError(message)
        return reply

    def put(
        self, operation: Operation, token: str | None, first: Iterable[Reply]
    ) -> RemoteScript:
        """Put a script in the place of the one that the operation had for this test."""
        script = self._script(operation, token)
        for reply in first:
            script.append(reply)
        return script

    def remove(
        self, operation: Operation | None = None, token: str | None = None
    ) -> int:
        """Remove the scripts of an operation and a test, None for any; return how many."""
        if operation is None:
            gone = self._remote.ask("DELETE", "responses", token=token)
            return int(gone["deleted"])
        self._script(operation, token).remove()
        return 1

    def _script(self, operation: Operation, token: str | None) -> RemoteScript:
        name = self._names.shortest(operation)
        return RemoteScript(self._remote, name, operation, token)
