"""Half a minute of `make fuzz`, and that it finds what it is to find."""

import gc
import json
import time
import weakref

import pytest
from cbmock import sources
from cbmock.errors import ReceiverError

from fuzz import described, finding, seeds, stream
from fuzz.targets import TARGETS, Target


@pytest.mark.parametrize("name", TARGETS)
def test_no_text_harms_a_reader(name):
    for seed in TARGETS[name].seeds:
        TARGETS[name](seed)
    assert finding.for_seconds(name, 1, 0)


def test_no_document_harms_what_uses_it():
    for tree in seeds.documents():
        described.use(tree)
    until, seed = time.monotonic() + 8, 0
    while time.monotonic() < until:
        seed += 1
        assert described.fuzz(1, seed).count == 1


@pytest.mark.process
def test_no_bytes_on_a_connection_harm_a_server():
    found = stream.fuzz(2000, 1)
    assert found.requests >= 2000


def test_a_fault_of_a_reader_is_found(monkeypatch):
    def read(data):
        assert b"\x00" not in data

    monkeypatch.setitem(TARGETS, "wrong", Target(read, (b"\x00",)))
    for find in (finding.by_chance, finding.for_seconds):
        with pytest.raises(finding.Harmed, match="wrong: AssertionError"):
            find("wrong", 20, 0)


@pytest.mark.parametrize(
    ("raised", "refused"), [(ReceiverError("x"), 5), (KeyError("x"), None)]
)
def test_only_errors_of_the_set_up_may_be_raised_for_a_document(
    monkeypatch, raised, refused
):
    def use(tree):
        raise raised

    monkeypatch.setattr(described, "use", use)
    if refused is None:
        with pytest.raises(finding.Harmed, match="KeyError"):
            described.fuzz(5, 1)
    else:
        assert described.fuzz(5, 1).refused == refused


def test_the_seeds_are_requests_that_are_answered_as_they_should():
    statuses = {}
    for data in seeds.requests():
        call = TARGETS["receive"].read(data)
        statuses[data.partition(b" HTTP/")[0].decode()] = call.status
    json.dumps(statuses)
    assert statuses["POST /webhooks/event"] == 204


def test_what_used_a_document_keeps_nothing_of_it(monkeypatch):
    described_, seen = sources.describe, []

    def describe(tree):
        found = described_(tree)
        seen.append(weakref.ref(found))
        return found

    monkeypatch.setattr(sources, "describe", describe)
    for tree in seeds.documents():
        described.use(tree)
    gc.collect()
    assert seen
    assert [each() for each in seen if each() is not None] == []
