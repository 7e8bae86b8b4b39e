"""Libraries of extras: whoever needs a missing one is told which extra brings it."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
from cbmock import Receiver, Sender, Signature
from cbmock.errors import ReceiverError
from cbmock.extras import EXTRAS
from cbmock.journal.database import DatabaseJournal
from cbmock.server import http2_negotiation, tls

from tests.support.invoices import DOCUMENT
from tests.support.rows import each_row

PROJECT = tomllib.loads(
    (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
)["project"]


def test_every_library_of_an_extra_is_known():
    """httpx2 is not: httpx does as well, and `client_library` looks for both."""
    brought = {
        (re.split(r"\[|>", each)[0].replace("-", "_"), extra)
        for extra, needed in PROJECT["optional-dependencies"].items()
        for each in needed
        if not each.startswith(("openapi-receiver", "httpx2"))
    }
    assert brought == {*EXTRAS.items()}


@each_row("file", ["Dockerfile", "action.yml"])
def test_image_and_action_bring_all_that_serve_may_need(file):
    text = (Path(__file__).parents[2] / file).read_text("utf-8")
    brought = {*re.search(r"\[(proxy,[^]]*)\]", text)[1].split(",")}
    needless = {"all", "fire", "journal"}  # `postgres` brings the journal
    assert brought == {*PROJECT["optional-dependencies"]} - needless


def signature(scheme):
    return Receiver(DOCUMENT, signature=scheme, secret="whpk_c2VjcmV0")


@each_row(
    ("library", "use", "user"),
    [
        ("cryptography", lambda: signature("discord"), "scheme of Discord"),
        ("cryptography", lambda: signature("aws-sns"), "scheme of Amazon SNS"),
        ("http_sf", lambda: signature("rfc9421"), "HTTP Message Signatures (RFC 9421)"),
        ("joserfc", lambda: Signature("livekit", secret="x"), "scheme of LiveKit"),
        ("h2", http2_negotiation.need, "HTTP/2"),
        ("hypothesis", lambda: Sender(DOCUMENT).test(print), "the phase `generated`"),
        ("sqlalchemy", lambda: DatabaseJournal("sqlite://"), "a journal in a database"),
        (
            "psycopg",
            lambda: DatabaseJournal("postgresql://127.0.0.1:9/x"),
            "a journal on PostgreSQL",
        ),
        ("trustme", lambda: tls.throwaway([]), "TLS without a certificate of your own"),
    ],
)
def test_who_needs_a_missing_library_is_told_which_extra_brings_it(library, use, user):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, library, None)
        with pytest.raises(ReceiverError) as raised:
            use()
    assert raised.value.message.endswith(
        f"{user} needs {library.replace('_', '-')}: "
        f"pip install 'openapi-receiver[{EXTRAS[library]}]'"
    )


def test_other_phases_need_no_hypothesis(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    results = Sender(DOCUMENT).test(application, phases=["examples"])
    assert results.cases > 0


async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
