"""Counting: what calls show of the document that they are made to.

It decides which calls count: only valid ones that are one operation's alone, for covered
means success. It must not know where calls come from or how the outcome is told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from cbmock.contract.bodies import payload
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.contract.schemas.branches import Branches
from cbmock.description.operations import Operation
from cbmock.mock.call import Call, reference
from cbmock.mock.mock import Mock
from cbmock.reports.coverage import Coverage, Covered, Item


class Documented:
    """What is documented of one operation, and which of it a call shows.

    What cannot be read is no item.
    """

    def __init__(self, mock: Mock, operation: Operation) -> None:
        """Read the responses and the branches."""
        self.operation = operation
        self.codes = mock.responses_of(operation).codes
        self._contract = mock.contract_of(operation)
        self._forks = dict(self._found())
        self.branches = tuple(
            (key, branch)
            for key, found in self._forks.items()
            for branches, _ in found
            for branch in branches.all
        )

    def _found(self) -> Iterator[tuple[str, list[tuple[Branches, bool]]]]:
        """Find what forks in the body's schema, or in that of a sequence's items."""
        body = self._contract.body
        if not isinstance(body, RequestBody):
            return
        for key in body.content:
            described = body.described(key)
            shapes = (described.shape, False), (described.items, True)
            yield (
                key,
                [
                    (Branches(shape.schema), each_item)
                    for shape, each_item in shapes
                    if shape is not None
                ],
            )

    def answered(self, status: int) -> str | None:
        """Return the documented response that a status is; None where it is none."""
        for code in (str(status), f"{status // 100}xx", "default"):
            if code in self.codes:
                return code
        return None

    def taken(self, call: Call) -> set[tuple[str, str]]:
        """Return the branches that a valid body satisfies: media type and pointer."""
        content = self._contract.content(call.request)
        key = content.media_type or ""
        value = payload.judgeable(content.value)
        found: set[tuple[str, str]] = set()
        for branches, each_item in self._forks.get(key, ()):
            parts = value if each_item and isinstance(value, list) else [value]
            for part in parts:
                found |= {(key, pointer) for pointer in branches.taken(part)}
        return found


_READ: WeakKeyDictionary[Mock, dict[Operation, Documented]] = WeakKeyDictionary()
"""What was read of each mock's operations: it is the same each time it is asked."""


def _documented(mock: Mock, operation: Operation) -> Documented:
    known = _READ.setdefault(mock, {})
    if operation not in known:
        known[operation] = Documented(mock, operation)
    return known[operation]


class _Seen:
    """What was seen of one operation so far."""

    def __init__(self, documented: Documented) -> None:
        self._documented = documented
        self._calls = 0
        self._answered: set[str | None] = set()
        self._taken: set[tuple[str, str]] = set()

    def take(self, call: Call) -> None:
        self._calls += 1
        self._answered.add(self._documented.answered(call.status))
        if len(self._taken) < len(self._documented.branches):
            self._taken |= self._documented.taken(call)

    @property
    def covered(self) -> Covered:
        documented = self._documented
        return Covered(
            reference(documented.operation),
            self._calls,
            tuple(
                Item(code.replace("xx", "XX"), code in self._answered)
                for code in documented.codes
            ),
            tuple(
                Item(each.name, (key, each.pointer) in self._taken, each.pointer, key)
                for key, each in documented.branches
            ),
        )


class Counting:
    """Counts the calls to one mock, each when it is taken; thread-safe."""

    def __init__(self, mock: Mock) -> None:
        """Start at nothing seen."""
        self._mock = mock
        self._seen: dict[Operation, _Seen] = {}
        self._left_out = 0
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> None:
        """Take in one call."""
        with self._lock:
            if call.operation is None or call.outcome != "matched" or not call.valid:
                self._left_out += 1
            else:
                self._of(call.operation).take(call)

    def _of(self, operation: Operation) -> _Seen:
        if operation not in self._seen:
            self._seen[operation] = _Seen(_documented(self._mock, operation))
        return self._seen[operation]

    @property
    def coverage(self) -> Coverage:
        """What was seen so far, of all operations that are served."""
        with self._lock:
            served = dict.fromkeys(mount.operation for mount in self._mock.mounts)
            found = tuple(self._of(each).covered for each in served)
            return Coverage(found, self._left_out)


def of(calls: Iterable[Call], mock: Mock) -> Coverage:
    """Return what calls show of a mock's operations."""
    counting = Counting(mock)
    for call in calls:
        counting(call)
    return counting.coverage
