"""Records in databases: compressed by dictionaries that their operation's records train."""

import json
import random

from cbmock.journal.compression import RecordCompression
from cbmock.journal.protocol import JournalFailure

from tests.support.rows import each_row

FEW = 31
ENOUGH = 32


class Store:
    """Dictionaries in memory; a database that is gone, if `is_gone`."""

    def __init__(self, *, is_gone=False):
        self.kept = []
        self.is_gone = is_gone

    def _check(self):
        if self.is_gone:
            raise JournalFailure("gone")

    def newest(self, operation):
        self._check()
        numbers = [at for at, each in enumerate(self.kept, 1) if each[0] == operation]
        return max(numbers, default=None)

    def add(self, operation, content):
        self._check()
        self.kept.append((operation, content))
        return len(self.kept)

    def read(self, number):
        return self.kept[number - 1][1]


CHANCE = random.Random(7)


def record(number):
    return json.dumps(
        {
            "id": number,
            "received_at": f"2026-11-29T10:00:{number % 60:02}Z",
            "operation": {"kind": "webhook", "name": "invoice", "method": "post"},
            "body": {"paid": number % 2 == 0, "id": f"inv_{CHANCE.getrandbits(40)}"},
            "headers": [["content-type", "application/json"], ["host", "localhost"]],
            "violations": [],
        }
    ).encode()


def noise(number):
    return random.Random(number).randbytes(400)


def compressed(compression, count, make=record, operation="invoice"):
    return [
        (each, *compression.compressed(operation, [each]))
        for each in map(make, range(count))
    ]


def test_records_of_an_operation_become_a_third_once_there_are_enough():
    store = Store()
    compression = RecordCompression(store)
    done = compressed(compression, 100)
    assert [coding for _, coding, _ in done] == [1] * FEW + [2] * (100 - FEW)
    plain, trained = done[:FEW], done[FEW:]
    sizes = [
        sum(len(each[2]) for each in some) / len(some) for some in (plain, trained)
    ]
    assert sizes[1] < sizes[0] / 3
    assert [name for name, _ in store.kept] == ["invoice"]


def test_every_record_is_restored_by_whoever_has_the_dictionaries():
    store = Store()
    done = compressed(RecordCompression(store), 100)
    done += compressed(RecordCompression(store), 3, noise)
    other = RecordCompression(store)
    assert [other.restored(coding, smaller) for _, coding, smaller in done] == [
        each for each, _, _ in done
    ]


def test_the_next_run_begins_with_the_dictionary_of_the_last():
    store = Store()
    compressed(RecordCompression(store), ENOUGH)
    ((_, coding, _),) = compressed(RecordCompression(store), 1)
    assert (coding, len(store.kept)) == (2, 1)


@each_row(
    ("make", "operation", "codings"),
    [
        (noise, "invoice", {0}),  # nothing recurs
        (record, None, {1}),
        (lambda number: b"{}", "invoice", {0}),  # short
        (lambda number: record(number) * 400, "invoice", {1}),  # long
    ],
)
def test_where_it_does_not_pay_there_is_no_dictionary(make, operation, codings):
    store = Store()
    done = compressed(RecordCompression(store), 40, make, operation)
    assert {coding for _, coding, _ in done} == codings
    assert store.kept == []


def test_without_the_database_records_are_compressed_by_themselves():
    done = compressed(RecordCompression(Store(is_gone=True)), 40)
    assert {coding for _, coding, _ in done} == {1}


def test_a_database_that_fails_while_a_dictionary_is_kept_changes_nothing():
    store = Store()
    compression = RecordCompression(store)
    compressed(compression, FEW)
    store.is_gone = True
    done = compressed(compression, 10)
    assert [compression.restored(*each[1:]) for each in done] == [
        each for each, _, _ in done
    ]
    assert {coding for _, coding, _ in done} == {1}


def test_of_very_many_operations_the_first_have_dictionaries():
    store = Store()
    compression = RecordCompression(store)
    for number in range(257):
        compressed(compression, ENOUGH, operation=f"operation {number}")
    assert len(store.kept) == 256
