"""Request targets: path, query and host, and the token of a test in front of the path.

It decides how a target is cut before it is matched. It must not know routes.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from cbmock.mock.routing import url_templates

LONGEST_TARGET = 1000
"""The maximum length of a target that is cached, and of a token that is decoded."""

_ABSOLUTE = re.compile(r"https?://([^/]*)", re.IGNORECASE)
_TOKEN = re.compile(r"/t/([^/]+)")
_TOKEN_OF_TARGET = re.compile(r"/t/([^/?]+)")
_ANY_TEST = "/t/-"


def without_token(target: str) -> tuple[str | None, str]:
    """Return the token of a target, and the target with the same token for all tests.

    The token is None if there is none, or if the target has an origin.
    """
    match = _TOKEN_OF_TARGET.match(target) if target.startswith("/t/") else None
    if match is None:
        return None, target
    token = unquote(url_templates.normal(match[1]))
    return token, _ANY_TEST + target[match.end() :]


def split_target(target: str, host: str) -> tuple[str, str, str]:
    """Return path, query and host, also of the absolute form that proxies are sent."""
    raw, _, query = target.partition("?")
    path = url_templates.normal(raw)
    match = _ABSOLUTE.match(path)
    if match is not None:
        return path[match.end() :], query, match[1].lower()
    return path, query, host


def split_token(path: str) -> tuple[str | None, str]:
    """Return the token that a path begins with, and the rest of the path."""
    match = _TOKEN.match(path)
    if match is None:
        return None, path
    raw = match[1]
    token = unquote(raw) if len(raw) <= LONGEST_TARGET else raw
    return token, path[match.end() :]


def lacks_token(path: str) -> bool:
    """Return whether a path without a token is where only tokens are."""
    return path == "/t" or path.startswith("/t/")
