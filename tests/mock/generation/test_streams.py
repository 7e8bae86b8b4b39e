"""Streams that are gone through again, and the texts that are kept in them."""

from itertools import islice

import pytest
from cbmock.mock.generation import regex
from cbmock.mock.generation.scalars import SCALARS
from cbmock.mock.generation.streams import Remembered


def test_a_stream_is_gone_through_again_without_being_read_again():
    read = []

    def begin():
        for number in range(3):
            read.append(number)
            yield number

    stream = Remembered(begin)
    assert [*islice(stream, 2)] == [0, 1]
    assert ([*stream], [*stream]) == ([0, 1, 2], [0, 1, 2])
    assert read == [0, 1, 2]


def test_a_stream_that_was_interrupted_begins_again():
    interrupts = [KeyboardInterrupt]

    def begin():
        yield 0
        if interrupts:
            raise interrupts.pop()
        yield 1

    stream = Remembered(begin)
    with pytest.raises(KeyboardInterrupt):
        list(stream)
    assert [*stream] == [0, 1]


def test_a_stream_that_is_being_read_elsewhere_is_read_apart():
    inside = []

    def begin():
        yield 0
        if not inside:
            inside.append(True)
            inside.append([*stream])  # as another thread would, meanwhile
        yield 1

    stream = Remembered(begin)
    assert ([*stream], inside) == ([0, 1], [True, [0, 1]])


def test_texts_of_the_same_patterns_are_looked_for_once(monkeypatch):
    looked_for = []

    def strings(pattern, least, most):
        looked_for.append((pattern, least, most))
        yield "once"

    monkeypatch.setattr(regex, "strings", strings)
    keywords = {"pattern": ["^once$"], "maxLength": 4}
    first = next(SCALARS["string"]({**keywords, "$refs": 1}))
    second = next(SCALARS["string"]({**keywords, "$refs": 2}))
    assert (first, second, looked_for) == ("once", "once", [("^once$", 0, 4)])
