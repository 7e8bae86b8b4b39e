"""Redaction: what of a request is shown to people, without the credentials in it.

It decides which values are credentials (OAS 3.1.1 §4.8.27, RFC 9110 §11.6, RFC 6750) and
what stands in their place. It must not know how credentials are checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_plus

from cbmock.contract.policy import Policy
from cbmock.contract.security import requirements
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http.messages import Headers, Request
from cbmock.violations import Violation

HIDDEN = "***"

_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
# Webhook-Signature, X-Hub-Signature-256, X-Shopify-Hmac-SHA256, X-Gitlab-Token and so on;
# Signature-Input says how was signed, and holds no secret (RFC 9421 §4.1).
_CREDENTIAL = re.compile(
    r"(?:^|[-_])(?:signature(?!-input)|hmac|sig|token|secret|password|api-?key)(?:$|[-_])"
)
_QUERY = frozenset({"access_token"})  # RFC 6750 §2.3
_NAME = re.compile(r"([^?&\s'\"=]+)=")
_VALUE = re.compile(r"[^&]+")
_QUOTED = re.compile(r"\S+?(?=['\"]?[,;:]?(?:[&\s]|$))")
_COOKIE = re.compile(r"([^=;,\s]+)=[^;,]*")
_LINE = re.compile(rb"^([!#-'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n]*)", re.MULTILINE)
# Of these, what is said about a value does not repeat it.
_WITHOUT_VALUE = frozenset({"missing", "duplicate", "empty", "undocumented"})


@dataclass(frozen=True, slots=True)
class Redaction:
    """Hides the values of credentials.

    `headers` (in small letters) and `query` are the names that the document's API keys
    have, besides those that are credentials anywhere.
    """

    headers: frozenset[str] = frozenset()
    query: frozenset[str] = frozenset()

    def request(self, request: Request) -> Request:
        """Return the request as it may be shown; the body is as it came."""
        return replace(
            request,
            target=self.target(request.target),
            headers=self.fields(request.headers),
        )

    def target(self, target: str) -> str:
        """Return a request target as it may be shown."""
        return self._pairs(target, _VALUE) if "=" in target else target

    def fields(self, headers: Headers) -> Headers:
        """Return header fields as they may be shown."""
        return Headers(
            (name, self._field(name.decode("latin-1"), value))
            for name, value in headers.raw
        )

    def head(self, data: bytes) -> bytes:
        """Hide the credentials in octets that were meant to be a request."""
        return _LINE.sub(
            lambda line: (
                line[1] + b": " + self._field(line[1].decode("latin-1"), line[2])
            ),
            data,
        )

    def text(self, text: str) -> str:
        """Hide the credentials in a sentence about a URL."""
        return self._pairs(text, _QUOTED)

    def violation(self, violation: Violation) -> Violation:
        """Return a violation as it may be shown."""
        if self._conceals(violation):
            detail = violation.detail
            if violation.code not in _WITHOUT_VALUE:
                detail = (
                    f"the {violation.location} {violation.name!r} is not as documented"
                )
            hidden = None if violation.received is None else HIDDEN
            return replace(violation, detail=detail, received=hidden)
        if violation.location not in ("url", "query"):
            return violation
        received = violation.received
        return replace(
            violation,
            detail=self.text(violation.detail),
            received=self.text(received) if isinstance(received, str) else received,
        )

    def is_header(self, name: str) -> bool:
        """Tell whether a header carries a credential."""
        name = name.lower()
        return (
            name in _HEADERS
            or name in self.headers
            or _CREDENTIAL.search(name) is not None
        )

    def is_query(self, name: str) -> bool:
        """Tell whether a query parameter carries a credential."""
        return name in _QUERY or name in self.query

    def _conceals(self, violation: Violation) -> bool:
        name = violation.name or ""
        match violation.location:
            case "header":
                return self.is_header(name)
            case "query":
                return self.is_query(name)
            case "cookie" | "signature":
                return True
            case _:
                return False

    def _pairs(self, text: str, ending: re.Pattern[str]) -> str:
        """Hide the values of query pairs; `ending` says how far a value goes."""
        shown, here = [], 0
        for pair in _NAME.finditer(text):
            value = ending.match(text, pair.end())
            if value is None or pair.start() < here:
                continue
            if self.is_query(unquote_plus(pair[1])):
                shown += [text[here : pair.end()], HIDDEN]
                here = value.end()
        return "".join((*shown, text[here:]))

    def _field(self, name: str, value: bytes) -> bytes:
        if not value.strip() or not self.is_header(name):
            return value
        text = value.decode("latin-1")
        match name.lower():
            case "authorization" | "proxy-authorization":
                scheme, space, credentials = text.strip().partition(" ")
                shown = f"{scheme} {HIDDEN}" if space and credentials else HIDDEN
            case "cookie":
                shown = _COOKIE.sub(rf"\1={HIDDEN}", text) if "=" in text else HIDDEN
            case "set-cookie":
                pair, semicolon, attributes = text.partition(";")
                shown = pair.partition("=")[0] + f"={HIDDEN}" + semicolon + attributes
            case _:
                shown = HIDDEN
        return shown.encode("latin-1")


def redaction_of(
    description: Description, operations: Iterable[Node] = ()
) -> Redaction:
    """Return what hides the credentials of a document's API.

    Since 3.2 the Operation Objects may name schemes that stand in other documents.
    """
    keys = [*_keys(description)]
    if description.version.schemes_by_uri:
        keys += _keys_of(operations, description)
    return Redaction(
        headers=frozenset(name.lower() for place, name in keys if place == "header"),
        query=frozenset(name for place, name in keys if place == "query"),
    )


def _keys_of(
    operations: Iterable[Node], description: Description
) -> Iterator[tuple[Any, str]]:
    """Go through the places and names of the API keys that operations ask for."""
    policy = Policy(security="inherit")
    for operation in operations:
        for schemes in requirements.requirements_of(operation, description, policy):
            for scheme in schemes:
                if scheme.type == "apiKey":
                    yield scheme.value.get("in"), str(scheme.value.get("name"))


def _keys(description: Description) -> Iterator[tuple[Any, str]]:
    """Go through the places and names of the document's API keys."""
    components = description.root.get("components")
    schemes = None if components is None else components.get("securitySchemes")
    for _, referenced in () if schemes is None else schemes.members():
        value = _value(referenced, description)
        if isinstance(value, dict) and value.get("type") == "apiKey":
            yield value.get("in"), str(value.get("name"))


def _value(node: Node, description: Description) -> Any:
    try:
        return description.resolve(node).value
    except UnresolvableReference:
        return None
