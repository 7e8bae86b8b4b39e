"""Credentials: what a documented request carries to satisfy its Security Requirements.

It decides what replaces an unknown secret. It must not know how credentials are
checked.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cbmock.contract.contract import Contract
from cbmock.contract.security.requirements import SecurityScheme
from cbmock.errors import ReceiverError

_SECRET = "sample"  # noqa: S105 - a placeholder for an unknown secret
_PAIR = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Header fields, query pairs and cookies, as they are sent."""

    headers: tuple[_PAIR, ...] = ()
    query: tuple[_PAIR, ...] = ()
    cookies: tuple[_PAIR, ...] = ()


def credentials_of(contract: Contract, chosen: Mapping[str, str]) -> Credentials:
    """Return credentials for the first requirement that is not empty.

    `chosen` are secrets by Security Scheme; then the first requirement with all of
    these schemes is met. Otherwise the user's secrets are used if they are known.
    Raises `ReceiverError` if no requirement has the schemes.
    """
    secrets = {**contract.policy.secrets, **chosen}
    asking = [schemes for schemes in contract.security if schemes]
    fitting = [each for each in asking if chosen.keys() <= {one.name for one in each}]
    if chosen and not fitting:
        known = dict.fromkeys(one.name for each in asking for one in each)
        raise ReceiverError(
            f"no security requirement has {' and '.join(map(repr, chosen))}; "
            f"{contract.operation.qualified} asks for {', '.join(known) or 'none'}"
        )
    headers: list[_PAIR] = []
    query: list[_PAIR] = []
    cookies: list[_PAIR] = []
    for scheme in next(iter(fitting), ()):
        secret = secrets.get(scheme.name)
        if scheme.type == "apiKey":
            places = {"header": headers, "query": query, "cookie": cookies}
            pairs = places.get(str(scheme.value.get("in")))
            if pairs is not None:
                pairs.append(_key(scheme, secret or _SECRET))
        else:
            stated = _authorization(scheme, secret)
            headers += [("authorization", stated)] if stated else []
    return Credentials(tuple(headers), tuple(query), tuple(cookies))


def as_they_travel(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that secrets become in a request."""
    found = [
        (each, quote(each, safe="", errors="replace"), _basic(each)) for each in secrets
    ]
    return tuple(dict.fromkeys(text for texts in found for text in texts if text))


def _basic(pair: str) -> str:
    return base64.b64encode(pair.encode("utf-8", "replace")).decode()


def _key(scheme: SecurityScheme, secret: str) -> _PAIR:
    name = str(scheme.value.get("name", ""))
    if scheme.query_name is None:
        return name, secret
    return quote(name, safe="", errors="replace"), quote(
        secret, safe="", errors="replace"
    )


def _authorization(scheme: SecurityScheme, secret: str | None) -> str | None:
    """Return the field `Authorization` (RFC 9110 §11.6.2), None if it is not needed."""
    if scheme.type in ("oauth2", "openIdConnect"):
        return f"Bearer {secret or _SECRET}"
    if scheme.type != "http":
        return None
    name = str(scheme.value.get("scheme", ""))
    if name.lower() == "basic":
        return f"{name} {_basic(secret or f'{_SECRET}:{_SECRET}')}"
    if (
        name.lower() == "bearer"
        and str(scheme.value.get("bearerFormat")).lower() == "jwt"
    ):
        return f"{name} {secret or _jwt()}"
    return f"{name} {secret or _SECRET}"


def _jwt() -> str:
    """Return a token without claims or signature (RFC 7519 §6.1)."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part({})}."


def _part(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
