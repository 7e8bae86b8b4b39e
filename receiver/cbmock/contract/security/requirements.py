"""Security Requirements: whether a request has the credentials an operation requires.

It decides which Security Requirements apply and what each Security Scheme requires (OAS
3.1.1 §4.8.27, §4.8.30). It must not know where secrets come from, and never shows one.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from cbmock.contract.policy import Policy
from cbmock.contract.security import jwt
from cbmock.contract.security.hidden_names import is_signature
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http.messages import Request
from cbmock.http.query import cookies, query_pairs
from cbmock.violations import Severity, Violation, errors

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_OAUTH = ("oauth2", "openIdConnect")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """A Security Scheme Object as one requirement uses it.

    `value` is empty if no scheme has the name. `scopes` are the required ones. `node` is
    the requirement.
    """

    name: str
    value: Mapping[str, Any]
    scopes: tuple[str, ...]
    node: Node = field(repr=False)

    @property
    def type(self) -> str:
        """The `type`, the empty string where there is none."""
        return str(self.value.get("type", ""))

    @property
    def expires(self) -> bool:
        """Whether credentials may expire."""
        return self.type in ("http", *_OAUTH)

    @property
    def query_name(self) -> str | None:
        """The query parameter with the API key, if it is in the query."""
        in_query = self.type == "apiKey" and self.value.get("in") == "query"
        return str(self.value.get("name")) if in_query else None


Requirements = tuple[tuple[SecurityScheme, ...], ...]
"""Alternatives, each with the schemes that must all be satisfied."""


def requirements_of(
    node: Node, description: Description, policy: Policy
) -> Requirements:
    """Return the Security Requirements that apply to an operation."""
    if policy.security == "off":
        return ()
    stated = node.get("security")
    if stated is None and policy.security == "inherit":
        stated = description.root.get("security")
    alternatives = () if stated is None else tuple(stated.items())
    return tuple(
        tuple(_scheme(name, each, description) for name, each in one.members())
        for one in alternatives
    )


def _scheme(name: str, node: Node, description: Description) -> SecurityScheme:
    """Find a scheme by its name in the entry document (OAS 3.1.1 §4.3.4)."""
    components = description.root.get("components")
    schemes = None if components is None else components.get("securitySchemes")
    found = None if schemes is None else schemes.get(name)
    value: Any = {}
    try:
        if found is None and description.version.schemes_by_uri:
            # Since 3.2 the name may be a URI instead (OAS 3.2.0 §4.30).
            found = description.follow(node, name)
        value = {} if found is None else description.resolve(found).value
    except (UnresolvableReference, ValueError):
        value = {}
    scopes = node.value if isinstance(node.value, list) else []
    return SecurityScheme(
        name=name,
        value=value if isinstance(value, dict) else {},
        scopes=tuple(map(str, scopes)),
        node=node,
    )


def check(
    requirements: Requirements,
    request: Request,
    policy: Policy,
    *,
    now: float | None = None,
    signed: bool = False,
) -> tuple[Violation, ...]:
    """Check the credentials of a request: one alternative must be satisfied.

    Otherwise the violations of the nearest alternative are returned. `now` is the current
    time in seconds since the epoch, by which tokens expire. If `signed`, the signature of
    the request is checked elsewhere.
    """
    nearest: tuple[Violation, ...] | None = None
    for schemes in requirements:
        found = tuple(
            violation
            for scheme in schemes
            for violation in _CredentialCheck(
                scheme, request, policy, now, signed=signed
            ).check()
        )
        if not errors(found):
            return found
        if nearest is None or len(errors(found)) < len(errors(nearest)):
            nearest = found
    return nearest or ()


class _CredentialCheck:
    """Checks the credentials of a request for one scheme."""

    def __init__(
        self,
        scheme: SecurityScheme,
        request: Request,
        policy: Policy,
        now: float | None,
        *,
        signed: bool,
    ) -> None:
        self.scheme = scheme
        self.signed = signed
        self.request = request
        self.secret = policy.secrets.get(scheme.name)
        self.now = now
        self.knows_clients = policy.known_clients

    def check(self) -> tuple[Violation, ...]:
        scheme = self.scheme
        if scheme.type == "apiKey":
            return self._api_key()
        if scheme.type == "http":
            return self._http(str(scheme.value.get("scheme", "")))
        if scheme.type in _OAUTH:
            return self._bearer("Bearer", scheme.value)
        if scheme.type == "mutualTLS":
            return self._mutual_tls()
        return self._unverifiable("no such Security Scheme is documented")

    def _mutual_tls(self) -> tuple[Violation, ...]:
        if self.knows_clients and self.request.scheme == "https":
            return ()
        return self._unverifiable("the client certificate is not visible to the mock")

    def _api_key(self) -> tuple[Violation, ...]:
        name = str(self.scheme.value.get("name", ""))
        place = str(self.scheme.value.get("in", ""))
        read = _KEYS.get(place)
        if read is None:
            return self._unverifiable("the location of its API key is not documented")
        key = read(self.request, name)
        noun = "header" if place == "header" else f"{place} parameter"
        if not key:
            detail = f"the {noun} {name!r} with the API key is missing"
            return self._violation(
                "missing-credential", detail, expected=f"{noun} {name}"
            )
        if is_signature(name):
            return self._present(key, f"signature in the {noun} {name!r}")
        return self._compared(key)

    def _http(self, name: str) -> tuple[Violation, ...]:
        match name.lower():
            case "basic":
                return self._basic()
            case "bearer":
                return self._bearer("Bearer", self.scheme.value)
            case _:
                credentials, found = self._authorization(name)
                return found or self._present(credentials, f"{name} credentials")

    def _authorization(self, name: str) -> tuple[str, tuple[Violation, ...]]:
        """Return the credentials after the scheme's name (RFC 9110 §11.4)."""
        stated = self.request.headers.get("authorization") or ""
        sent, _, credentials = stated.strip().partition(" ")
        if sent.lower() != name.lower():
            detail = f"the Authorization header has no {name} credentials"
            if not stated:
                detail = f"the Authorization header with {name} credentials is missing"
            return "", self._violation(
                "missing-credential", detail, expected=f"{name} ..."
            )
        credentials = credentials.strip()
        if not credentials:
            detail = f"Authorization has no credentials after {name!r}"
            return "", self._violation(
                "missing-credential", detail, expected=f"{name} ..."
            )
        return credentials, ()

    def _basic(self) -> tuple[Violation, ...]:
        credentials, found = self._authorization("Basic")
        if found:
            return found
        try:
            decoded = base64.b64decode(credentials, validate=True)
        except (binascii.Error, ValueError):
            decoded = b""
        if b":" not in decoded:
            detail = "the Basic credentials are not user:password in base64 (RFC 7617)"
            return self._violation("syntax", detail)
        return self._compared(decoded.decode("utf-8", "surrogateescape"))

    def _bearer(self, name: str, scheme: Mapping[str, Any]) -> tuple[Violation, ...]:
        token, found = self._authorization(name)
        if found:
            return found
        if not _TOKEN.fullmatch(token):
            return self._violation(
                "syntax", "the Bearer token is malformed (RFC 6750 §2.1)"
            )
        claimed = jwt.claims(token)
        if claimed is None:
            return self._compared(token) + self._not_a_jwt(scheme)
        return self._compared(token) + self._expired(claimed) + self._scoped(claimed)

    def _expired(self, claimed: dict[str, Any]) -> tuple[Violation, ...]:
        expires = jwt.expiry(claimed)
        if self.now is None or expires is None or expires > self.now:
            return ()
        return self._violation("expired", "the token has expired", severity="warning")

    def _scoped(self, claimed: dict[str, Any]) -> tuple[Violation, ...]:
        granted = jwt.scopes(claimed)
        if granted is None or self.scheme.type not in _OAUTH:
            return ()
        missing = [each for each in self.scheme.scopes if each not in granted]
        if not missing:
            return ()
        detail = f"the token does not grant {', '.join(missing[:5])}"
        return self._violation("scope", detail, expected=list(self.scheme.scopes))

    def _not_a_jwt(self, scheme: Mapping[str, Any]) -> tuple[Violation, ...]:
        """Warn where a JWT is documented: `bearerFormat` is a hint (OAS 3.1.1 §4.8.27)."""
        if str(scheme.get("bearerFormat", "")).lower() != "jwt":
            return ()
        detail = "the Bearer token is not a JWT (RFC 7519 §3)"
        return self._violation("bearer-format", detail, severity="warning")

    def _present(self, sent: str, what: str) -> tuple[Violation, ...]:
        """Compare with the given secret; without one, only the presence is checked."""
        if self.secret is not None:
            return self._compared(sent)
        if self.signed:
            return ()
        return self._unverifiable(f"only the presence of the {what} was checked")

    def _compared(self, sent: str) -> tuple[Violation, ...]:
        """Compare in constant time; without a secret, every credential is accepted."""
        if self.secret is None:
            return ()
        import hmac  # noqa: PLC0415 - 0.3 ms, loads OpenSSL, few need it

        own = self.secret.encode("utf-8", "surrogatepass")
        # A header's bytes were decoded as Latin-1; secrets are UTF-8.
        encodings = (
            sent.encode("latin-1", "backslashreplace"),
            sent.encode("utf-8", "surrogatepass"),
        )
        matching = [hmac.compare_digest(own, each) for each in encodings]
        if any(matching):
            return ()
        return self._violation(
            "wrong-secret", "the credentials are not the expected ones"
        )

    def _unverifiable(self, reason: str) -> tuple[Violation, ...]:
        detail = f"not verified: {reason}"
        return self._violation("unverifiable", detail, severity="info")

    def _violation(
        self, code: str, detail: str, *, severity: Severity = "error", **more: Any
    ) -> tuple[Violation, ...]:
        return (
            Violation(
                location="security",
                name=self.scheme.name,
                code=code,
                detail=detail,
                severity=severity,
                schema=self.scheme.node.pointer,
                **more,
            ),
        )


def _in_query(request: Request, name: str) -> str | None:
    pairs = query_pairs(request.query)
    return next((unquote_plus(v) for n, v in pairs if unquote_plus(n) == name), None)


def _in_cookie(request: Request, name: str) -> str | None:
    pairs = cookies(request.headers)
    return next((value for key, value in pairs if key == name), None)


_KEYS: Mapping[str, Callable[[Request, str], str | None]] = {
    "header": lambda request, name: request.headers.get(name),
    "query": _in_query,
    "cookie": _in_cookie,
}
