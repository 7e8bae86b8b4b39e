"""Stores: where a journal may be kept, by the beginning of its URL; one row for each.

It decides which class opens a URL. It must not know how calls are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.journal.protocol import OnFailure, StoredJournal

_SQLITE = "sqlite:///"
_IN_MEMORY = frozenset({"sqlite://", _SQLITE, f"{_SQLITE}:memory:"})
"""URLs of databases that each connection has for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One kind of journal. `example` is a URL for messages, `schemes` are its schemes.

    `open` makes the journal; `exists` returns False if there is certainly none yet.
    """

    example: str
    schemes: tuple[str, ...]
    open: Callable[[str, Iterable[Operation], OnFailure], StoredJournal]
    exists: Callable[[str], bool] = lambda _: True


def _database(
    url: str, known: Iterable[Operation], on_failure: OnFailure
) -> StoredJournal:
    from cbmock.journal.database import DatabaseJournal  # noqa: PLC0415 - 50 ms, few need it

    return DatabaseJournal(url, known, on_failure=on_failure)


STORES = (
    Store(
        example="sqlite:///FILE",
        schemes=("sqlite",),
        open=_database,
        exists=lambda url: (
            not url.startswith(_SQLITE) or Path(url.removeprefix(_SQLITE)).exists()
        ),
    ),
    Store(
        example="postgresql://…",
        schemes=("postgresql", "postgresql+psycopg"),
        open=_database,
    ),
)
EXAMPLES = " or ".join(each.example for each in STORES)
"""The URLs of journals, for messages."""


def is_stored(url: str) -> bool:
    """Return whether a URL names a journal that is stored."""
    return _store(url) is not None


def open_stored(
    url: str, known: Iterable[Operation] = (), on_failure: OnFailure = "reject"
) -> StoredJournal:
    """Open a journal, or begin one; raises `ReceiverError` if it is not possible."""
    store = _store(url)
    if store is None or url in _IN_MEMORY:
        raise ReceiverError(f"--journal {url}: give {EXAMPLES}")
    return store.open(url, known, on_failure)


def open_existing(url: str, known: Iterable[Operation] = ()) -> StoredJournal:
    """Open a journal; raises `ReceiverError` if there is none."""
    store = _store(url)
    if store is not None and not store.exists(url):
        raise ReceiverError(f"{url}: there is no such journal")
    return open_stored(url, known)


def _store(url: str) -> Store | None:
    scheme, colon, _ = url.partition(":")
    return next((each for each in STORES if colon and scheme in each.schemes), None)
