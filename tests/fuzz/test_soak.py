"""A moment of `make soak`, and that it finds what it is to find."""

import asyncio
import math
from contextlib import contextmanager

import pytest
from cbmock import Receiver

from fuzz import soak
from fuzz.finding import Harmed
from fuzz.soak import Sample


@pytest.mark.process
def test_a_server_bears_half_its_load(monkeypatch, tmp_path):
    monkeypatch.setattr(soak, "_FULL", 0.2)
    monkeypatch.setattr(soak, "_SAMPLES", 4)
    told = []
    samples = soak.soak(8, 0.6, told.append)
    assert told == samples
    assert samples[-1].kept > 8
    assert [round(each.at, 2) for each in samples] == [0.15, 0.3, 0.45, 0.6]
    assert sum(each.requests for each in samples) > 8
    soak.draw(samples, tmp_path / "soak.svg")
    drawn = (tmp_path / "soak.svg").read_text("utf-8")
    assert drawn.startswith("<?xml")
    assert "</svg>" in drawn


def test_memory_that_grows_is_a_fault(monkeypatch):
    @contextmanager
    def serving(folder):
        (folder / "errors").touch()
        yield None

    async def soaked(server, connections, seconds, tell):
        return [Sample(at, 50 * at, 1.0, 2.0, 9, 9) for at in (1, 2, 3, 4)]

    monkeypatch.setattr(soak.stream, "serving", serving)
    monkeypatch.setattr(soak, "_soaked", soaked)
    with pytest.raises(Harmed, match="memory grew from 100 MB to 200 MB"):
        soak.soak(1, 4, print)


def test_memory_for_calls_that_are_kept_is_no_fault():
    soak._judge([Sample(at, 50 * at, 1.0, 2.0, 9, at * 10**6) for at in (1, 2, 3, 4)])


def test_a_request_that_is_refused_is_a_fault():
    webhooks = {"other": {"post": {"responses": {"204": {"description": ""}}}}}
    with Receiver({"openapi": "3.1.0", "webhooks": webhooks}) as receiver:
        receiver.allow_violations("unmatched")
        load = soak.Load(int(receiver.url.rpartition(":")[2]))
        with pytest.raises(ExceptionGroup) as faults:
            asyncio.run(load.run(2, math.inf, 0.0))
    assert faults.group_contains(Harmed, match="it answered")
