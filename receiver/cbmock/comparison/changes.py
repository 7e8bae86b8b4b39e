"""What a new version of a document changes for receivers.

It decides what is breaking, risky or safe. For each change of content it finds a
payload that one version accepts and the other rejects; both contracts prove it. A
change breaks a receiver if the sender may now send something that it could not send
before. This is the reverse of the usual rules for requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from cbmock.comparison import contents, words
from cbmock.comparison.change import Change, ChangeSeverity, place_of
from cbmock.comparison.parameters import parameter_changes
from cbmock.comparison.payloads import documented_payload
from cbmock.comparison.responses import response_changes
from cbmock.contract.contract import Contract
from cbmock.contract.security import signing
from cbmock.description.operations import Operation
from cbmock.errors import UncheckableSchema
from cbmock.mock.mock import Mock

_MOST_PLACES = 8
"""How many places of a documentation are named."""


def compare(old: Mock, new: Mock) -> tuple[Change, ...]:
    """Return every change between two versions, in the order of the old one."""
    sent = (_of_operation(old, new, before, after) for before, after in pairs(old, new))
    return (*chain.from_iterable(sent), *_unreferenced(old, new))


def _unreferenced(old: Mock, new: Mock) -> Iterator[Change]:
    """Yield what changes of callbacks that nothing refers to: nobody sends them."""
    had, has = (
        {each.qualified: each for each in mock.operations if not each.referenced}
        for mock in (old, new)
    )
    for name in dict.fromkeys([*had, *has]):
        before, after = had.get(name), has.get(name)
        way = "is gone" if after is None else "is new"
        if before is not None and after is not None:
            if _source_of(before) == _source_of(after):
                continue
            way = "is changed"
        operation = after or before
        assert operation is not None
        yield Change(
            operation=operation,
            severity="safe",
            kind="unreferenced-changed",
            detail=f"{name}, to which nothing refers, {way}",
            old=None if before is None else place_of(before.node),
            new=None if after is None else place_of(after.node),
        )


def _source_of(operation: Operation) -> Any:
    return None if operation.node is None else operation.node.value


def pairs(old: Mock, new: Mock) -> Iterator[tuple[Operation | None, Operation | None]]:
    """Yield the operations of both versions in pairs of old and new.

    A callback may have several keys. Operations with an unchanged key are pairs. If one
    old and one new operation remain, they are a pair whose key has changed. A callback
    whose parent has moved is the same callback if its keys are.
    """
    one, other = _by_name(old), _by_name(new)
    for name, moved in _moved(one, other):
        other[name] = other.pop(moved)
    for name in dict.fromkeys([*one, *other]):
        had, has = one.get(name, {}), other.get(name, {})
        same = [key for key in had if key in has]
        yield from ((had[key], has[key]) for key in same)
        gone = [each for key, each in had.items() if key not in same]
        come = [each for key, each in has.items() if key not in same]
        if len(gone) == len(come) == 1:
            yield gone[0], come[0]
        else:
            yield from ((each, None) for each in gone)
            yield from ((None, each) for each in come)


_ByName = dict[tuple[str, ...], dict[str | None, Operation]]


def _moved(
    one: _ByName, other: _ByName
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the names of callbacks of a parent that is gone, with those of another's."""
    come = [each for each in other if each not in one]
    for name in [each for each in one if each not in other]:
        kind, _, *own = name
        same = [
            each
            for each in come
            if [each[0], *each[2:]] == [kind, *own]
            and other[each].keys() == one[name].keys()
        ]
        if len(same) == 1:
            come.remove(same[0])
            yield name, same[0]


def _by_name(mock: Mock) -> _ByName:
    """Index operations by their identity across versions, then by their key."""
    found: _ByName = {}
    for each in mock.operations:
        if each.direction == "inbound" and each.referenced:
            parent = "" if each.parent is None else each.parent.request_line
            name = each.kind, parent, each.name, each.method or ""
            found.setdefault(name, {})[each.expression] = each
    return found


def _of_operation(
    old: Mock, new: Mock, before: Operation | None, after: Operation | None
) -> Iterator[Change]:
    if after is None:
        assert before is not None
        shown = documented_payload(old, before)
        yield Change(
            operation=before,
            severity="breaking",
            kind="operation-removed",
            detail=f"{before.qualified} is not sent any more",
            old=place_of(before.node),
            payload=None if shown is None else shown.content,
            valid_in=None if shown is None else "old",
        )
        return
    if before is None:
        shown = documented_payload(new, after)
        yield Change(
            operation=after,
            severity="safe",
            kind="operation-added",
            detail=f"{after.qualified} may be sent",
            new=place_of(after.node),
            payload=None if shown is None else shown.content,
            valid_in=None if shown is None else "new",
        )
        return
    for which, each in (("old", before), ("new", after)):
        if each.error is not None:
            why = (
                f"the {which} version of {each.qualified} cannot be read: {each.error}"
            )
            yield _undecided(before, after, why)
            return
    try:
        yield from _of_pair(old, new, before, after)
    except UncheckableSchema as error:
        yield _undecided(
            before, after, f"{after.qualified} cannot be compared: {error}"
        )


def _undecided(before: Operation, after: Operation, detail: str) -> Change:
    return Change(
        operation=after,
        severity="risky",
        kind="undecided",
        detail=detail,
        old=place_of(before.node),
        new=place_of(after.node),
    )


def _of_pair(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    yield from _key(before, after)
    yield from _identifier(before, after)
    yield from _deprecated(before, after)
    yield from parameter_changes(old, new, before, after)
    yield from _security(old, new, before, after)
    yield from contents.body_changes(old, new, before, after)
    yield from response_changes(old, new, before, after)
    yield from _words(old, new, before, after)


def _words(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    """Yield one change for all that only people read, and for what no delivery shows."""
    if before.node is None or after.node is None:
        return
    found = words.differences(before.node, old.description, after.node, new.description)
    reported = words.MARKS | ({"deprecated"} if _is_deprecated(after) else frozenset())
    places = [each for each in found if each.rpartition("/")[2] not in reported]
    if places:
        more = len(places) - _MOST_PLACES
        listed = places[:_MOST_PLACES] + ([f"{more} more"] if more > 0 else [])
        yield Change(
            operation=after,
            severity="safe",
            kind="documentation-changed",
            detail=f"only the documentation differs at {', '.join(listed)}",
            old=place_of(before.node),
            new=place_of(after.node),
        )


# --- URL, headers, credentials ----------------------------------------------------------


def _key(before: Operation, after: Operation) -> Iterator[Change]:
    if before.expression != after.expression:
        yield Change(
            operation=after,
            severity="breaking",
            kind="key-changed",
            detail=f"its URL was {before.expression}, it becomes {after.expression}",
            old=place_of(before.item or before.node),
            new=place_of(after.item or after.node),
        )


def _identifier(before: Operation, after: Operation) -> Iterator[Change]:
    """Yield a change of the operationId: generated receivers are named after it."""
    if before.operation_id != after.operation_id:
        yield Change(
            operation=after,
            severity="risky" if before.operation_id else "safe",
            kind="operation-id-changed",
            detail=f"its operationId was {before.operation_id}, it becomes {after.operation_id}",
            old=place_of(before.node),
            new=place_of(after.node),
        )


def _deprecated(before: Operation, after: Operation) -> Iterator[Change]:
    if _is_deprecated(after) and not _is_deprecated(before):
        yield Change(
            operation=after,
            severity="risky",
            kind="operation-deprecated",
            detail=f"{after.qualified} is deprecated: it may end",
            old=place_of(before.node),
            new=place_of(after.node),
        )


def _is_deprecated(operation: Operation) -> bool:
    value = None if operation.node is None else operation.node.value
    return isinstance(value, Mapping) and value.get("deprecated") is True


def _security(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    one, other = old.contract_of(before), new.contract_of(after)
    if _credentials(one) != _credentials(other):
        yield Change(
            operation=after,
            severity=_severity(_credentials(one), _credentials(other)),
            kind="security-changed",
            detail=(
                f"credentials were {_shown(_credentials(one))}, they become "
                f"{_shown(_credentials(other))}"
            ),
            old=place_of(before.node),
            new=place_of(after.node),
        )
    signed, signs = (_extension(each) for each in (before, after))
    if signed != signs:
        yield Change(
            operation=after,
            severity="breaking",
            kind="signature-changed",
            detail=f"deliveries were {_way(signed)}, they become {_way(signs)}",
            old=place_of(before.node),
            new=place_of(after.node),
        )


_Required = list[tuple[str, Any, Any]]


def _severity(had: list[_Required], has: list[_Required]) -> ChangeSeverity:
    """Compare requirements: breaking if a delivery may lack what was asked for before."""
    before, after = had or [[]], has or [[]]
    for each in after:
        if not any(all(one in each for one in some) for some in before):
            return "breaking"
    return "safe" if all(each in before for each in after) else "risky"


def _credentials(contract: Contract) -> list[_Required]:
    return [
        [(each.name, each.type, each.value.get("name")) for each in schemes]
        for schemes in contract.security
    ]


def _shown(credentials: list[_Required]) -> str:
    alternatives = [" and ".join(name for name, _, _ in each) for each in credentials]
    return " or ".join(each or "none" for each in alternatives) or "none"


def _way(signature: Any) -> str:
    return "unsigned" if signature is None else f"signed by {signature}"


def _extension(operation: Operation) -> Any:
    value = None if operation.node is None else operation.node.value
    return value.get(signing.EXTENSION) if isinstance(value, Mapping) else None
