import os
import random

import pytest
from cbmock.journal import blocks
from cbmock.journal.blocks import Blocks
from hypothesis import given
from hypothesis import strategies as st

sizes = st.sampled_from([1, 50, 1000, 63_000, 70_000, 300_000])


@given(st.lists(st.tuples(sizes, sizes), max_size=30), st.randoms())
def test_what_is_appended_is_read_to_the_byte_until_it_is_forgotten(pairs, chance):
    kept = {}
    memory = Blocks()
    for number, (one, other) in enumerate(pairs):
        parts = bytes([number]) * one, bytes([number + 100]) * other
        kept[memory.append(*parts), number] = b"".join(parts)
        if chance.random() < 0.3:
            address, gone = chance.choice(list(kept))
            memory.forget(address)
            del kept[address, gone]
        for (address, _), data in kept.items():
            assert bytes(memory.view(address)[: len(data)]) == data


def test_memory_is_used_again_where_as_much_is_forgotten_as_is_appended():
    memory, kept = Blocks(), {}
    for number in range(3_000):
        data = b"%d " % number * random.Random(number).randrange(1, 6_000)
        kept[memory.append(data)] = data
        if len(kept) > 500:
            address = next(iter(kept))
            assert bytes(memory.view(address)[: len(kept[address])]) == kept[address]
            memory.forget(address)
            del kept[address]
    assert memory.size <= 20 * 2**20
    assert all(bytes(memory.view(at)[: len(data)]) == data for at, data in kept.items())


def test_memory_is_given_back_once_all_of_a_block_is_forgotten():
    memory = Blocks()
    addresses = [memory.append(b"x" * 50_000) for _ in range(500)]
    held = memory.size
    assert 25_000_000 < held < 35_000_000
    for address in addresses[:-1]:
        memory.forget(address)
    assert memory.size <= 2 * 4 * 2**20  # the last one, and one to be used again
    assert bytes(memory.view(addresses[-1])[:3]) == b"xxx"


def test_few_octets_take_little_memory():
    memory = Blocks()
    memory.append(b"x" * 100)
    assert memory.size <= 2**16


def test_octets_longer_than_any_block_have_one_of_their_own():
    memory = Blocks()
    data = b"0123456789" * 2**20
    address, other = memory.append(data, b"!"), memory.append(b"after")
    assert bytes(memory.view(address)[: len(data) + 1]) == data + b"!"
    assert bytes(memory.view(other)[:5]) == b"after"


@pytest.mark.parametrize("advice", [23, -1])
def test_blocks_need_no_system_that_has_memory_ready(monkeypatch, advice):
    monkeypatch.setattr(blocks, "_POPULATE_WRITE", advice)
    memory = Blocks()
    addresses = [memory.append(b"%d" % number, b"x" * 10**6) for number in range(12)]
    found = [bytes(memory.view(address)[:3]) for address in addresses]
    assert found == [
        b"%dxx" % number if number < 10 else b"%dx" % number for number in range(12)
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
@pytest.mark.process
def test_a_fork_does_not_write_into_the_memory_of_its_parent():
    memory = Blocks()
    memory.append(b"before")
    child = os.fork()
    if not child:
        memory.append(b"child")
        os._exit(0)
    os.waitpid(child, 0)
    address = memory.append(b"x")
    assert bytes(memory.view(address)[:5]) == b"x\0\0\0\0"
