"""Up to which id all calls are known, although they come in another order."""

import pytest
from cbmock import sources
from cbmock.journal import known_ids
from cbmock.journal.known_ids import KnownIds
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock

from tests.support.invoices import DOCUMENT, event

MOCK = Mock(sources.describe(DOCUMENT))


@pytest.fixture
def now(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(known_ids, "monotonic", lambda: moment[0])
    return moment


def journal(*ids, last):
    """Return a journal with these calls, of which ids up to `last` were taken."""
    found = MemoryJournal()
    taken = [found.next_id() for _ in range(last)]
    for each in taken:
        if each in ids:
            found.append(MOCK.receive(event(), id=each, now=0.0))
    return found


def test_calls_in_order_are_known_up_to_the_last_one(now):
    known = KnownIds(journal(1, 2, last=2))
    assert [known.up_to, known.add(3), known.add(4)] == [2, 3, 4]


def test_an_id_that_was_skipped_is_waited_for(now):
    known = KnownIds(journal(1, 3, last=4))
    assert [known.up_to, known.add(6), known.add(2)] == [1, 1, 3]
    assert [known.add(4), known.add(4), known.add(5)] == [4, 4, 6]


def test_an_id_that_never_comes_is_waited_for_for_a_while(now):
    known = KnownIds(journal(1, 3, last=3))
    now[0] += known_ids.PATIENCE / 2
    assert known.add(5) == 1
    now[0] += known_ids.PATIENCE / 2
    assert known.up_to == 3
    now[0] += known_ids.PATIENCE / 2
    assert known.up_to == 5


def test_only_so_many_ids_are_waited_for(now):
    known = KnownIds(journal(last=2000))
    assert known.up_to == 2000 - known_ids.LOOKED_BACK
    assert KnownIds(MemoryJournal()).add(10**9) == 10**9 - known_ids.MOST_MISSING - 1


def test_what_who_asks_knows_anyway_is_not_waited_for(now):
    kept = journal(1, 3, last=3)
    assert [KnownIds(kept, after).up_to for after in (0, 1, 2, 3, 9)] == [1, 1, 3, 3, 3]
