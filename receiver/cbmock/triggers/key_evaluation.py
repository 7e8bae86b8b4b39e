"""Evaluation of a key on the exchange with the sender that makes a callback due.

It decides what a key's expressions give on one request and response of the sender (OAS
3.0.4 §4.8.20.4, 3.1.1 §4.8.20.4). It must not know mounts or calls.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal
from urllib.parse import quote, unquote, unquote_plus, urljoin

from cbmock.contract.parameters import parameter, parameter_values, raw_parameters
from cbmock.contract.parameters.parameter import Parameter
from cbmock.description.callback_keys import KeyExpression
from cbmock.description.operations import Operation, Parent
from cbmock.description.references import Description
from cbmock.description.runtime_expressions import BARE_NAMES, Expression, Source
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Request, Response, target_of
from cbmock.triggers import message_bodies
from cbmock.triggers.message_bodies import UNDEFINED, MessageBody
from cbmock.violations import Violation, shown


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to the sender with its response.

    `request.target` is the path and query as sent; `url` the absolute URL with both.
    `unread` names the messages whose body is not available, as opposed to empty.
    Evaluating an expression that reads such a body raises `ReceiverError`.
    """

    url: str
    request: Request
    response: Response | None = None
    unread: frozenset[Literal["request", "response"]] = frozenset()


@dataclass(frozen=True, slots=True)
class DueUrls:
    """Where a callback is due for one exchange.

    `urls` are the absolute URLs that are correct, the literal reading first; empty if
    the callback is not due. `{name}` in a URL is a path variable of the callback, which
    matches any value; no other braces occur. `violations` are about the trigger.
    """

    urls: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()


def exchange(
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    response: Response | None = None,
    unread: frozenset[Literal["request", "response"]] = frozenset(),
) -> Exchange:
    """Build an exchange from its parts; `url` is absolute."""
    request = Request(method.upper(), target_of(url), headers, body)
    return Exchange(url, request, response, unread)


def path_values(parent: Parent, target: str) -> dict[str, str] | None:
    """Read the variables of the parent's path from a URL; None if it does not match.

    Servers may put a prefix in front of the path.
    """
    names = re.findall(r"\{([^{}]*)\}", parent.path)
    pattern = "([^/?]+)".join(map(re.escape, re.split(r"\{[^{}]*\}", parent.path)))
    found = re.fullmatch(f".*?{pattern}", target.partition("?")[0])
    return None if found is None else dict(zip(names, found.groups(), strict=True))


def is_of(parent: Parent, trigger: Exchange) -> bool:
    """Return whether an exchange was with the operation that documents the callback."""
    same_method = parent.method == trigger.request.method
    return same_method and path_values(parent, trigger.request.target) is not None


def due(operation: Operation, trigger: Exchange, description: Description) -> DueUrls:
    """Evaluate an operation's key on the exchange that triggered it."""
    key, parent = operation.key, operation.parent
    if key is None or parent is None:
        return DueUrls()
    return _Evaluation(key, parent, trigger, description).due()


# --- one evaluation -----------------------------------------------------------------------


class _Evaluation:
    """One key on one exchange; parameters and bodies are read when first needed."""

    def __init__(
        self,
        key: KeyExpression,
        parent: Parent,
        trigger: Exchange,
        description: Description,
    ) -> None:
        self._key = key
        self._parent = parent
        self._trigger = trigger
        self._description = description
        self._violations: list[Violation] = []

    def due(self) -> DueUrls:
        parts = self._key.parts
        if len(parts) == 1 and isinstance(parts[0], Expression):
            urls = self._whole(parts[0])
        else:
            urls = self._concatenated()
        absolute = tuple(dict.fromkeys(map(self._absolute, urls)))
        return DueUrls(absolute, tuple(self._violations))

    def _report(self, code: str, detail: str, *, error: bool = False) -> None:
        found = Violation(location="url", code=code, detail=detail)
        found = found if error else replace(found, severity="warning")
        if found not in self._violations:
            self._violations.append(found)

    def _whole(self, expression: Expression) -> list[str]:
        """Return the URLs that a key gives if it is a single expression."""
        value = self.value(expression)
        if value is UNDEFINED or value is None:
            return []
        if isinstance(value, str):
            return [_without_braces(value)]
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return [_without_braces(each) for each in value]
        detail = f"{{{expression.text}}} gives {shown(value)}, which is not a URL"
        self._report("callback-url-type", detail, error=True)
        return []

    def _concatenated(self) -> list[str]:
        """Concatenate the parts of a key; later values may be percent-encoded."""
        choices: list[tuple[str, ...]] = []
        for position, part in enumerate(self._key.parts):
            if isinstance(part, str):
                choices.append((_without_braces(part),))
                continue
            if part.source is Source.PATH_VARIABLE:
                choices.append((f"{{{part.name}}}",))
                continue
            value = self.value(part)
            if position and value is UNDEFINED and self._is_undeclared(part):
                # Any value fits for the router too, and none.
                choices.append((f"{{{part.name}}}", ""))
                continue
            if position == 0:
                if value is UNDEFINED or value is None:
                    return []
                several = value if isinstance(value, list) else [value]
                bases = (_without_braces(self._text(part, each)) for each in several)
                choices.append(tuple(url for base in bases for url in _spellings(base)))
                continue
            text = self._text(part, value)
            encoded = quote(text, safe="", errors="replace")
            choices.append(tuple(dict.fromkeys((_without_braces(text), encoded))))
        return ["".join(each) for each in itertools.product(*choices)]

    def _text(self, expression: Expression, value: Any) -> str:
        if isinstance(value, str):
            return value
        if value is UNDEFINED or value is None:
            self._report("expr-undefined", f"{{{expression.text}}} gives nothing")
            return ""
        if isinstance(value, dict | list):
            detail = f"{{{expression.text}}} gives {shown(value)}, written as JSON"
            self._report("expr-structured", detail)
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return json.dumps(value, default=str).strip('"')

    def _absolute(self, url: str) -> str:
        if re.match(r"[a-z][a-z0-9+.\-]*://", url, re.IGNORECASE):
            return url
        first = self._key.parts[0] if self._key.parts else ""
        is_location = (
            isinstance(first, Expression)
            and first.source is Source.RESPONSE_HEADER
            and first.name.lower() == "location"
        )
        if not is_location:
            # Only a Location may be relative (RFC 9110 §10.2.2).
            self._report("callback-url-relative", f"{shown(url)} is a relative URL")
        try:
            return urljoin(self._trigger.url, url)
        except ValueError:  # an invalid host, as in `//[`
            return url

    # --- values ---

    def value(self, expression: Expression) -> Any:
        """Return an expression's value with its type; `UNDEFINED` if there is none."""
        trigger, source = self._trigger, expression.source
        match source:
            case Source.URL:
                return trigger.url
            case Source.METHOD:
                return trigger.request.method
            case Source.STATUS_CODE:
                return (
                    UNDEFINED if trigger.response is None else trigger.response.status
                )
            case Source.REQUEST_BODY:
                return self._in_body(expression, self._request_body)
            case Source.RESPONSE_BODY:
                return self._in_body(expression, self._response_body)
            case Source.REQUEST_HEADER:
                return _header(trigger.request.headers, expression.name)
            case Source.RESPONSE_HEADER:
                response = trigger.response
                if response is None:
                    return UNDEFINED
                return _header(response.headers, expression.name)
            case Source.PARAMETER | Source.OPAQUE:
                return self._named(expression.name)
        return self._parameter(source, expression.name)

    def _in_body(self, expression: Expression, body: MessageBody) -> Any:
        value, unread = body.at(expression.pointer), body.unread
        if isinstance(value, bytes):
            value, unread = UNDEFINED, "the file there is not text"
        if value is UNDEFINED and unread is not None:
            detail = f"{{{expression.text}}} gives nothing: {unread}"
            self._report("trigger-body", detail)
        return value

    def _named(self, name: str) -> Any:
        """Look for a bare name: a parameter, or else a property of the body."""
        for source in (
            Source.REQUEST_QUERY,
            Source.REQUEST_PATH,
            Source.REQUEST_HEADER,
            Source.REQUEST_COOKIE,
        ):
            value = self._parameter(source, name)
            if value is not UNDEFINED:
                return value
        return self._request_body.at((name,))

    def _parameter(self, source: Source, name: str) -> Any:
        """Return a declared parameter as its schema reads it, any other as text."""
        location = source.value.rpartition(".")[2]
        declared = self._parameters.get((location, name), UNDEFINED)
        if declared is not UNDEFINED:
            return declared
        carried = self._carried
        texts: Iterator[str] = iter(())
        if location == "query":
            texts = (
                unquote_plus(v) for k, v in carried.query if unquote_plus(k) == name
            )
        elif location == "path" and name in carried.path:
            texts = iter((unquote(carried.path[name]),))
        elif location == "header":
            return _header(carried.request.headers, name)
        elif location == "cookie":
            texts = (value for key, value in carried.cookies if key == name)
        return next(texts, UNDEFINED)

    def _is_undeclared(self, expression: Expression) -> bool:
        """Return whether a bare name is one that no parameter of the parent has."""
        names = {each.name for each in self._declared}
        return expression.source in BARE_NAMES and expression.name not in names

    @cached_property
    def _declared(self) -> tuple[Parameter, ...]:
        return parameter.parameters_of(
            self._parent.node, self._parent.path_item, self._description
        )

    @cached_property
    def _carried(self) -> raw_parameters.RawParameters:
        request = self._trigger.request
        path = path_values(self._parent, request.target) or {}
        return raw_parameters.split_request(request, path)

    @cached_property
    def _parameters(self) -> dict[tuple[str, str], Any]:
        values, found = parameter_values.check(self._declared, self._carried)
        read = {each.name for each in self._key.expressions}
        self._violations += [
            each for each in found if each.code == "duplicate" and each.name in read
        ]
        return dict(values)

    @cached_property
    def _request_body(self) -> MessageBody:
        if "request" in self._trigger.unread:
            message = (
                f"{self._key.text} reads the request's body, and the response does not "
                "keep it. Pass both: `trigger=(response, body)`, with the body as it was "
                "sent."
            )
            raise ReceiverError(message)
        return message_bodies.read_request(
            self._trigger.request, self._parent, self._description
        )

    @cached_property
    def _response_body(self) -> MessageBody:
        if "response" in self._trigger.unread:
            message = (
                f"{self._key.text} reads the response's body, which has not been read "
                "yet. Read it before the response is passed as trigger."
            )
            raise ReceiverError(message)
        response = self._trigger.response
        if response is None:
            return MessageBody()
        return message_bodies.read_response(response, self._parent, self._description)


def _header(headers: Headers, name: str) -> Any:
    value = headers.get(name)
    return UNDEFINED if value is None else value


def _without_braces(text: str) -> str:
    """Percent-encode braces, so that the remaining ones are path variables."""
    return text.replace("{", "%7B").replace("}", "%7D")


def _spellings(base: str) -> tuple[str, ...]:
    """Return a base URL, and the other way to write it if it is a bare host.

    `http://host` and `http://host/` are the same URL (RFC 3986 §6.2.3). Pydantic's
    `HttpUrl` turns the first into the second, so that a path after it begins with two
    slashes.
    """
    if re.fullmatch(r"https?://[^/?#]+", base, re.IGNORECASE):
        return base, f"{base}/"
    if re.fullmatch(r"https?://[^/?#]+/", base, re.IGNORECASE):
        return base, base[:-1]
    return (base,)
