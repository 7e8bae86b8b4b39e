"""Samples: a small valid value for a schema.

It decides what a generated body looks like: the document's own examples first, then the
smallest value that the schema allows. The same schema gives the same value. It must not know
operations, media types or HTTP.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cbmock.contract.schemas.schema import Schema
from cbmock.description.documents import Document, kept
from cbmock.errors import ReceiverError
from cbmock.mock.generation.search import Search

_MOST_CHOICES = 16
"""How many values a seed chooses from."""


class NoSample(ReceiverError):
    """No valid value was found; `reason` says why, `unsure` whether there may be one."""

    def __init__(self, schema: Schema, reason: str, *, unsure: bool) -> None:
        """Name the place of the schema too."""
        where = schema.node.pointer
        super().__init__(f"{where}: no value was found that is valid here: {reason}")
        self.reason = reason
        self.unsure = unsure


def sample(schema: Schema, *, examples: bool = True, seed: int = 0) -> Any:
    """Return a value that is valid against the schema.

    The document's own examples come first, unless they are not wanted. `seed` chooses
    among the plainest values. Raises `NoSample`, and `UnresolvableReference` where the
    schema cannot be read.
    """
    failures = _failures(schema.description.entry)
    key = (*schema.reading, examples)
    known = failures.get(key)
    if known is not None:
        raise NoSample(schema, known.reason, unsure=known.unsure)
    found = _searched(schema, examples=examples, most=seed % _MOST_CHOICES + 1)
    if isinstance(found, _NothingFound):
        failures[key] = found
        raise NoSample(schema, found.reason, unsure=found.unsure)
    return found[seed % _MOST_CHOICES % len(found)]


def samples(schema: Schema, most: int) -> Iterator[Any]:
    """Yield at most `most` valid values: an example, or the smallest value, then others.

    It ends where no more can be made.
    """
    for seed in range(most):
        try:
            yield sample(schema, examples=not seed, seed=seed)
        except ReceiverError:
            return


@dataclass(frozen=True, slots=True)
class _NothingFound:
    """Why a schema has no value, and whether there may be one."""

    reason: str
    unsure: bool


@kept
def _failures(_: Document) -> dict[Hashable, _NothingFound]:
    """Return the schemas without a value, so that each is searched only once."""
    return {}


def _searched(
    schema: Schema, *, examples: bool, most: int
) -> list[Any] | _NothingFound:
    """Return the plainest values, at most `most`; if there are none, why."""
    reason, unsure = "", False
    used_examples = True
    for with_examples in (True, False) if examples else (False,):
        if not used_examples:
            break  # without them, the same would be searched again
        used_examples = False
        for checked in (False, True):
            search = Search(schema, with_examples=with_examples, checked=checked)
            found = list(islice(search.valid(), most))
            if found:
                return found
            # The error of the plainest whole value explains more than the end of a search
            # that leaves out parts without a valid value.
            reason = reason if checked else search.reason
            unsure = unsure or search.unsure
            used_examples = used_examples or search.used_examples
            if not search.may_have_missed:
                break
    return _NothingFound(reason, unsure)


def reason_without_sample(schema: Schema) -> str | None:
    """Return why no value is valid against a schema; None if there may be one.

    For `lint`, which takes this function as an argument. Raises `UnresolvableReference`
    where the schema cannot be read.
    """
    try:
        sample(schema)
    except NoSample as error:
        return None if error.unsure else error.reason
    return None
