import asyncio

import pytest
from cbmock.http.messages import Headers, Response
from cbmock.mock.call import Scripted
from cbmock.server.sending import PendingWaits, ScriptedSender

from tests.support.rows import each_row

RESPONSE = Response(200, Headers.of([("content-length", "4")]), b"body")


def acted(scripted, waits=None, messages=()):
    """Act out an answer in process; return what was sent, and what was raised."""
    sent, coming = [], list(messages)

    async def receive():
        if coming:
            return {"type": coming.pop(0)}
        await asyncio.sleep(60)
        raise NotImplementedError

    async def send(message):
        sent.append(message.get("body", message.get("status")))

    sender = ScriptedSender({"type": "http"}, receive, send, waits or PendingWaits())
    try:
        asyncio.run(sender.send(RESPONSE, scripted))
    except ConnectionResetError:
        return [*sent, "dropped"]
    return sent


@each_row(
    ("scripted", "sent"),
    [
        (Scripted(), [200, b"body"]),
        (Scripted(0.01), [200, b"body"]),
        (Scripted(0, "reset"), ["dropped"]),
        (Scripted(0.01, "reset"), ["dropped"]),
        (Scripted(0.01, "silence"), ["dropped"]),
        (Scripted(0, "half"), [200, b"bo", "dropped"]),
        (Scripted(0.01, "slow"), [200, b"b", b"o", b"d", b"y", b""]),
    ],
)
def test_an_answer_leaves_as_its_script_says(scripted, sent):
    assert acted(scripted) == sent


@pytest.mark.parametrize("scripted", [Scripted(60), Scripted(0, "silence")])
def test_nobody_is_waited_for_who_has_gone(scripted):
    gone = ["http.request", "http.disconnect"]
    assert acted(scripted, messages=gone) == ["dropped"]


@pytest.mark.parametrize("scripted", [Scripted(60), Scripted(0, "silence")])
def test_nobody_waits_on_a_server_that_has_ended(scripted):
    waits = PendingWaits()
    waits.end()
    assert acted(scripted, waits) == ["dropped"]
    assert acted(Scripted(60, "slow"), waits) == [200, "dropped"]
    assert waits.count == 0
