"""The fields of a form that is read without a schema, as frameworks name them.

It decides which field a pointer names, if none has its first token as its name. It must
not know schemas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cbmock.description import json_pointer
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON

WRAPPERS = ("json", "payload")
"""Fields that hold a whole JSON body: Dropbox Sign's is `json`, GitHub's is `payload`."""

# `o[url]`, `o.url`, `urls[]` and `hooks[0][url]`, split into their parts.
_SEPARATORS = re.compile(r"\]?[\[.]")


def lookup(form: Any, tokens: json_pointer.Tokens) -> Any:
    """Return the value at a pointer; `LookupError` if no field has it.

    `#/o/url` is the field `o[url]` or `o.url`, or a member of the JSON in the field `o`.
    `#/urls/0` is the first field `urls[]` or `urls`.
    """
    fields = form.items() if isinstance(form, Mapping) else ()
    for name, value in fields:
        path = _SEPARATORS.split(name.removesuffix("]"))
        if len(path) > len(tokens):
            continue
        pairs = tuple(zip(path, tokens, strict=False))
        if any(part not in ("", token) for part, token in pairs):
            continue
        # What an empty part stands for is the position among the fields of this name.
        positions = tuple(token for part, token in pairs if not part)
        try:
            return _within(value, positions + tokens[len(path) :])
        except LookupError:
            continue
    raise LookupError(tokens)


def _within(value: Any, tokens: json_pointer.Tokens) -> Any:
    """Go down in the value of a field; a text may be JSON, or a list of one text."""
    for key in tokens:
        inner = _json(value)
        if not isinstance(inner, Mapping | list) and key == "0":
            continue
        value = json_pointer.step(inner, key)
    return value


def _json(value: Any) -> Any:
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    if not isinstance(value, bytes):
        return value
    try:
        return json_text.read(value)[0]
    except NotJSON:
        return None
