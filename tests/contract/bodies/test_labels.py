"""What a wrongly labelled body reads as, and how its sender labels it right."""

# ruff: noqa: ISC004 - long sentences, one a row

from __future__ import annotations

import gzip

from cbmock.http.messages import Headers, Request

from tests.support.documents import contract_of
from tests.support.rows import each_row

FORM = "application/x-www-form-urlencoded"
MULTIPART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--'


def told(key, data, sent, **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if sent is not None:
        fields["Content-Type"] = sent
    contract = contract_of({"requestBody": {"content": {key: {}}}})
    request = Request("POST", "/", Headers.of(fields.items()), data)
    found = contract.check(request, {}).violations
    return [each.detail.partition("; the body reads as ")[2] for each in found]


@each_row(
    ("key", "data", "sent", "hint"),
    [
        (
            "application/json",
            b'{"a": 1}',
            "text/plain;charset=UTF-8",
            "JSON; the sender labels it text/plain (fetch and others label a string so: "
            "send Content-Type: application/json)",
        ),
        (
            "application/json",
            b'{"a": 1}',
            FORM,
            f"JSON; the sender labels it {FORM} (curl -d and others do so by default: "
            "send Content-Type: application/json)",
        ),
        (
            "application/cloudevents+json",
            b"[1]",
            "application/json",
            "JSON; the sender labels it application/json (send Content-Type: "
            "application/cloudevents+json)",
        ),
        ("application/json", b"a", None, ""),
        ("application/json", b"1", None, "JSON (send Content-Type: application/json)"),
        (FORM, b"a=1&b=%20", "text/plain", "a form; the sender labels it text/plain (fetch and others label a string so: send Content-Type: application/x-www-form-urlencoded)"),
        (FORM, b"hello", "text/plain", ""),
        ("application/xml", b"<a/>", None, "XML (send Content-Type: application/xml)"),
        ("application/soap+xml", b"<a/>", None, "XML (send Content-Type: application/soap+xml)"),
        ("application/xml", b"<a>", None, ""),
        ("application/xml", b"a", None, ""),
        ("multipart/form-data", MULTIPART, "application/octet-stream", "multipart; the sender labels it application/octet-stream (clients label bytes so: send Content-Type: multipart/form-data)"),
        ("image/png", b"{}", "text/plain", ""),
        ("application/*", b"{}", "text/plain", ""),
        ("application/json", b" " * 1024 * 1024 + b"{}", "text/plain", ""),
    ],
    ids=lambda each: str(each)[:30],
)  # fmt: skip
def test_5_9_a_wrong_label_says_what_the_body_reads_as(key, data, sent, hint):
    assert told(key, data, sent)[0] == hint


@each_row(
    ("agent", "cure"),
    [
        ("curl/8.5.0", "curl -d sends a form by default: add -H 'Content-Type: application/json'"),
        ("Wget/1.21", "wget sends a form by default: add --header 'Content-Type: application/json'"),
        ("python-requests/2.32", "requests labels data=… itself: use json=…, or headers=…"),
        ("Python/3.11 aiohttp/3.9", "aiohttp labels data=… itself: use json=…, or headers=…"),
        ("Amazon Simple Notification Service Agent", "Amazon SNS always does: document text/plain too"),
        ("node", "fetch labels a string as text/plain: set the header"),
        ("Java-http-client/17", "set the header: the client labels no body by itself"),
        ("unheard-of/1", "fetch and others label a string so: send Content-Type: application/json"),
    ],
)  # fmt: skip
def test_5_9_the_cure_is_that_of_the_client(agent, cure):
    (hint,) = told("application/json", b"{}", "text/plain", User_Agent=agent)
    assert hint == f"JSON; the sender labels it text/plain ({cure})"


def test_5_9_amazon_sns_is_known_by_its_header():
    headers = {"x_amz_sns_message_type": "Notification", "User_Agent": "curl/8"}
    (hint,) = told("application/json", b"{}", "text/plain", **headers)
    assert hint.endswith("(Amazon SNS always does: document text/plain too)")


def test_5_9_a_coding_that_is_only_claimed_is_told_too():
    sent = "application/json"
    (hint,) = told("application/json", b"{}", sent, Content_Encoding="gzip")
    assert hint == "JSON (send Content-Type: application/json)"
    assert (
        told("application/json", gzip.compress(b"{}"), sent, Content_Encoding="gzip")
        == []
    )


def test_5_9_media_types_that_differ_in_parameters_are_told_apart():
    content = {"application/json; version=2": {}}
    contract = contract_of({"requestBody": {"content": content}})
    fields = Headers.of([("Content-Type", "application/json; version=1")])
    (found,) = contract.check(Request("POST", "/", fields, b"{}"), {}).violations
    assert found.detail == (
        "unexpected media type application/json; documented: application/json; version=2; "
        "the parameters of the media type differ"
    )
