"""Changes of content: bodies, media types, members, encodings, example payloads.

It decides which differences are reported besides those that an example payload shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from cbmock.comparison import words
from cbmock.comparison.alike import alike
from cbmock.comparison.change import Change, place_of
from cbmock.comparison.encodings import same_way
from cbmock.comparison.members import ITEM, Member, members_of, only_in
from cbmock.comparison.payloads import documented_payload, is_refused, shown_by
from cbmock.contract.bodies.media_type_object import MediaTypeObject
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.description.operations import Operation
from cbmock.firing import variants
from cbmock.firing.walks import member_at
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
        shown = documented_payload(*((new, after) if had is None else (old, before)))
        yield changed(
            severity="risky" if had is None else "breaking",
            kind="body-added" if had is None else "body-removed",
            detail="a body is sent" if had is None else "no body is sent any more",
            payload=None if shown is None else shown.content,
        )
        return
    if had.required != has.required:
        yield changed(
            severity="breaking" if had.required else "safe",
            kind="body-optional" if had.required else "body-required",
            detail="the body may be left out"
            if had.required
            else "a body is always sent",
        )
    versions = (old, before, had), (new, after, has)
    for key in has.content:
        if key not in had.content:
            yield _media_type_change(versions, key, changed, is_new=True)
    for key in had.content:
        if key not in has.content:
            yield _media_type_change(versions, key, changed, is_new=False)
    yield from _changes_of_contents(versions)


_Versions = tuple[
    tuple[Mock, Operation, RequestBody], tuple[Mock, Operation, RequestBody]
]
"""Both versions of an operation: the old one, then the new one."""


def _media_type_change(
    versions: _Versions, key: str, changed: Callable[..., Change], *, is_new: bool
) -> Change:
    """Return the change of a media type that only one version documents."""
    (other, judged, _), (mock, own, _) = versions if is_new else versions[::-1]
    shown = documented_payload(mock, own, key)
    refused = shown is None or is_refused(other, judged, shown)
    way = "may be sent" if is_new else "are not sent any more"
    return changed(
        severity="breaking" if is_new and refused else "safe",
        kind="media-type-added" if is_new else "media-type-removed",
        detail=f"bodies of {key} {way}",
        payload=None if shown is None else shown.content,
        valid_in=None if shown is None or not refused else ("new" if is_new else "old"),
    )


def _changes_of_contents(versions: _Versions) -> Iterator[Change]:
    """Yield the changes of each media type; one that several have is reported once."""
    (old, before, had), (new, after, has) = versions
    reported: set[tuple[Any, ...]] = set()
    for key in dict.fromkeys([*had.content, *has.content]):
        if key in had.content and key in has.content and _is_same(versions, key):
            continue
        shown: list[Change] = []
        if key in has.content:
            shown += shown_by(new, after, old, before, "new", key)
        if key in had.content:
            shown += shown_by(old, before, new, after, "old", key)
        for each in shown:
            rule = each.old if each.valid_in == "new" else each.new
            way = each.kind, each.cause, rule
            if way not in reported:
                reported.add(way)
                yield each
        if key in had.content and key in has.content:
            yield from _without_payload(versions, key, is_shown=bool(shown))


def _without_payload(
    versions: _Versions, key: str, *, is_shown: bool
) -> Iterator[Change]:
    """Yield the changes of members and encodings, which no version refuses."""
    (old, before, had), (new, after, has) = versions
    knew, knows = members_of(old, before, key), members_of(new, after, key)
    removed, added = only_in(knew, knows), only_in(knows, knew)
    yield from _member_changes(old, before, after, key, removed, is_new=False)
    yield from _member_changes(new, after, after, key, added, is_new=True)
    yield from _encoding_changes(after, had, has, key)
    if not is_shown:
        yield from _undecided(versions, key, {*map(_name, removed + added)})


def _name(member: Member) -> str:
    return member.path[-1]


def _is_same(versions: _Versions, key: str) -> bool:
    """Return whether the content has no difference that a receiver could notice."""
    (_, _, had), (_, _, has) = versions
    one, other = had.media_type_object(key), has.media_type_object(key)
    return (
        alike(_bundle(one), _bundle(other))
        and one.encoding == other.encoding
        and not _marks(one, other)
    )


def _marks(one: MediaTypeObject, other: MediaTypeObject) -> list[str]:
    """Return the marks that differ, such as `xml`: validators do not see them."""
    found = words.differences(one.node, one.description, other.node, other.description)
    return [each for each in found if each.rpartition("/")[2] in words.MARKS]


def _bundle(content: MediaTypeObject) -> Any:
    return None if content.whole is None else content.whole.bundle.schema


def _undecided(versions: _Versions, key: str, known: set[str]) -> Iterator[Change]:
    """Yield a difference of two schemas that neither payloads nor members show.

    `known` are the names of members that were added or removed.
    """
    (_, _, had), (_, after, has) = versions
    one, other = had.media_type_object(key), has.media_type_object(key)
    marks = _marks(one, other)
    if marks or not alike(_bundle(one), _bundle(other), known):
        where = f" at {', '.join(marks)}" if marks else ""
        yield Change(
            operation=after,
            severity="risky",
            kind="undecided",
            detail=f"the schemas of {key} differ{where}; no payload that shows it was found",
            old=place_of(one.node),
            new=place_of(other.node),
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
    full = _fullest(mock, operation, key) if found else None
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
            payload=full if _has(full, each) else None,
            member=each.path,
        )


def _fullest(mock: Mock, operation: Operation, key: str) -> Any:
    """Return a documented body with all its members; None if there is none."""
    whole = documented_payload(mock, operation, key)
    return None if whole is None else variants.fullest(mock, operation, whole).content


def _has(value: Any, member: Member) -> bool:
    try:
        member_at(value, tuple(0 if step == ITEM else step for step in member.path))
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _encoding_changes(
    after: Operation, had: RequestBody, has: RequestBody, key: str
) -> Iterator[Change]:
    """Yield the parts whose encoding has changed."""
    one, other = had.media_type_object(key), has.media_type_object(key)
    is_read = key.startswith(("multipart/", "application/x-www-form-urlencoded"))
    for name in dict.fromkeys([*one.encoding, *other.encoding]):
        if not same_way(one.encoding.get(name), other.encoding.get(name)):
            yield Change(
                operation=after,
                severity="risky" if is_read else "safe",
                kind="encoding-changed",
                detail=f"the part {name} of {key} is written in another way",
                old=place_of(one.node),
                new=place_of(other.node),
            )
