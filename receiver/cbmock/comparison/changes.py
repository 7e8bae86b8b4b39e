"""What a new version of a document changes for receivers.

It decides what is breaking, risky or safe. For each change of content it finds a
payload that one version accepts and the other rejects; both contracts prove it. A
change breaks a receiver if the sender may now send something that it could not send
before. This is the reverse of the usual rules for requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from cbmock.comparison import contents
from cbmock.comparison.alike import alike
from cbmock.comparison.change import Change, ChangeSeverity, place_of
from cbmock.comparison.responses import response_changes
from cbmock.contract.contract import Contract
from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.security import signing
from cbmock.description.operations import Operation
from cbmock.firing.parameter_samples import only_by
from cbmock.mock.examples import ABSENT
from cbmock.mock.mock import Mock


def compare(old: Mock, new: Mock) -> tuple[Change, ...]:
    """Return every change between two versions, in the order of the old one."""
    return tuple(
        chain.from_iterable(
            _of_operation(old, new, before, after) for before, after in pairs(old, new)
        )
    )


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
        yield Change(
            operation=before,
            severity="breaking",
            kind="operation-removed",
            detail=f"{before.qualified} is not sent any more",
            old=place_of(before.node),
        )
        return
    if before is None:
        yield Change(
            operation=after,
            severity="safe",
            kind="operation-added",
            detail=f"{after.qualified} may be sent",
            new=place_of(after.node),
        )
        return
    for which, each in (("old", before), ("new", after)):
        if each.error is not None:
            yield Change(
                operation=after,
                severity="risky",
                kind="undecided",
                detail=f"the {which} version of {each.qualified} cannot be read: {each.error}",
                old=place_of(before.node),
                new=place_of(after.node),
            )
            return
    yield from _key(before, after)
    yield from _identifier(before, after)
    yield from _deprecated(before, after)
    yield from _parameters(old, new, before, after)
    yield from _security(old, new, before, after)
    yield from contents.body_changes(old, new, before, after)
    yield from response_changes(old, new, before, after)


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


def _parameters(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    one, other = old.contract_of(before), new.contract_of(after)
    had = {(each.location, each.name.lower()): each for each in one.parameters}
    has = {(each.location, each.name.lower()): each for each in other.parameters}
    for location, name in dict.fromkeys([*had, *has]):
        gone, come = had.get((location, name)), has.get((location, name))
        changed = partial(
            Change,
            operation=after,
            old=None if gone is None else place_of(gone.node),
            new=None if come is None else place_of(come.node),
            header=name if location == "header" else None,
        )
        found = _presence_change(gone, come)
        if found is not None:
            severity, kind, detail = found
            yield changed(severity=severity, kind=kind, detail=detail)
        if gone is not None and come is not None:
            yield from _value_changes(gone, come, changed)


def _presence_change(
    gone: Parameter | None, come: Parameter | None
) -> tuple[ChangeSeverity, str, str] | None:
    """Return severity, kind and sentence of whether a parameter is sent; None if as before."""
    if come is None:
        assert gone is not None
        severity: ChangeSeverity = "breaking" if gone.required else "risky"
        detail = f"the {_called(gone)} is no longer sent"
        return severity, "parameter-removed", detail
    where = _called(come)
    if gone is None:
        severity = "risky" if come.required else "safe"
        required = " and required" if come.required else ""
        return severity, "parameter-added", f"the {where} is sent{required}"
    if gone.required and not come.required:
        return "breaking", "parameter-optional", f"the {where} may be left out"
    if come.required and not gone.required:
        return "safe", "parameter-required", f"the {where} is always sent"
    return None


def _value_changes(
    gone: Parameter, come: Parameter, changed: Callable[..., Change]
) -> Iterator[Change]:
    """Yield a change for a value that only one version accepts, the sender's first."""
    if alike(_bundle(gone), _bundle(come)) and _serialization(gone) == _serialization(
        come
    ):
        return
    where = _called(come)
    more, less = only_by(come, gone), only_by(gone, come)
    if more is not ABSENT:
        yield changed(
            severity="breaking",
            kind="parameter-widened",
            detail=f"the {where} may have other values now",
            payload=more,
            valid_in="new",
        )
    if less is not ABSENT:
        yield changed(
            severity="safe",
            kind="parameter-narrowed",
            detail=f"the {where} has some values no more",
            payload=less,
            valid_in="old",
        )
    if more is ABSENT and less is ABSENT:
        detail = f"the {where} has another schema"
        yield changed(severity="risky", kind="parameter-schema", detail=detail)


def _serialization(parameter: Parameter) -> Any:
    return parameter.style, parameter.explode, parameter.media_type


def _called(parameter: Parameter) -> str:
    return f"{parameter.location} parameter {parameter.name}"


def _bundle(parameter: Parameter) -> Any:
    return None if parameter.schema is None else parameter.schema.bundle.schema


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
