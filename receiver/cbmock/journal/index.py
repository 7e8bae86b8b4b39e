"""The index: which calls were to an operation, and which had a token.

It decides how calls are found without looking at all of them. It must not know what a
call holds beyond that.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Sequence

from cbmock.description.operations import Operation
from cbmock.mock.call import Call

_Ids = dict[str, "array[int]"]


class Index:
    """The ids of calls, ascending, by their operations' identities and by their tokens.

    Eight bytes an entry. Ids of calls that are no longer kept may be among them.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._operations: _Ids = {}
        self._by_operation: dict[int, array[int]] = {}
        self._seen: list[Operation] = []  # kept, for what is gone may give its id away
        self._tokens: _Ids = {}

    def add(self, call: Call) -> None:
        """Take in one call."""
        operation = call.operation
        if operation is not None:
            # Looking an operation up by itself costs less than by its identity.
            series = self._by_operation.get(id(operation))
            if series is None:
                series = self._operations.setdefault(operation.identity, array("Q"))
                self._by_operation[id(operation)] = series
                self._seen.append(operation)
            _add(series, call.id)
            if call.outcome == "ambiguous":
                for identity in call.identities[1:]:
                    _add(self._operations.setdefault(identity, array("Q")), call.id)
        if call.token is not None:
            _add(self._tokens.setdefault(call.token, array("Q")), call.id)

    def find(
        self, *, operation: str | None, token: str | None, after: int
    ) -> Sequence[int] | None:
        """Return few ids beyond `after` that hold all that are asked for, ascending.

        None where nothing is asked for.
        """
        asked = []
        if operation is not None:
            asked.append(self._operations.get(operation, _NONE))
        if token is not None:
            asked.append(self._tokens.get(token, _NONE))
        left = [ids[bisect.bisect_right(ids, after) :] for ids in asked]
        return min(left, key=len, default=None)

    def forget(self, before: int) -> None:
        """Let go of ids below one."""
        for ids in (*self._operations.values(), *self._tokens.values()):
            del ids[: bisect.bisect_left(ids, before)]
        self._tokens = {name: ids for name, ids in self._tokens.items() if ids}


_NONE: array[int] = array("Q")


def _add(ids: array[int], id_: int) -> None:
    if ids and ids[-1] > id_:  # two that are added at once may overtake each other
        bisect.insort(ids, id_)
    else:
        ids.append(id_)
