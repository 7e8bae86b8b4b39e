"""Changes of content: bodies, media types, members, encodings, example payloads.

It decides which differences are reported besides those that an example payload shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from cbmock.comparison.alike import alike
from cbmock.comparison.change import Change, place_of
from cbmock.comparison.members import ITEM, Member, members_of, only_in
from cbmock.comparison.payloads import shown_by
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing import variants
from cbmock.firing.documented_request import documented_request
from cbmock.mock.examples import ABSENT
from cbmock.mock.mock import Mock


def body_changes(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    """Yield the changes of an operation's body, first those that payloads show."""
    one, other = old.contract_of(before).body, new.contract_of(after).body
    had = one if isinstance(one, RequestBody) else None
    has = other if isinstance(other, RequestBody) else None
    if had is None and has is None:
        return
    changed = partial(
        Change,
        operation=after,
        old=place_of(before.node if had is None else had.node),
        new=place_of(after.node if has is None else has.node),
    )
    if had is None or has is None:
        yield changed(
            severity="risky" if had is None else "breaking",
            kind="body-added" if had is None else "body-removed",
            detail="a body is sent" if had is None else "no body is sent any more",
        )
        return
    yield from _media_type_changes(had, has, changed)
    if _is_same(had, has):
        return
    shown = [
        *shown_by(new, after, old, before, "new"),
        *shown_by(old, before, new, after, "old"),
    ]
    yield from shown
    for key in had.content.keys() & has.content.keys():
        knew, knows = members_of(old, before, key), members_of(new, after, key)
        removed, added = only_in(knew, knows), only_in(knows, knew)
        yield from _member_changes(old, before, after, key, removed, is_new=False)
        yield from _member_changes(new, after, after, key, added, is_new=True)
        yield from _encoding_changes(after, had, has, key)
        if not shown:
            yield from _undecided(after, had, has, key, {*map(_name, removed + added)})


def _media_type_changes(
    had: RequestBody, has: RequestBody, changed: Callable[..., Change]
) -> Iterator[Change]:
    """Yield changes of whether a body is sent, and with which media types."""
    if had.required != has.required:
        yield changed(
            severity="breaking" if had.required else "safe",
            kind="body-optional" if had.required else "body-required",
            detail="the body may be left out"
            if had.required
            else "a body is always sent",
        )
    for key in has.content.keys() - had.content.keys():
        yield changed(
            severity="breaking",
            kind="media-type-added",
            detail=f"bodies of {key} may be sent",
        )
    for key in had.content.keys() - has.content.keys():
        yield changed(
            severity="safe",
            kind="media-type-removed",
            detail=f"bodies of {key} are not sent any more",
        )


def _name(member: Member) -> str:
    return member.path[-1]


def _is_same(had: RequestBody, has: RequestBody) -> bool:
    """Return whether the content has no difference that a receiver could notice."""
    return had.content.keys() == has.content.keys() and all(
        alike(_bundle(had, key), _bundle(has, key))
        and had.media_type_object(key).encoding == has.media_type_object(key).encoding
        for key in had.content
    )


def _bundle(body: RequestBody, key: str) -> Any:
    schema = body.media_type_object(key).whole
    return None if schema is None else schema.bundle.schema


def _undecided(
    after: Operation, had: RequestBody, has: RequestBody, key: str, known: set[str]
) -> Iterator[Change]:
    """Yield a difference of two schemas that neither payloads nor members show.

    `known` are the names of members that were added or removed.
    """
    if not alike(_bundle(had, key), _bundle(has, key), known):
        yield Change(
            operation=after,
            severity="risky",
            kind="undecided",
            detail=f"the schemas of {key} differ; no payload that shows it was found",
            old=place_of(had.node),
            new=place_of(has.node),
        )


def _member_changes(
    mock: Mock,
    operation: Operation,
    after: Operation,
    key: str,
    found: Sequence[Member],
    *,
    is_new: bool,
) -> Iterator[Change]:
    """Yield added and removed members, each with a body that contains it."""
    for each in found:
        way = "may be sent" if is_new else "is not documented any more"
        place = place_of(each.shape.schema.node)
        yield Change(
            operation=after,
            severity="safe" if is_new else "risky",
            kind="member-added" if is_new else "member-removed",
            detail=f"body {each.pointer} {way}",
            old=None if is_new else place,
            new=place if is_new else None,
            payload=_with(mock, operation, key, each),
            member=each.path,
        )


def _with(mock: Mock, operation: Operation, key: str, member: Member) -> Any:
    """Return a documented body that contains a member; None if there is none."""
    try:
        whole = documented_request(mock, operation)
    except ReceiverError:
        return None
    if whole.media_type != key or whole.content is ABSENT:
        return None
    full = variants.fullest(mock, operation, whole).content
    here = full
    for step in member.path:
        at: Any = 0 if step == ITEM else step
        try:
            here = here[at]
        except (KeyError, IndexError, TypeError):
            return None
    return full


def _encoding_changes(
    after: Operation, had: RequestBody, has: RequestBody, key: str
) -> Iterator[Change]:
    """Yield the parts whose encoding has changed."""
    one, other = had.media_type_object(key), has.media_type_object(key)
    is_read = key.startswith(("multipart/", "application/x-www-form-urlencoded"))
    for name in dict.fromkeys([*one.encoding, *other.encoding]):
        was, becomes = one.encoding.get(name), other.encoding.get(name)
        if was != becomes:
            yield Change(
                operation=after,
                severity="risky" if is_read else "safe",
                kind="encoding-changed",
                detail=f"the part {name} of {key} is written in another way",
                old=place_of(one.node),
                new=place_of(other.node),
            )
