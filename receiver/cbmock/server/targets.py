"""Targets: path and query as sent, and whether they belong to the control API.

It must not know the answers.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.types import Scope

from cbmock.server.exchange import TARGET, target_of

CONTROL = "/_cbmock"
_BEGINNING = CONTROL.encode()


def immediate(url: bytes) -> str | None:
    """Return the target of a URL, None if it belongs to the control API."""
    if url[:1] == b"/" and not (
        b"%" in url or b"#" in url or url.startswith(_BEGINNING)
    ):
        return url.decode("latin-1")
    target = target_of(url)
    if is_below_control(unquote(target.partition("?")[0])):
        return None
    return target


def is_below_control(path: str) -> bool:
    """Return whether a path belongs to the control API or the page."""
    return f"{path}/".startswith(CONTROL + "/")


def sent_target(scope: Scope) -> str:
    """Return path and query as sent; servers other than ours drop a `?` without a query."""
    sent: str | None = (scope.get("extensions") or {}).get(TARGET)
    if sent is not None:
        return sent
    raw = scope.get("raw_path")
    path: str = (
        quote(scope["path"], errors="replace") if raw is None else raw.decode("latin-1")
    )
    query: bytes = scope.get("query_string", b"")
    return f"{path}?{query.decode('latin-1')}" if query else path


def own_target(scope: Scope) -> str:
    """Return path and query as sent, without the prefix of an outer application."""
    return sent_target(scope).removeprefix(scope.get("root_path") or "")
