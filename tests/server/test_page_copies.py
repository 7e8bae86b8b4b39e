"""What the live page gives to copy, pasted where it belongs."""

import json
import shutil
import socket
import subprocess
import sys

import httpx2
import pytest
from cbmock.journal import har

from tests.support.live_page import NEEDS_CHROMIUM, copied, home

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

pytestmark = NEEDS_CHROMIUM

OPERATIONS = ("shipped", "order", "strict", "form", "parts", "xml", "text", "bytes")
SHELLS = {
    "curl": ["bash"],
    "httpx": [sys.executable],
    "fetch": ["node", "--input-type=module"],
}
FRAMING = {
    "host",
    "connection",
    "content-length",
    "accept-encoding",
    "transfer-encoding",
}


def calls(shop):
    return httpx2.get(f"{home(shop)}/_cbmock/api/calls").json()["calls"]


def read_after(page, button):
    """Return what a button copies, which the page must say."""
    text = copied(page, button)
    expect(page.get_by_role("status")).to_have_text("copied")
    return text


def pasted(line, shell):
    if not shutil.which(SHELLS[shell][0]):
        pytest.skip(f"no {SHELLS[shell][0]} on this machine")
    done = subprocess.run(
        SHELLS[shell],
        check=False,
        input=line,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_the_lines_of_each_operation_send_a_valid_call(shop, open_shop, shell):
    page = open_shop()
    for name in OPERATIONS:
        button = page.get_by_label(f"{shell} line for {name}", exact=False)
        pasted(read_after(page, button), shell)
    assert [
        (each["operation"]["name"], each["violations"]) for each in calls(shop)
    ] == [(name, []) for name in OPERATIONS]


def test_the_url_of_an_operation_is_copied(shop, open_shop):
    page = open_shop()
    expect(page.get_by_role("status")).to_have_text("live")  # said once, when it is
    button = page.get_by_label("Copy the URL of order")
    assert read_after(page, button) == f"{home(shop)}/webhooks/order"


def request(target, body=b"", *fields):
    head = [
        f"POST {target} HTTP/1.1",
        "Host: x",
        f"Content-Length: {len(body)}",
        *fields,
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


ODD = {
    "no header fields": request("/webhooks/order", b"{}"),
    "a body like a file": request("/webhooks/text", b"@/etc/hostname"),
    "quotes and lines": request("/webhooks/text", b'it\'s\n"$HOME"\\n `id`\r\n\t!'),
    "NUL": request("/webhooks/text", b"a\x00b"),
    "bytes": request("/webhooks/bytes", bytes(range(256))),
    "a body longer than arguments": request("/webhooks/text", b"x" * 300_000),
    "an odd target": request("/webhooks/../a/[1-3]/{a,b}?x=[1]&y='%20$(id)"),
    "an empty field": request("/webhooks/order", b"{}", "X-Empty:", "X-Odd: 'a' \"b\""),
    "no text": request(
        "/webhooks/text", "ä€😀\u2028".encode(), "Content-Type: text/plain"
    ),
}


@pytest.mark.parametrize("odd", ODD)
def test_a_call_that_is_copied_as_curl_comes_again_as_it_was(shop, open_shop, odd):
    raw(home(shop), ODD[odd])
    (first,) = calls(shop)
    page = open_shop(f"call/{first['id']}")
    button = page.get_by_role("button", name="Copy as curl")
    pasted(read_after(page, button), "curl")
    _, again = calls(shop)
    assert compared(again) == compared(first)


def raw(url, octets):
    host, port = url.partition("//")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(octets)
        connection.recv(1)


def compared(call):
    fields = call["request"]["headers"]
    own = sorted([n.lower(), value] for n, value in fields if n.lower() not in FRAMING)
    return {**call["request"], "headers": own}


@pytest.mark.parametrize("body", ['{"id": "it\'s\\u2028"}', '{"id": 1}', "\x00", "[]"])
def test_a_call_that_is_copied_as_pytest_is_a_test_that_passes(
    shop, open_shop, tmp_path, body
):
    httpx2.post(
        f"{home(shop)}/webhooks/order",
        content=body.encode() + (b"\xff" if body == "\x00" else b""),
        headers={"content-type": "application/json"},
    )
    page = open_shop(f"call/{calls(shop)[-1]['id']}")
    button = page.get_by_role("button", name="Copy as pytest")
    text = read_after(page, button)
    (tmp_path / "test_copied.py").write_text(text, "utf-8")
    document = shop._view.backend.app.mock.description.entry.text
    (tmp_path / "openapi.json").write_text(document)
    command = [sys.executable, "-m", "pytest", "-q", "--cbmock-spec=openapi.json"]
    done = subprocess.run(
        command, check=False, cwd=tmp_path, capture_output=True, text=True
    )
    assert "1 passed" in done.stdout, text + done.stdout


@pytest.mark.parametrize("body", [b'{"id": "a"}', b"\xff\x00", b""])
def test_a_call_that_is_copied_as_har_is_read_as_the_same_call(shop, open_shop, body):
    httpx2.post(f"{home(shop)}/webhooks/order?a=1", content=body)
    page = open_shop(f"call/{calls(shop)[-1]['id']}")
    button = page.get_by_role("button", name="Copy as HAR")
    archive = json.loads(read_after(page, button))
    assert har.is_har(archive)
    (read,) = har.records(archive)
    (call,) = calls(shop)
    assert compared(read) == {**compared(call), "scheme": "http"}
