"""Names of operations for users, and the one operation that each name stands for.

It must not know where names come from (command line, test, URL).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from typing import TypeVar

from cbmock.description.operations import Operation
from cbmock.errors import AmbiguousOperation, ReceiverError, UnknownOperation

T = TypeVar("T")


def aliases(operation: Operation) -> tuple[str, ...]:
    """Return every name of an operation, the shortest first."""
    names = [operation.name]
    if operation.operation_id is not None:
        names.append(operation.operation_id)
    if operation.method is not None:
        names.append(f"{operation.name}.{operation.method.lower()}")
    parent = operation.parent
    if parent is not None:
        for label in dict.fromkeys((parent.label, parent.request_line)):
            names.append(f"{label}.{operation.name}")
            if operation.method is not None:
                names.append(f"{label}.{operation.name}.{operation.method.lower()}")
    names += [operation.pointer, "#" + operation.pointer.partition("#")[2]]
    names.append(operation.identity)  # keys may refer to one Path Item Object
    return tuple(dict.fromkeys(names))


def most_specific(operation: Operation, entries: Iterable[tuple[str, T]]) -> T | None:
    """Return the value whose pattern matches an operation's name; None if none does.

    Of several matching patterns, the one with the most characters that are not wildcards
    is used; of equal ones, the last.
    """
    names = aliases(operation)
    fitting = [
        (sum(char not in "*?[]" for char in pattern), at, value)
        for at, (pattern, value) in enumerate(entries)
        if any(fnmatch.fnmatchcase(name, pattern) for name in names)
    ]
    return max(fitting, key=lambda each: each[:2])[2] if fitting else None


def must_be_readable(operation: Operation) -> Operation:
    """Return the operation; raises `ReceiverError` if calls to it cannot be recognised."""
    if operation.error is not None:
        message = f"{operation.name} cannot be read, so no call is one to it: {operation.error}"
        raise ReceiverError(message)
    return operation


class OperationNames:
    """An index of the names of a document's operations."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Index the operations; of equal ones, the first is kept."""
        self._found: dict[str, list[Operation]] = {}
        self._operations = tuple(dict.fromkeys(operations))
        for operation in self._operations:
            for name in aliases(operation):
                self._found.setdefault(name, []).append(operation)

    def find(self, name: str) -> Operation:
        """Return the one operation that `name` stands for.

        Raises `UnknownOperation` and `AmbiguousOperation`.
        """
        found = self._found.get(name, [])
        if len(found) == 1:
            return found[0]
        if not found:
            import difflib  # noqa: PLC0415 - 3 ms, few need it

            # Each operation only by the nearest of its names.
            nearest: dict[tuple[int, ...], str] = {}
            for each in difflib.get_close_matches(name, self._found, n=3):
                nearest.setdefault(tuple(map(id, self._found[each])), each)
            known = dict.fromkeys(map(self.shortest, self._operations))
            raise UnknownOperation(name, tuple(nearest.values()), tuple(known))
        raise AmbiguousOperation(name, tuple(self.shortest(each) for each in found))

    def find_readable(self, name: str) -> Operation:
        """Return the one operation that `name` stands for, if it can be read.

        Raises the errors of `find`, and `ReceiverError` if it cannot be read.
        """
        return must_be_readable(self.find(name))

    def all(self, name: str) -> tuple[Operation, ...]:
        """Return all operations with this name; raises `UnknownOperation` if none has it."""
        found = self._found.get(name)
        return (self.find(name),) if found is None else tuple(found)

    def shortest(self, operation: Operation) -> str:
        """Return the shortest name that only this operation has."""
        names = aliases(operation)
        return next(
            (name for name in names if len(self._found.get(name, ())) == 1), names[-1]
        )
