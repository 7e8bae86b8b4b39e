"""Documents: mutated ones, read, linted, served, fired and compared.

It decides that none of these steps may raise anything except `ReceiverError`, or take more
than seconds.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cbmock import sources
from cbmock.comparison.changes import compare
from cbmock.description.broken_references import readable
from cbmock.description.discovery import discover
from cbmock.errors import ReceiverError
from cbmock.firing.broken_shots import BrokenShots
from cbmock.firing.sender import ShotSender
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from cbmock.mock.mock import Mock
from cbmock.reports.operation_list import listing

from fuzz import seeds
from fuzz.finding import SECONDS, Harmed
from fuzz.memory import resident
from fuzz.mutations import mutated_tree

_MOST_OPERATIONS = 5
_TELLING = 1000


@dataclass(frozen=True)
class Documents:
    """The result: number of documents, number of unreadable ones, MB, seconds."""

    count: int
    refused: int
    slowest: float
    memory: tuple[int, int]

    @property
    def summary(self) -> str:
        """The figures as a line."""
        first, last = self.memory
        return (
            f"{self.count} documents, {self.refused} refused, "
            f"slowest {self.slowest:.1f} s, memory {first} MB then {last} MB"
        )


def fuzz(count: int, seed: int) -> Documents:
    """Use `count` mutated documents; raises `Harmed` at the first failure."""
    chance = random.Random(seed)
    trees = seeds.documents()
    refused, slowest, memory = 0, 0.0, [resident()]
    for number in range(count):
        tree = mutated_tree(chance, chance.choice(trees), trees)
        took, was_refused = _used(tree)
        if took > SECONDS:  # the machine may be busy: try once more
            took, _ = _used(tree)
        refused += was_refused
        slowest = max(slowest, took)
        if (number + 1) % _TELLING == 0:
            print(f"{number + 1} documents, {resident()} MB", flush=True)
        if took > SECONDS:
            raise Harmed(f"it takes {took:.1f} s: {json.dumps(tree)}")
        if number in (count // 10, count - 1):
            memory.append(resident())
    return Documents(
        count, refused, slowest, (memory[-2 if count > 1 else 0], memory[-1])
    )


def _used(tree: Any) -> tuple[float, bool]:
    """Return the seconds that a document took, and whether it was refused."""
    began = time.process_time()
    try:
        use(tree)
    except ReceiverError:
        return time.process_time() - began, True
    except Exception as error:
        raise Harmed(f"{error!r}: {json.dumps(tree)}") from error
    return time.process_time() - began, False


def use(tree: Any) -> None:
    """Do with a document all that the commands do; may raise `ReceiverError`."""
    description = sources.describe(tree)
    found = readable(discover(description), description)
    for finding in lint(description, found, schema_samples):
        finding.record()
    mock = Mock(description)
    listing(mock, "http://x")
    sender = ShotSender(mock)
    for operation in islice(mock.operations, _MOST_OPERATIONS):
        _fire(mock, sender, operation)
    for change in compare(mock, Mock(sources.describe(seeds.documents()[0]))):
        json.dumps(change.record())


def _fire(mock: Mock, sender: ShotSender, operation: Any) -> None:
    """Let the mock receive valid and broken deliveries of its own document."""
    try:
        shots = [
            sender.shot(operation, "http://x"),
            *BrokenShots.prepared(sender, operation).shots("http://x"),
        ]
    except ReceiverError:
        return  # its error says why no request can be made
    for shot in shots:
        call = mock.receive(shot.request, id=1, now=0.0)
        internal = [each.detail for each in call.violations if each.code == "internal"]
        assert not internal, internal
        json.dumps(call.record())
