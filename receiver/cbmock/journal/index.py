"""The index of calls by operation and by token.

It decides how calls are found without a scan. It must not know anything else about a
call.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Sequence

from cbmock.description.operations import Operation
from cbmock.mock.call import Call

_Ids = dict[str, "array[int]"]


class CallIndex:
    """Ascending ids of calls, by the identity of their operation and by token.

    An entry takes eight bytes. It may contain ids of calls that are no longer kept.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._operations: _Ids = {}
        self._by_operation: dict[int, array[int]] = {}
        self._seen: list[
            Operation
        ] = []  # keeps a reference, so that an id is not reused
        self._tokens: _Ids = {}
        self._invalid: _Ids = {}
        # Listed for an operation, but not counted: calls that may be to it, or are gone.
        self._uncounted: _Ids = {}

    def add(self, call: Call) -> None:
        """Add one call."""
        operation = call.operation
        if operation is not None:
            # A lookup by id() is cheaper than by the operation's identity.
            series = self._by_operation.get(id(operation))
            if series is None:
                series = self._operations.setdefault(operation.identity, array("Q"))
                self._by_operation[id(operation)] = series
                self._seen.append(operation)
            _add(series, call.id)
            if call.violations and not call.valid:
                self._list(self._invalid, operation.identity, call.id)
            if call.outcome == "ambiguous":
                for identity in call.identities[1:]:
                    self._list(self._operations, identity, call.id)
                    self._list(self._uncounted, identity, call.id)
        if call.token is not None:
            self._list(self._tokens, call.token, call.id)

    @staticmethod
    def _list(lists: _Ids, name: str, id_: int) -> None:
        _add(lists.setdefault(name, array("Q")), id_)

    def discount(self, call: Call) -> None:
        """Count a call no more, because it is deleted."""
        if call.operation is not None:
            identity = call.operation.identity
            self._list(self._uncounted, identity, call.id)
            if not call.valid:
                self._invalid[identity].remove(call.id)

    def counts(self, after: int) -> dict[str, tuple[int, int]]:
        """Return how many calls came to each operation after an id, and how many were valid.

        The operations are named by their identities.
        """

        def later(lists: _Ids, identity: str) -> int:
            ids = lists.get(identity, _NONE)
            return len(ids) - bisect.bisect_right(ids, after)

        found = {}
        for identity in self._operations:
            received = later(self._operations, identity)
            received -= later(self._uncounted, identity)
            if received:
                found[identity] = received, received - later(self._invalid, identity)
        return found

    def find(
        self, *, operation: str | None, token: str | None, after: int
    ) -> Sequence[int] | None:
        """Return the ascending ids greater than `after` of all matching calls.

        None if neither an operation nor a token is given.
        """
        listed = []
        if operation is not None:
            listed.append(self._operations.get(operation, _NONE))
        if token is not None:
            listed.append(self._tokens.get(token, _NONE))
        left = [ids[bisect.bisect_right(ids, after) :] for ids in listed]
        if len(left) < 2:  # noqa: PLR2004 - both are given
            return next(iter(left), None)
        fewer, more = sorted(left, key=len)
        return [each for each in fewer if _holds(more, each)]

    def forget(self, before: int) -> None:
        """Delete ids below `before`."""
        for lists in (self._operations, self._tokens, self._invalid, self._uncounted):
            for ids in lists.values():
                del ids[: bisect.bisect_left(ids, before)]
        self._tokens = {name: ids for name, ids in self._tokens.items() if ids}


_NONE: array[int] = array("Q")


def _holds(ids: array[int], id_: int) -> bool:
    at = bisect.bisect_left(ids, id_)
    return at < len(ids) and ids[at] == id_


def _add(ids: array[int], id_: int) -> None:
    if ids and ids[-1] > id_:  # threads may add two calls out of order
        bisect.insort(ids, id_)
    else:
        ids.append(id_)
