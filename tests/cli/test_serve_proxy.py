import json
import re
import time

import httpx2
import pytest
from cbmock.cli import main
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT
from tests.support.senders import running, sender
from tests.support.serving import Serving


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return str(path)


def order(serving: Serving, number="7"):
    proxied = re.search(r"requests to (\S+); they are forwarded", serving.greeting)[1]
    asked = {"callback_url": serving.url}
    answer = httpx2.post(f"{proxied}/invoices/", params=asked, json={"id": number})
    assert answer.json() == {"id": 5}


@pytest.mark.parametrize(
    ("how", "code", "lines"),
    [
        ("inline", 0, [r"  due: invoice_notification at http://\S+/invoices/7  \["]),
        (
            "never",
            1,
            [
                r"missing +invoice_notification did not come within 0.2 s after POST /invoices/",
                r"expected: POST http://\S+/invoices/7   as \{\$callback_url\}",
            ],
        ),
        ("wrong", 1, [r"unexpected call 1\n    url: due at http://\S+/invoices/7, as"]),
    ],
)
def test_serve_stands_in_front_of_the_sender(serve, spec, how, code, lines):
    with running(sender(how)) as url:
        proxy = ("--proxy", url, "--settle", "0.2", "--strict")
        serving = serve(spec, *proxy)
        order(serving)
        if how == "wrong":
            wait = httpx2.get(f"{serving.url}/_cbmock/api/calls/wait?timeout=5")
            assert wait.status_code == 200
        time.sleep(0.6)  # the time within which a callback may come is over
        returned, output = serving.end()
    assert re.search(r"trigger    POST /invoices/\?callback_url=\S+  200", output)
    for line in lines:
        assert re.search(line, output), output
    # What comes late at a wrong URL is missing first, then at a wrong URL.
    assert bool(
        re.search(r"\nMissing or misdirected callbacks: [12]\.\n", output)
    ) == bool(code)
    assert returned == code


def test_serve_tells_of_what_still_went_wrong_at_its_end(serve, spec):
    with running(sender("extra")) as url:
        serving = serve(spec, "--proxy", url)
        order(serving)
        httpx2.get(f"{serving.url}/_cbmock/api/calls/wait?count=2&timeout=5")
        returned, output = serving.end()
    assert (
        "no observed POST /invoices/ registered this URL for invoice_notification"
        in output
    )
    assert returned == 0


def test_serve_tells_of_reported_triggers_too(serve, spec):
    serving = serve(spec)
    trigger = {
        "method": "POST",
        "url": f"http://api/invoices/?callback_url={serving.url}",
        "body": '{"id": "7"}',
        "response": {"status": 422},
    }
    answer = httpx2.post(f"{serving.url}/_cbmock/api/triggers", json=trigger)
    assert answer.json()["due"] == []
    assert re.search(r"trigger    POST /invoices/\S+  422\n", serving.end()[1])


def test_a_proxy_to_what_is_no_url_is_wrong_use(spec):
    outcome = CliRunner().invoke(main, ["serve", spec, "--port", "0", "--proxy", "x"])
    assert (
        outcome.exit_code,
        "is not a URL to forward requests to" in outcome.output,
    ) == (
        2,
        True,
    )
