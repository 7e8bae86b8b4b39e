"""The scripted replies of a mock that runs in another process.

It decides which replies can be sent there. It must not know which calls they answer.
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
    """The replies that a remote mock has to give."""

    def __init__(
        self, remote: Remote, name: str, operation: Operation, token: str | None
    ) -> None:
        """Represent the script of an operation, by its name at the mock."""
        self.operation = operation
        self.left: tuple[Reply, ...] = ()
        self._remote = remote
        self._path = f"responses/{quote(name, safe='', errors='replace')}"
        self._token = token

    @property
    def unused(self) -> tuple[Reply, ...]:
        """Raise `ReceiverError`: only the mock's process knows which replies were given."""
        message = (
            f"the mock at {self._remote.url} runs in another process: `GET responses` of "
            "its control API has the replies that are left."
        )
        raise ReceiverError(message)

    def append(self, reply: Reply) -> None:
        """Add one reply at the mock; the counts of earlier replies start again."""
        self.left = (*self.left, reply)
        record = {"replies": [each.record() for each in self.left]}
        self._remote.ask("PUT", self._path, record, token=self._token)

    def remove(self) -> None:
        """Let the mock answer as documented."""
        self._remote.ask("DELETE", self._path, token=self._token)


class RemoteScripts:
    """The scripts of a remote mock, which itself rejects replies that do not fit."""

    def __init__(self, remote: Remote, names: OperationNames) -> None:
        """Script the answers of operations with these names."""
        self._remote = remote
        self._names = names

    def check(self, _operation: Operation, reply: Reply) -> Reply:
        """Return a reply; raises `ReceiverError` if it cannot be sent to the mock."""
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
        """Replace the operation's script for this test."""
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
