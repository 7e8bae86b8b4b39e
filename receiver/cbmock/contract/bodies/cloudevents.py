"""CloudEvents 1.0.2 over HTTP: what the documented body describes of an event.

It decides which part of an event is checked against the documented body: the data in
binary mode, the envelope in structured mode (the data if the document describes only
that), and each item of a batch. It must not know which attributes there are.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cbmock.contract.bodies import cloudevents_attributes as attributes
from cbmock.contract.bodies import payload, request_body
from cbmock.contract.bodies.event_mode import BATCHED, STRUCTURED, Mode
from cbmock.contract.bodies.request_body import CheckedBody, RequestBody
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description import json_pointer
from cbmock.errors import UnresolvableReference
from cbmock.http import json_text, media_types
from cbmock.http.content_codings import NotDecoded
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Request
from cbmock.violations import Violation

_JSON = MediaType("application", "json")


def check(
    body: RequestBody | None, request: Request, mode: Mode, *, place: str | None = None
) -> CheckedBody:
    """Check the content of an event, and its attributes; never raises.

    `place` is the operation, for violations of what no part of it documents.
    """
    checked = _checked(body, request, mode, place)
    placed = (
        each if each.schema is not None else replace(each, schema=place)
        for each in checked.violations
    )
    return checked._replace(violations=tuple(placed))


def _checked(
    body: RequestBody | None, request: Request, mode: Mode, place: str | None
) -> CheckedBody:
    if mode == "binary":
        checked = request_body.check(body, request, place=place)
        return _with(checked, attributes.header_violations(request.headers))
    if body is None:
        return request_body.check(body, request, place=place)
    try:
        value, found = json_text.read(request_body.decoded_body(request))
    except (NotDecoded, NotJSON):
        return request_body.check(body, request)
    if mode == "structured":
        key, is_data = _described(body, STRUCTURED)
        if key is None or not isinstance(value, dict):
            whole = request_body.check(body, request)
            return _with(whole, _of_structure(value))
        if not is_data:
            return _with(request_body.check(body, request), _of_structure(value))
        checked = _data(body, key, _shape(body, key), value, ())
        return _with(
            checked, (*found, *attributes.member_violations(value), _only_data(key))
        )
    return _batch(body, request, value, found)


def _of_structure(value: Any) -> tuple[Violation, ...]:
    if isinstance(value, dict):
        return attributes.member_violations(value)
    return (attributes.violation("an event is a JSON object", pointer="#"),)


def _batch(
    body: RequestBody, request: Request, value: Any, found: tuple[Violation, ...]
) -> CheckedBody:
    """Check each item of a batch by the documented batch, else by the documented event."""
    if not isinstance(value, list):
        wrong = attributes.violation("a batch is a JSON array of events", pointer="#")
        return _with(request_body.check(body, request), (wrong,))
    items = tuple(
        one
        for at, item in enumerate(value)
        for one in (
            attributes.member_violations(item, at)
            if isinstance(item, dict)
            else (attributes.violation("an event is a JSON object", pointer=f"#/{at}"),)
        )
    )
    key = media_types.choose(body.content, BATCHED)
    if key is None:
        key, is_data = _described(body, STRUCTURED)
        if key is None:
            return _with(request_body.check(body, request), items)
        items = (*items, _unsolicited(key))
        shape = _shape(body, key)
    else:
        shape = _shape(body, key)
        is_list = shape is not None and shape.kind == "array"
        inner = shape.items if shape is not None and is_list else shape
        is_data = inner is not None and not _is_envelope(inner)
        if is_list and not is_data:
            return _with(request_body.check(body, request), items)
        shape = inner
    notes = (_only_data(key),) if is_data and value else ()
    each = [
        _data(body, key, shape, item, (at,)).violations
        if is_data and isinstance(item, dict)
        else _envelope(shape, item, (at,))
        for at, item in enumerate(value)
    ]
    checked = CheckedBody(value, key, tuple(one for some in each for one in some))
    return _with(checked, (*found, *items, *notes))


def _described(body: RequestBody, structured: MediaType) -> tuple[str | None, bool]:
    """Return the key that describes a structured event, and whether it is only the data.

    An envelope that is documented under another media type is not what was sent.
    """
    key = media_types.choose(body.content, structured)
    if key is not None:
        shape = _shape(body, key)
        return key, shape is not None and not _is_envelope(shape)
    for each in body.content:
        stated = media_types.parse(each)
        if stated is not None and stated.is_json:
            shape = _shape(body, each)
            if shape is not None and not _is_envelope(shape):
                return each, True
    return None, False


def _shape(body: RequestBody, key: str) -> Shape | None:
    try:
        return body.media_type_object(key).shape
    except UnresolvableReference:
        return None


def _is_envelope(shape: Shape) -> bool:
    """Return whether a schema may describe an event, and not only its data."""
    try:
        names = shape.properties.keys()
    except UnresolvableReference:
        return True
    return not names or "specversion" in names or {"source", "type"} <= names


def _envelope(
    shape: Shape | None, value: Any, at: tuple[int, ...]
) -> tuple[Violation, ...]:
    return () if shape is None else payload.validate(shape.schema, value, at=at)


def _data(
    body: RequestBody,
    key: str,
    shape: Shape | None,
    event: Mapping[str, Any],
    at: tuple[int, ...],
) -> CheckedBody:
    """Check the data of a structured event as if it were the body."""
    sent = media_types.parse(str(event.get("datacontenttype") or "")) or _JSON
    name = "data" if event.get("data") is not None else "data_base64"
    data = event.get(name)
    if data is None:
        return CheckedBody(None, key, _no_data(body, at))
    if name == "data" and (sent.is_json or not isinstance(data, str)):
        wrong = (
            ()
            if shape is None
            else payload.validate(shape.schema, data, at=(*at, name))
        )
        return CheckedBody(data, key, wrong)
    octets = data.encode("utf-8", "replace") if name == "data" else _decoded(data)
    if octets is None:  # its attributes say so
        return CheckedBody(None, key)
    own = media_types.choose(body.content, sent)
    if own is None and key in body.content and _describes_events(key):
        own = key
    if own is None:
        return CheckedBody(None, key, (_other_data(body, sent, at),))
    checked = request_body.content_of(body, own, sent, octets)
    return checked._replace(violations=payload.at_path(checked.violations, (*at, name)))


def _describes_events(key: str) -> bool:
    return "cloudevents" in key.lower() or "*" in key


def _other_data(body: RequestBody, sent: MediaType, at: tuple[int, ...]) -> Violation:
    keys = list(body.content)
    return Violation(
        location="media_type",
        name="datacontenttype",
        pointer=json_pointer.fragment((*at, "datacontenttype")),
        code="media-type",
        detail=f"unexpected media type {sent.essence} of the event's data; documented: "
        f"{', '.join(keys[:5])}",
        schema=body.node.pointer,
        expected=keys,
        received=sent.essence,
    )


def _decoded(data: Any) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError):
        return None


def _no_data(body: RequestBody, at: tuple[int, ...]) -> tuple[Violation, ...]:
    if not body.required:
        return ()
    return (
        Violation(
            location="body",
            name="data",
            pointer=json_pointer.fragment((*at, "data")),
            code="missing-body",
            detail="the event has no data, which is required",
            schema=body.node.pointer,
        ),
    )


def _only_data(key: str) -> Violation:
    return Violation(
        location="media_type",
        name="Content-Type",
        code="cloudevents-data",
        severity="info",
        detail=f"the document describes only the data of the event ({key}); its envelope "
        "was checked as CloudEvents 1.0.2 has it",
    )


def _unsolicited(key: str) -> Violation:
    return Violation(
        location="media_type",
        name="Content-Type",
        code="cloudevents-batch",
        severity="warning",
        detail="a batch is sent only to receivers that asked for batches; the document "
        f"describes one event ({key})",
    )


def _with(checked: CheckedBody, found: Iterable[Violation]) -> CheckedBody:
    """Add violations of attributes, except those that a schema already reports."""
    reported = [each for each in checked.violations if each.severity == "error"]
    known = {each.pointer for each in reported}
    known |= {f"{each.pointer}/{each.name}" for each in reported}
    added = tuple(
        each for each in found if each.pointer is None or each.pointer not in known
    )
    return checked._replace(violations=checked.violations + added)


def without_known(found: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """Leave out what a documented header parameter already reports about an attribute.

    And that a value is percent-encoded, which attributes have to be.
    """
    documented = [
        each
        for each in found
        if each.location == "header" and each.code != "cloudevents"
    ]
    known = {(each.name or "").lower() for each in documented if _is_error(each)}
    return tuple(
        each
        for each in found
        if not _is_encoded(each)
        and (each.code != "cloudevents" or (each.name or "").lower() not in known)
    )


def _is_error(each: Violation) -> bool:
    return each.severity == "error"


def _is_encoded(each: Violation) -> bool:
    is_attribute = (each.name or "").lower().startswith("ce-")
    return each.code == "header-encoded" and is_attribute
