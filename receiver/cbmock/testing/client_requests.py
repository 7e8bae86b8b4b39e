"""Registration: a request to the sender with the callback's URL where the key reads it.

It decides which part of a request carries the URL that an operation's key starts with. It
imports no client. It must not know how keys are evaluated or what the URL is.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cbmock.description import json_pointer
from cbmock.description.callback_keys import KeyExpression
from cbmock.description.operations import Operation, Parent
from cbmock.description.references import Description, Node
from cbmock.description.runtime_expressions import Expression, Source
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.http import media_types
from cbmock.http.messages import Headers
from cbmock.mock.mock import Mock

_FORM = "application/x-www-form-urlencoded"
_LONGEST_LIST = 100


def path_of(operation: Operation, mock: Mock) -> str:
    """Return the path to add to the mock's URL; empty if none is needed.

    Keys of several groups of callbacks may look alike, so each group has its own URL.
    """
    mount = mock.mount_of(operation)
    if mount is None:
        reason = operation.error or "the mock does not serve it"
        message = f"{operation.name} has no URL: {reason}"
        raise ReceiverError(message)
    groups = {each.base for each in mock.mounts if each.operation.key is not None}
    return mount.path if len(groups) > 1 or mount.path != mount.base else ""


def put(request: Any, url: str, operation: Operation, mock: Mock) -> Any:
    """Return `request` with `url` where the operation's key reads it.

    `request` is a mapping of a client's arguments, or a Request of httpx or requests;
    it is not changed. Raises `ReceiverError` if no request can carry the URL.
    """
    registration = _Registration(operation, mock.description)
    value = registration.value(url)
    if isinstance(request, Mapping):
        return _in_arguments(dict(request), value, registration)
    if hasattr(request, "prepare") and hasattr(request, "params"):
        return _in_unprepared(request, value, registration)
    if hasattr(request, "method") and hasattr(request, "headers"):
        return _in_message(request, value, registration)
    message = (
        f"a {type(request).__name__} is not a request that a URL can be put into. Pass the "
        'arguments of a client as a dict ({"json": ..., "params": ...}), or a Request of '
        "httpx or requests."
    )
    raise ReceiverError(message)


class _Registration:
    """The place of one operation's URL in a request, and its value.

    `place` is `query`, `header`, `cookie` or `body`, `name` the parameter's, `tokens` the
    pointer into the body.
    """

    def __init__(self, operation: Operation, description: Description) -> None:
        self.operation = operation
        self.description = description
        key, parent = operation.key, operation.parent
        if key is None or parent is None:
            self._refuse(
                "it is a webhook: no request carries its URL. Configure the API"
            )
        if key.base is None:
            what = f"names its host, {key.host}" if key.host else "is a relative URL"
            self._refuse(
                f"the key {what}: no request carries the URL. Configure the API"
            )
        self.key: KeyExpression = key
        self.parent: Parent = parent
        self.place, self.name, self.tokens = self._read(key.base)
        if self.place == "path":
            name = self.name
            self._refuse(
                f"{{{key.base.text}}} is the variable {{{name}}} of {parent.path}. Build "
                "that URL yourself, with quote(url, safe='') in it, from the URL"
            )

    def _refuse(self, why: str) -> NoReturn:
        name = self.operation.name
        message = f'{name}: {why} with cbmock.url_for("{name}").'
        raise ReceiverError(message)

    def _read(self, base: Expression) -> tuple[str, str, json_pointer.Tokens]:
        match base.source:
            case Source.REQUEST_BODY:
                return "body", "", base.pointer or ()
            case Source.PARAMETER | Source.OPAQUE if base.name:
                return self._named(base.name)
            case (
                Source.REQUEST_QUERY
                | Source.REQUEST_HEADER
                | Source.REQUEST_PATH
                | Source.REQUEST_COOKIE
            ):
                place = base.source.value.rpartition(".")[2]
                return place, base.name, ()
        return self._refuse(
            f"{{{base.text}}} is not a part of the request that a client fills in. "
            "Configure the API"
        )

    def _named(self, name: str) -> tuple[str, str, json_pointer.Tokens]:
        """Find a bare name as key evaluation does: a parameter, or else a property."""
        declared = {(each["in"], each["name"]) for each in self._parameters()}
        for place in ("query", "path", "header", "cookie"):
            if (place, name) in declared:
                return place, name, ()
        if self._content() is None:
            return "query", name, ()
        return "body", "", (name,)

    def _parameters(self) -> list[dict[str, Any]]:
        nodes = (
            self.parent.node.get("parameters"),
            self.parent.path_item.fields.get("parameters"),
        )
        found = []
        for node in nodes:
            for each in () if node is None else node.items():
                value = self._resolved(each).value
                if isinstance(value, dict) and {"in", "name"} <= value.keys():
                    found.append(value)
        return found

    def _content(self) -> Node | None:
        body = self.parent.node.get("requestBody")
        return None if body is None else self._resolved(body).get("content")

    def _resolved(self, node: Node) -> Node:
        try:
            return self.description.resolve(node)
        except UnresolvableReference:
            return node

    # --- what the document says of the place ---

    def value(self, url: str) -> str:
        """Return the value to put in: the URL, or the rest after a scheme in the key."""
        first = self.key.parts[0]
        if not isinstance(first, str):
            return url
        if not url.startswith(first):
            self._refuse(
                f"the key puts {first!r} in front of {{{self.name or self.tokens}}}, "
                f"which is not how {url} starts. Use the `public_url`"
            )
        return url.removeprefix(first)

    @property
    def is_form(self) -> bool:
        """Whether the body is documented as a form and not as JSON."""
        content = self._content()
        kinds = [] if content is None else [name for name, _ in content.members()]
        parsed = [each for each in map(media_types.parse, kinds) if each is not None]
        return any(each.essence == _FORM for each in parsed) and not any(
            each.is_json for each in parsed
        )

    def fill(self, body: Any, value: str) -> Any:
        """Return a body with the value at the pointer; missing containers are created."""
        return _filled(body, self.tokens, value, self._refuse)

    def fill_form(self, fields: Mapping[str, Any], value: str) -> dict[str, Any]:
        """Return the fields of a form with the value added."""
        if len(self.tokens) != 1:
            pointer = json_pointer.fragment(self.tokens)
            self._refuse(f"a form has no {pointer}. Send JSON, or configure the API")
        return {**fields, self.tokens[0]: value}


def _filled(
    body: Any,
    tokens: json_pointer.Tokens,
    value: str,
    refuse: Callable[[str], NoReturn],
) -> Any:
    if not tokens:
        return value
    token, rest = tokens[0], tokens[1:]
    if token.isdecimal() and (body is None or isinstance(body, list)):
        index, items = int(token), list(body or ())
        if index >= _LONGEST_LIST:
            refuse(f"item {token} is beyond what is filled in. Write the body yourself")
        # Missing earlier items get the same URL.
        while len(items) <= index:
            items.append(_filled(None, rest, value, refuse))
        items[index] = _filled(items[index], rest, value, refuse)
        return items
    if body is not None and not isinstance(body, Mapping):
        refuse(
            f"the body has {type(body).__name__} where the key goes on with {token!r}. "
            "Leave that out, or fill in the URL yourself"
        )
    members = dict(body or {})
    members[token] = _filled(members.get(token), rest, value, refuse)
    return members


# --- a client's arguments -----------------------------------------------------------------

_PLACES = {"query": "params", "header": "headers", "cookie": "cookies"}


def _in_arguments(
    arguments: dict[str, Any], value: str, registration: _Registration
) -> dict[str, Any]:
    if registration.place != "body":
        place = _PLACES[registration.place]
        same = registration.place == "header"
        before = arguments.get(place)
        arguments[place] = _with_pair(before, registration.name, value, any_case=same)
        return arguments
    raw = next((n for n in ("content", "data") if _is_text(arguments.get(n))), None)
    if raw is not None:
        content = _argument_type(arguments)
        arguments[raw] = _in_body(arguments[raw], content, value, registration)
    elif arguments.get("json") is not None or not (
        arguments.get("data") is not None or registration.is_form
    ):
        arguments["json"] = registration.fill(arguments.get("json"), value)
    else:
        fields = dict(arguments.get("data") or {})
        arguments["data"] = registration.fill_form(fields, value)
    return arguments


def _is_text(body: Any) -> bool:
    return isinstance(body, str | bytes | bytearray) and len(body) > 0


def _argument_type(arguments: dict[str, Any]) -> str | None:
    headers = dict(arguments.get("headers") or {})
    named = {str(name).lower(): value for name, value in headers.items()}
    found = named.get("content-type")
    return None if found is None else str(found)


def _with_pair(before: Any, name: str, value: str, *, any_case: bool) -> Any:
    """Return pairs with one value set, in their original type."""

    def is_it(other: Any) -> bool:
        text = other.decode("latin-1") if isinstance(other, bytes) else str(other)
        return text.lower() == name.lower() if any_case else text == name

    if before is None:
        return {name: value}
    if isinstance(before, str | bytes):
        text = before.decode() if isinstance(before, bytes) else before
        return _with_query(text, name, value)
    if isinstance(before, Mapping):
        return {**{k: v for k, v in before.items() if not is_it(k)}, name: value}
    return [*((k, v) for k, v in before if not is_it(k)), (name, value)]


def _with_query(query: str, name: str, value: str) -> str:
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    pairs = [*(pair for pair in pairs if pair[0] != name), (name, value)]
    return urlencode(pairs, errors="replace")


# --- requests as objects ------------------------------------------------------------------


def _in_unprepared(request: Any, value: str, registration: _Registration) -> Any:
    """Fill in a `requests.Request`, whose parts are named as a client's arguments."""
    filled = copy.copy(request)
    names = ("params", "headers", "cookies", "json", "data")
    given = {name: getattr(request, name) or None for name in names}
    for name, part in _in_arguments(given, value, registration).items():
        setattr(filled, name, part)
    return filled


def _in_message(request: Any, value: str, registration: _Registration) -> Any:
    """Fill in an httpx Request, or a PreparedRequest of requests."""
    url, body = str(request.url), _content(request)
    headers = dict(request.headers.items())
    if registration.place == "query":
        parts = urlsplit(url)
        query = _with_query(parts.query, registration.name, value)
        url = urlunsplit(parts._replace(query=query))
    elif registration.place == "header":
        headers = _with_pair(headers, registration.name, value, any_case=True)
    elif registration.place == "cookie":
        stated = next(
            (headers.pop(n) for n in list(headers) if n.lower() == "cookie"), ""
        )
        kept = [c.strip() for c in stated.split(";") if c.strip()]
        kept = [c for c in kept if c.partition("=")[0] != registration.name]
        headers["Cookie"] = "; ".join((*kept, f"{registration.name}={value}"))
    else:
        content = Headers.of(headers.items()).get("content-type")
        if content is None:
            content = _FORM if registration.is_form else "application/json"
            headers["Content-Type"] = content
        body = _in_body(body, content, value, registration)
        length = ("content-length", "transfer-encoding")
        headers = {k: v for k, v in headers.items() if k.lower() not in length}
    if hasattr(request, "copy"):  # requests
        filled = request.copy()
        filled.url, filled.headers = url, type(request.headers)(headers)
        filled.prepare_body(body or None, None)
        return filled
    return type(request)(
        request.method,
        url,
        headers=headers,
        content=body or None,
        extensions=request.extensions,
    )


def _content(request: Any) -> bytes:
    body = request.body if hasattr(request, "body") else request.content
    if isinstance(body, str):
        return body.encode()
    return b"" if body is None else bytes(body)


def _in_body(
    body: str | bytes, content: str | None, value: str, registration: _Registration
) -> bytes:
    """Fill in a body that is already serialized."""
    stated = media_types.parse(content or "")
    if stated is not None and stated.essence == _FORM:
        text = body.decode() if isinstance(body, bytes | bytearray) else body
        fields = dict(parse_qsl(text, keep_blank_values=True))
        filled = registration.fill_form(fields, value)
        return urlencode(filled, errors="replace").encode()
    try:
        known = json.loads(body) if body else None
    except ValueError:
        registration._refuse(  # noqa: SLF001 - of this module
            "the body is neither JSON nor a form. Fill in the URL yourself"
        )
    return json.dumps(registration.fill(known, value)).encode()
