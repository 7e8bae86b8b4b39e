"""Requests: a documented request to an operation, at its URL.

It uses the document's own examples if they are valid, otherwise the smallest valid
request. It must not know sockets, or what is done with the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from cbmock.contract.bodies.media_type_object import MediaTypeObject
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.contract.contract import Contract
from cbmock.description.callback_keys import KeyParts, QueryPair
from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.description.runtime_expressions import Expression, Source
from cbmock.errors import ReceiverError
from cbmock.firing import cloud_event, event_body
from cbmock.firing.credentials import credentials_of
from cbmock.firing.parameter_samples import ANY, value_of
from cbmock.firing.walks import with_created
from cbmock.http import media_types
from cbmock.http.messages import Headers, Request
from cbmock.mock.examples import ABSENT, examples, unquoted
from cbmock.mock.generation import serialization
from cbmock.mock.generation.body_writer import write_body
from cbmock.mock.generation.schema_samples import NoSample, sample
from cbmock.mock.mock import Mock
from cbmock.mock.routing import event_names, url_templates
from cbmock.mock.routing.routes import webhook_template
from cbmock.mock.routing.urls import WEBHOOKS, Mount, below

_TextsByName = Mapping[str, str]
ChosenBody = tuple[str | None, Any]
"""The key of a body's Media Type Object, and its value; `ABSENT` if no body is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The user's choices for a request; the document decides the rest.

    `example` names a documented example, `media_type` a documented media type. `values`
    are the values of the key's expressions, by their text (`request.body#/id`),
    `parameters` those of parameters by name (`ABSENT` leaves one out), `credentials`
    secrets by Security Scheme, `event` attributes of a CloudEvent, `changes` members of
    the body by JSON Pointer.
    Each `seed` gives another generated body.
    """

    example: str | None = None
    media_type: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    event: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[tuple[tuple[str, ...], Any], ...] = ()
    seed: int = 0


AS_DOCUMENTED = Choices()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedRequest:
    """A documented request to an operation, and the value of its body.

    `content` is that value, `ABSENT` if there is none; `media_type` is the key of its
    Media Type Object, which is `described`. `tail` is the rest of the URL after the one
    that the receiver registered. `chosen` are the names of parameters and attributes that
    the user set, in lower case.
    """

    request: Request
    media_type: str | None
    content: Any
    tail: str
    described: MediaTypeObject | None = None
    chosen: frozenset[str] = frozenset()

    def with_content(self, value: Any) -> DocumentedRequest:
        """Return the same request with another value as its body."""
        assert self.media_type is not None
        content_type, body = write_body(self.media_type, value, self.described)
        fields = [
            (name, content_type if name.lower() == "content-type" else each)
            for name, each in self.request.headers
        ]
        request = replace(self.request, headers=Headers.of(fields), body=body)
        return replace(self, request=request, content=value)


def documented_request(
    mock: Mock,
    operation: Operation,
    choices: Choices = AS_DOCUMENTED,
    body: ChosenBody | None = None,
) -> DocumentedRequest:
    """Return a documented request to an operation, at the URL handed out for it.

    It has the parameters that are required or can have one value only, the credentials
    of its first Security Requirement, and a body of the first JSON media type (or of
    the first media type). If no valid value is found, an invalid example is used; if
    there is no example, the value is left out. The same document gives the same
    request. `body` is that of `body_of`, if it is made already. Raises `ReceiverError` if
    the mock does not serve the operation, or if a choice is not documented.
    """
    mount = mock.mount_of(operation)
    if mount is None:
        why = operation.error or "the API under test does not send it"
        raise ReceiverError(f"no request to {operation.qualified} can be made: {why}")
    contract = mock.contract_of(operation)
    carried = _parameters(contract, mock.description, choices.parameters)
    carried.variables.update(choices.values)
    _add_credentials(contract, carried, choices.credentials)
    key, value = body or body_of(contract, choices)
    if choices.event:
        fields, value = cloud_event.event_message(operation, choices.event, key, value)
        own = {name for name, _ in fields}
        kept = [pair for pair in carried.headers if pair[0].lower() not in own]
        carried.headers = [*kept, *fields]
    octets, described = b"", None
    if key is not None and value is not ABSENT:
        if isinstance(contract.body, RequestBody):
            described = contract.body.media_type_object(key)
        content_type, octets = write_body(key, value, described)
        carried.headers.append(("content-type", content_type))
    if carried.cookies:
        carried.headers.append(("cookie", "; ".join(carried.cookies)))
    target, tail = _target(mount, carried)
    headers = Headers.of(carried.headers)
    request = Request(operation.method or "", target, headers, octets)
    chosen = (*choices.parameters, *(f"ce-{each}" for each in choices.event))
    return DocumentedRequest(
        request=request,
        media_type=key,
        content=value,
        tail=tail,
        described=described,
        chosen=frozenset(each.lower() for each in chosen),
    )


@dataclass(slots=True)
class _RequestParts:
    """A request without its body; the pairs of query and cookies are encoded texts."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


# --- the URL ----------------------------------------------------------------------------


def _target(mount: Mount, carried: _RequestParts) -> tuple[str, str]:
    """Write the URL as a sender does: the registered URL, then the rest of the key.

    Returns the target at the mock, and the part after the registered URL.
    """
    path, _, handed_out = mount.path.partition("?")
    operation, variables = mount.operation, carried.variables
    key = operation.key
    tail = ""
    if key is None:
        template = webhook_template("/" + operation.name.strip("/"))
        if any(isinstance(part, Expression) for part in template):
            path = WEBHOOKS + _filled(template, operation, variables)
    elif key.base is not None:
        tail = _filled(key.path, operation, variables)
        path = mount.base + tail
    elif any(isinstance(part, Expression) for part in key.path):
        tail = _filled(below(key.path), operation, variables)
        path = mount.base + tail
    own = (
        [] if key is None else [_pair(each, operation, variables) for each in key.query]
    )
    query = [*own, *carried.query]
    whole = [handed_out, *query] if handed_out else query
    return _with_query(path, whole), _with_query(tail, query)


def _with_query(path: str, query: list[str]) -> str:
    return f"{path}?{'&'.join(query)}" if query else path


def _pair(pair: QueryPair, operation: Operation, variables: _TextsByName) -> str:
    value = _filled(pair.value, operation, variables)
    if pair.name in event_names.PROPERTIES and value == ANY:
        # `?event={$request.body#/eventName}`: this is the subscribed event.
        value = quote(operation.name, safe="", errors="replace")
    (name,) = url_templates.wire((pair.name,))
    return f"{name}={value}" if name and value else f"{name}{value}"


def _filled(parts: KeyParts, operation: Operation, variables: _TextsByName) -> str:
    """Replace expressions by values, since there is no trigger."""
    return "".join(
        part if isinstance(part, str) else _value_of(part, operation, variables)
        for part in url_templates.wire(parts)
    )


def _value_of(
    expression: Expression, operation: Operation, variables: _TextsByName
) -> str:
    if expression.source is Source.METHOD and operation.parent is not None:
        return operation.parent.method
    written = expression.text.removeprefix("$")
    return variables.get(written, variables.get(expression.name, ANY))


# --- parameters -------------------------------------------------------------------------


def _parameters(
    contract: Contract, description: Description, chosen: Mapping[str, Any]
) -> _RequestParts:
    names = dict.fromkeys(each.name for each in contract.parameters)
    unknown = next((each for each in chosen if each not in names), None)
    if unknown is not None:
        raise ReceiverError(
            f"no parameter is named {unknown!r}; {contract.operation.qualified} has "
            f"{', '.join(names) or 'none'}"
        )
    carried = _RequestParts()
    for parameter in contract.parameters:
        if parameter.name in chosen:
            value = chosen[parameter.name]
        else:
            value = value_of(parameter, description)
        if value is ABSENT:
            continue
        match parameter.location:
            case "path":
                text = serialization.text(parameter, value)
                carried.variables[parameter.name] = text
            case "header":
                text = serialization.text(parameter, value)
                carried.headers.append((parameter.name, text))
            case "querystring":
                carried.query.append(serialization.whole(parameter, value))
            case "query":
                carried.query += serialization.pairs(parameter, value)
            case _:
                carried.cookies += serialization.pairs(parameter, value)
    return carried


def _add_credentials(
    contract: Contract, carried: _RequestParts, chosen: _TextsByName
) -> None:
    """Add credentials, unless a parameter has them already."""
    credentials = credentials_of(contract, chosen)
    there = {name.lower() for name, _ in carried.headers}
    carried.headers += [
        pair for pair in credentials.headers if pair[0].lower() not in there
    ]
    for pairs, found in (
        (carried.query, credentials.query),
        (carried.cookies, credentials.cookies),
    ):
        names = {pair.partition("=")[0] for pair in pairs}
        pairs += [f"{name}={value}" for name, value in found if name not in names]


# --- the body ---------------------------------------------------------------------------


def body_of(contract: Contract, choices: Choices) -> ChosenBody:
    """Return the body of a documented request, which is the same for all parameters."""
    body, operation = contract.body, contract.operation
    # Below 3.1 the bodies of GET, HEAD and DELETE have no meaning: `warning`.
    if not isinstance(body, RequestBody) or body.severity != "error":
        return None, ABSENT
    key = _key(body, choices)
    if key is None:
        return None, ABSENT
    value = _content(body, key, operation, choices)
    for tokens, member in choices.changes:
        value = with_created(value, tokens, member)
    return key, value


def _key(body: RequestBody, choices: Choices) -> str | None:
    """Choose the media type: the chosen one, else the first JSON one, else the first.

    If an example is chosen, a media type that has it precedes the others.
    """
    keys, chosen = list(body.content), choices.media_type
    if chosen is not None:
        if chosen not in keys:
            raise ReceiverError(
                f"the media type {chosen!r} is not documented; documented: {', '.join(keys)}"
            )
        return chosen
    parsed = ((key, media_types.parse(key)) for key in keys)
    json = [key for key, found in parsed if found is not None and found.is_json]
    ordered = [*json, *keys]
    if choices.example is not None:
        named = (key for key in ordered if choices.example in _shown(body, key))
        return next(named, next(iter(ordered), None))
    return next(iter(ordered), None)


def _shown(body: RequestBody, key: str) -> Mapping[str, Any]:
    """Return the examples of a media type by name."""
    return examples(body.media_type_object(key).node, body.description)


def _content(
    body: RequestBody, key: str, operation: Operation, choices: Choices
) -> Any:
    schema, shown = body.media_type_object(key).whole, _shown(body, key)
    if choices.example is not None:
        if choices.example not in shown:
            names = ", ".join(repr(each) for each in shown if each)
            raise ReceiverError(
                f"no example is named {choices.example!r}; {operation.qualified} has "
                f"{names or 'none'}"
            )
        return unquoted(shown[choices.example], schema)
    stated = [unquoted(each, schema) for each in shown.values()]
    if choices.seed:
        stated = []
    if schema is None:
        return stated[0] if stated else {}
    for value in stated:
        if isinstance(value, bytes) or schema.is_valid(value):
            return event_body.with_event_name(value, schema, operation, made_up=False)
    try:
        made = sample(schema, examples=not choices.seed, seed=choices.seed)
    except NoSample:
        return stated[0] if stated else ABSENT
    return event_body.with_event_name(made, schema, operation, made_up=True)
