"""The index: which calls were to an operation, and which had a token.

It decides how calls are found without looking at all of them. It must not know what a
call holds beyond that.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Sequence

from receiver.mock.call import Call

_Ids = dict[str, "array[int]"]


class Index:
    """The ids of calls, ascending, by their operations' identities and by their tokens.

    Eight bytes an entry. Ids of calls that are no longer kept may be among them.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._operations: _Ids = {}
        self._tokens: _Ids = {}

    def add(self, call: Call) -> None:
        """Take in one call."""
        for identity in call.identities:
            _add(self._operations, identity, call.id)
        if call.token is not None:
            _add(self._tokens, call.token, call.id)

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
        for known in (self._operations, self._tokens):
            for name, ids in tuple(known.items()):
                del ids[: bisect.bisect_left(ids, before)]
                if not ids:
                    del known[name]


_NONE: array[int] = array("Q")


def _add(known: _Ids, name: str, id_: int) -> None:
    ids = known.get(name)
    if ids is None:
        ids = known[name] = array("Q")
    if ids and ids[-1] > id_:  # two that are added at once may overtake each other
        bisect.insort(ids, id_)
    else:
        ids.append(id_)
