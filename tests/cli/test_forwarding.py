"""`serve --forward-to`: each call is sent on, and its sender gets the mock's answer."""

import json
import re
import socket
import time

import httpx2
import pytest
from cbmock import Receiver
from cbmock.cli import main
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.waiting import until

SENT = {"x-signature": "abc", "authorization": "Bearer of the sender"}


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return str(path)


@pytest.fixture
def receiver():
    """What the calls are sent on to; another mock, which remembers them."""
    with Receiver(DOCUMENT, on_violation="accept") as running:
        running.allow_violations()
        yield running


def test_each_call_is_sent_on_as_it_came(serve, spec, receiver):
    serving = serve(spec, "--forward-to", receiver.url + TARGET)
    sent = [EVENT, {"description": 1}]
    answers = [httpx2.post(serving.url + TARGET, json=e, headers=SENT) for e in sent]
    httpx2.post(f"{serving.url}/nowhere", json=EVENT)
    until(lambda: len(receiver.calls) == 2)
    code, output = serving.end()
    assert [each.status_code for each in answers] == [200, 422]
    assert [each.json for each in receiver.calls] == sent
    for each in receiver.calls:
        assert {name: each.headers[name] for name in SENT} == SENT
        assert each.headers["via"] == "1.1 cbmock"
        assert each.headers["host"] == receiver.url.removeprefix("http://")
    lines = re.findall(r"forwarded  call (\d) to (\S+)  (\d+)\n", output)
    assert lines == [(number, receiver.url + TARGET, "200") for number in "12"]
    assert code == 0


def test_a_sender_need_not_wait_for_a_receiver_that_is_not_there(serve, spec):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # nobody listens
        to = f"http://127.0.0.1:{bound.getsockname()[1]}/hooks"
        serving = serve(spec, "--forward-to", to)
        assert httpx2.post(serving.url + TARGET, json=EVENT).status_code == 200
        time.sleep(0.2)
        _, output = serving.end()
    assert f"call 1 was not forwarded: no response from {to}: " in output


def test_what_another_mock_sent_on_goes_in_no_circle(serve, spec, receiver):
    serving = serve(spec, "--forward-to", receiver.url + TARGET)
    for via in ("1.1 proxy, 1.1 cbmock (0.2)", "1.1 proxy"):
        answer = httpx2.post(serving.url + TARGET, json=EVENT, headers={"via": via})
        assert answer.status_code == 200
    until(lambda: receiver.calls)
    _, output = serving.end()
    assert re.findall(r"forwarded  call (\d)", output) == ["2"]
    (call,) = receiver.calls
    assert call.headers["via"] == "1.1 proxy, 1.1 cbmock"


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("here", "'here' is not a receiver: give a URL"),
        ("json:loads", "--forward-to json:loads: give a URL"),
        ("http://127.0.0.1:{port}/x", "is this mock itself"),
        ("http://127.0.0.1:{port}", "is this mock itself"),
    ],
)
def test_what_cannot_be_forwarded_to_is_wrong_use(spec, to, why):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = str(bound.getsockname()[1])
    to = to.replace("{port}", port)
    outcome = CliRunner().invoke(
        main, ["serve", spec, "--port", port, "--forward-to", to]
    )
    assert (outcome.exit_code, why in outcome.output) == (2, True)
