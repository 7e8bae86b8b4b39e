import json
import os
import random

import pytest
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
            assert memory.forget(address) == len(kept.pop((address, gone)))
        for (address, _), data in kept.items():
            assert bytes(memory.view(address)[: len(data)]) == data


def test_memory_is_given_back_where_as_much_is_forgotten_as_is_appended():
    memory, kept = Blocks(), {}
    for number in range(3_000):
        data = random.Random(number).randbytes(2_000)
        kept[memory.append(data)] = data
        if len(kept) > 500:
            address = next(iter(kept))
            assert bytes(memory.view(address)[: len(kept[address])]) == kept[address]
            assert memory.forget(address) == len(kept.pop(address))
    assert memory.size <= 2 * 2**20
    assert all(bytes(memory.view(at)[: len(data)]) == data for at, data in kept.items())


def test_memory_is_given_back_once_all_of_a_block_is_forgotten():
    memory = Blocks()
    addresses = [memory.append(random.Random(1).randbytes(5_000)) for _ in range(500)]
    for address in addresses[:-1]:
        memory.forget(address)
    assert memory.size <= 2 * 128 * 2**10
    assert bytes(memory.view(addresses[-1])) == random.Random(1).randbytes(5_000)
    with pytest.raises(LookupError):
        memory.view(addresses[0])


def test_entries_that_resemble_each_other_take_a_part_of_their_bytes():
    memory, chance = Blocks(), random.Random(3)
    text = json.dumps({chance.randbytes(8).hex(): "text " * 10 for _ in range(130)})
    for number in range(200):
        memory.append(b"%d" % number + chance.randbytes(400), text.encode())
    assert memory.size < 0.3 * 200 * (len(text) + 400)


def test_what_does_not_shrink_is_kept_as_it_is():
    memory = Blocks()
    noise = random.Random(2).randbytes(64_000)
    addresses = [memory.append(noise[each:], noise[:each]) for each in range(10)]
    assert memory.size <= 12 * 64_000 + 128 * 2**10
    assert [bytes(memory.view(at)[:64_000]) for at in addresses] == [
        noise[each:] + noise[:each] for each in range(10)
    ]


def test_few_octets_take_little_memory():
    memory = Blocks()
    memory.append(b"x" * 100)
    assert memory.size <= 2**16 + 4


def test_octets_longer_than_any_block_have_one_of_their_own():
    memory = Blocks()
    data = b"0123456789" * 2**20
    address, other = memory.append(data, b"!"), memory.append(b"after")
    assert bytes(memory.view(address)) == data + b"!"
    assert bytes(memory.view(other)) == b"after"
    assert (memory.forget(address), memory.forget(other)) == (len(data) + 1, 5)


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
    assert bytes(memory.view(address)) == b"x"
