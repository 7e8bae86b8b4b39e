"""The items of a document for coverage: the responses and branches of its operations.

It decides which items there are, and which of them a call covers. It must not know
which calls count.
"""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from cbmock.contract.bodies import payload
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.contract.schemas.branches import Branches
from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock


class DocumentedItems:
    """The items of one operation, and which of them a call covers.

    Unreadable parts of the document are not items.
    """

    def __init__(self, mock: Mock, operation: Operation) -> None:
        """Read the responses and the branches."""
        self.operation = operation
        responses = mock.responses_of(operation)
        self.codes = responses.codes
        self.automatic = frozenset(filter(responses.is_automatic, responses.codes))
        self._contract = mock.contract_of(operation)
        self._branches_by_type = dict(self._found())
        self.branches = tuple(
            (key, branch)
            for key, found in self._branches_by_type.items()
            for branches, _ in found
            for branch in branches.all
        )

    def _found(self) -> Iterator[tuple[str, list[tuple[Branches, bool]]]]:
        """Find `oneOf` and `anyOf` in the body's schema, or in that of a sequence's items."""
        body = self._contract.body
        if not isinstance(body, RequestBody):
            return
        for key in body.content:
            described = body.media_type_object(key)
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
        """Return the key of the documented response for a status; None if there is none."""
        for code in (str(status), f"{status // 100}xx", "default"):
            if code in self.codes:
                return code
        return None

    def satisfied(self, call: Call) -> set[tuple[str, str]]:
        """Return the branches that a valid body satisfies: media type and pointer."""
        content = self._contract.content(call.request)
        key = content.media_type or ""
        value = payload.without_binary(content.value)
        found: set[tuple[str, str]] = set()
        for branches, each_item in self._branches_by_type.get(key, ()):
            parts = value if each_item and isinstance(value, list) else [value]
            for part in parts:
                found |= {(key, pointer) for pointer in branches.matching(part)}
        return found


_DOCUMENTED: WeakKeyDictionary[Mock, dict[Operation, DocumentedItems]] = (
    WeakKeyDictionary()
)
"""The items of each mock's operations, cached because they do not change."""


def documented_items(mock: Mock, operation: Operation) -> DocumentedItems:
    """Return the items of one of a mock's operations."""
    known = _DOCUMENTED.setdefault(mock, {})
    if operation not in known:
        known[operation] = DocumentedItems(mock, operation)
    return known[operation]
