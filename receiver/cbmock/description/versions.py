"""OpenAPI versions: what each minor version can do, as named abilities.

It decides what distinguishes 3.0, 3.1 and 3.2; no other module compares version numbers. It
must not know documents.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A minor version of OpenAPI; the patch version does not matter (OAS §Versions).

    `webhooks`: the field exists. `json_schema`: Schema Objects are JSON Schema 2020-12,
    with `$id`, `$anchor` and keywords beside `$ref`; before, they are a dialect with
    `nullable`. `bodies_of_every_method`: GET, HEAD and DELETE may document a body.
    `query_method`: Path Items have `query` and `additionalOperations`.
    `querystring_parameters`: parameters may be `in: querystring`. `sequences`: Media Type
    Objects have `itemSchema`, `prefixEncoding` and `itemEncoding`. `schemes_by_uri`: a
    Security Requirement may name its scheme by a URI.
    """

    name: str
    webhooks: bool
    json_schema: bool
    bodies_of_every_method: bool
    query_method: bool
    querystring_parameters: bool
    sequences: bool
    schemes_by_uri: bool

    def __str__(self) -> str:
        """Show the name: `3.1`."""
        return self.name


def _version(name: str, *, since_3_1: bool, since_3_2: bool) -> Version:
    return Version(
        name=name,
        webhooks=since_3_1,
        json_schema=since_3_1,
        bodies_of_every_method=since_3_1,
        query_method=since_3_2,
        querystring_parameters=since_3_2,
        sequences=since_3_2,
        schemes_by_uri=since_3_2,
    )


V3_0 = _version("3.0", since_3_1=False, since_3_2=False)
V3_1 = _version("3.1", since_3_1=True, since_3_2=False)
V3_2 = _version("3.2", since_3_1=True, since_3_2=True)
NEWEST = V3_2

_KNOWN = {(3, 0): V3_0, (3, 1): V3_1, (3, 2): V3_2}


@functools.lru_cache(maxsize=64)
def parse(text: str) -> Version:
    """Read `3.1.0`; a newer version gives the newest known, an invalid text 3.1."""
    numbers = _numbers(text)
    if numbers is None:
        return V3_1
    return _KNOWN.get(numbers) or (V3_0 if numbers < (3, 0) else NEWEST)


def is_newer(text: str) -> bool:
    """Return whether a version is newer than every known one."""
    numbers = _numbers(text)
    return numbers is not None and numbers > max(_KNOWN)


def _numbers(text: str) -> tuple[int, int] | None:
    found = re.match(r"(\d{1,9})\.(\d{1,9})", text, re.ASCII)
    return None if found is None else (int(found[1]), int(found[2]))
