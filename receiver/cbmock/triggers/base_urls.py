"""The base URLs under which the mock is reached.

They decide whether a URL leads to the mock, and which request target it has there. They
must not know operations.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from cbmock.description.callback_keys import KeyParts
from cbmock.description.runtime_expressions import Expression, Source
from cbmock.mock.routing import url_templates

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - names
_PORTS = {"http": 80, "https": 443}
# Characters of a request target that clients do not encode (RFC 3986 §2).
_SAFE = "%/:@!$&'()*+,;=?-._~[]"


class BaseUrls:
    """Absolute base URLs, each with or without a path."""

    def __init__(self, urls: Iterable[str]) -> None:
        """Keep the base URLs, the longest first."""
        bases = {url.rstrip("/") for url in urls if url}
        self._bases = tuple(sorted(bases, key=len, reverse=True))
        self._places = {_authority(url) for url in self._bases}

    def target_of(self, url: str) -> str:
        """Return the request target that a URL has at the mock, in its normal form.

        The path of a base URL is removed, as the proxy that forwards to the mock does.
        For any other URL the target is its path and query.
        """
        return normal(self._below_base(url))

    def targets_of(self, urls: Iterable[str]) -> DueTargets:
        """Return the request targets of due URLs, in which `{name}` matches any value."""
        return DueTargets(frozenset(_template(self._below_base(url)) for url in urls))

    def _below_base(self, url: str) -> str:
        url = url.partition("#")[0]
        for base in self._bases:
            rest = url[len(base) :]
            if url.startswith(base) and rest[:1] in ("", "/", "?"):
                return rest
        return "".join(re.findall(r"[/?].*", url.split("://", 1)[-1])[:1])

    def owns(self, url: str) -> bool:
        """Return whether a URL leads to the mock; all names of the local host are equal."""
        return _authority(url) in self._places


def normal(target: str) -> str:
    """Return a target as clients send it, without needless percent-encoding."""
    path = target if target.startswith("/") else f"/{target}"
    return url_templates.normal(quote(path, safe=_SAFE, errors="replace"))


# --- targets with variables ---------------------------------------------------------------

_VARIABLE = "{}"
"""A path variable in a template; a normal target has no braces."""
_ANY = Expression(source=Source.PATH_VARIABLE, text="")


@dataclass(frozen=True, slots=True)
class DueTargets:
    """The normal request targets at which a callback is due, `{}` for any value."""

    templates: frozenset[str] = frozenset()

    def __contains__(self, target: str) -> bool:
        """Return whether a normal target is one of them."""
        return target in self.templates or any(
            fits(template, target) for template in self.templates
        )


def is_template(target: str) -> bool:
    """Return whether a target has a variable."""
    return _VARIABLE in target


def fits(template: str, target: str) -> bool:
    """Return whether a normal target matches a template."""
    if not is_template(template):
        return template == target
    path, mark, query = target.partition("?")
    parts, query_parts = _template_parts(template)
    if query_parts is None:
        return not mark and url_templates.match(parts, path, least=0) is not None
    return (
        bool(mark)
        and url_templates.match(parts, path, least=0) is not None
        and url_templates.match(query_parts, query, least=0) is not None
    )


def _template(target: str) -> str:
    path = target if target.startswith("/") else f"/{target}"
    literals = re.split(r"\{[^{}]*\}", path)
    quoted = (quote(each, safe=_SAFE, errors="replace") for each in literals)
    return _VARIABLE.join(map(url_templates.normal, quoted))


@functools.lru_cache(maxsize=1024)
def _template_parts(template: str) -> tuple[KeyParts, KeyParts | None]:
    path, mark, query = template.partition("?")
    return _parts(path), _parts(query) if mark else None


def _parts(text: str) -> KeyParts:
    first, *others = text.split(_VARIABLE)
    found: list[str | Expression] = [first]
    for each in others:
        found += [_ANY, each]
    return tuple(part for part in found if part)


def _authority(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    own = "localhost" if host in _LOOPBACK else host
    return own, port or _PORTS.get(parts.scheme.lower())
