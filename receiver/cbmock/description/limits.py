"""Limits of documents: how much of one is read, and how long its schemas explain.

It decides the safe defaults. It must not know what happens beyond a limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from cbmock.byte_sizes import limited_size


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """The limits of the documents of one description.

    `size` is the most bytes of one document. `aliases` is how many values the aliases of a
    YAML document may stand for: every walk visits all of them. `errors` is how many errors
    of a schema engine are read for one value.
    """

    size: int = limited_size(64 * 2**20)
    aliases: int = 1_000_000
    errors: int = 2000


DEFAULT = DocumentLimits()
