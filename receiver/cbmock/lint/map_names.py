"""Findings about names in maps: media types, status codes, and properties in `encoding`.

It decides which names can never match anything that is sent. It must not know the values
of the maps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cbmock.description.references import Node
from cbmock.http import media_types
from cbmock.lint.findings import Finding, finding
from cbmock.lint.object_fields import ObjectType, nearest

_STATUS = re.compile(r"[1-5](?:[0-9]{2}|XX|xx)|default|x-.*")
_USUAL = {
    "json": "application/json",
    "xml": "application/xml",
    "form": "application/x-www-form-urlencoded",
    "urlencoded": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data",
    "text": "text/plain",
    "any": "*/*",
    "*": "*/*",
}


def name_findings(kind: ObjectType, name: str, entry: Node) -> Iterator[Finding]:
    """Yield what is wrong with the name of an entry of `content` or `responses`."""
    if kind == "Media Type Object" and media_types.parse(name) is None:
        detail = f"{name!r} is not a media type, so no body is ever of it"
        instead = _USUAL.get(re.sub(r"[^a-z*]", "", name.lower()))
        if instead is not None:
            detail += f"; did you mean `{instead}`?"
        yield finding(entry, "media-type-name", detail, instead=instead)
    if kind == "Response Object" and _STATUS.fullmatch(name) is None:
        detail = f"{name!r} is neither a status code nor a range nor `default`; it is ignored"
        yield finding(entry, "status-name", detail, instead=nearest(name, ("default",)))
