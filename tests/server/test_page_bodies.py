"""One call on the live page, in Chromium: each violation at its place."""

import base64
import json

import httpx2
import pytest
from cbmock import Receiver, Signature

from tests.support.live_page import NEEDS_CHROMIUM, SHOP, go, home, opened, ordered
from tests.support.placed_violations import JSON, PLACED

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

pytestmark = NEEDS_CHROMIUM


def send(shop, name, content, content_type=JSON, query="", **headers):
    headers = {"content-type": content_type, **headers}
    url = f"{shop.url}/webhooks/{name}{query}"
    httpx2.post(url, content=content, headers=headers)
    return f"call/{shop.calls[-1].id}"


@pytest.mark.parametrize("case", PLACED)
def test_each_violation_is_marked_in_the_body_at_its_place(shop, open_shop, case):
    name, content_type, content, marked, said = PLACED[case]
    page = open_shop(send(shop, name, content, content_type))
    request = page.get_by_label("Request", exact=True)
    expect(request.locator("mark")).to_have_text([marked])
    expect(request.locator(".sentence")).to_contain_text([said])
    # The sentence follows in the same line, or in the one that it is about.
    assert request.evaluate(
        """(section) => {
            const [mark, said] = [...section.querySelectorAll("mark, .sentence")];
            return Boolean(mark.compareDocumentPosition(said) & 4)
                && said.getBoundingClientRect().top - mark.getBoundingClientRect().bottom < 20;
        }"""
    )


def test_what_is_wrong_in_the_head_is_marked_there(shop, open_shop):
    place = send(shop, "strict", "{}", query="?page=two", **{"x-event-id": "nope"})
    request = open_shop(place).get_by_label("Request", exact=True)
    expect(request.locator("mark")).to_have_text(["page=two", "nope"])
    expect(request.locator(".sentence")).to_contain_text(["'two'", "not a uuid"])
    request = open_shop(send(shop, "strict", "{}")).get_by_label("Request", exact=True)
    row = request.locator("tr", has_text="X-Event-Id").first
    expect(row.locator("mark")).to_have_text("missing")


def test_the_rule_is_shown_at_its_line_beside_the_violation(shop, open_shop):
    page = open_shop(send(shop, "order", '{"id": "a", "paid": "no"}'))
    page.get_by_text("the rule, shop.json line").click()
    expect(page.locator(".source .here code")).to_have_text('"paid": {')
    # A document is indented as it is written.
    assert (
        page.locator(".source .here code").evaluate("e => e.firstChild.data[0]") == " "
    )
    page.locator("pre .sentence a").click()
    expect(page.locator(".source .here")).to_contain_text('"paid": {')


def test_bytes_are_shown_as_hex_and_downloaded_as_received(shop, open_shop, tmp_path):
    content = bytes(range(256))
    place = send(shop, "bytes", content, "application/octet-stream")
    page = open_shop(place)
    expect(page.locator("pre.hex")).to_contain_text("00000010  10 11 12 13")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the raw bytes").click()
    download.value.save_as(tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == content


def test_a_file_beside_fields_is_shown_by_its_kind(shop, open_shop):
    png = b"\x89PNG\r\n\x00\x81\x8d"
    files = {"n": (None, "1"), "file": ("a.png", png, "image/png")}
    httpx2.post(f"{shop.url}/webhooks/parts", files=files)
    page = open_shop(f"call/{shop.calls[-1].id}")
    expect(page.get_by_label("Part file").locator(".hex")).to_contain_text(
        "89 50 4e 47 0d 0a 00 81 8d"
    )
    expect(page.get_by_label("Part n").locator("pre").last).to_have_text("1")


def test_a_large_body_is_laid_out_in_part_with_all_that_is_wrong(shop, open_shop):
    items = [{"sku": n} for n in range(20_000)]
    items[15_000] = {"price": 1}
    page = open_shop(
        send(shop, "order", json.dumps({"id": "z" * 1_000_000, "items": items}))
    )
    body = page.get_by_label("Request", exact=True).locator("pre")
    expect(body).to_contain_text("… 998000 more characters")
    expect(body).to_contain_text("… 19899 more")
    expect(body.locator("mark")).to_have_text(["{", "1"])
    expect(body.locator(".sentence").first).to_contain_text("'sku' is missing")
    assert page.locator("main *").count() < 500


def test_what_nests_deeply_is_shown_as_far_as_it_can_be_read(shop, open_shop):
    for content, content_type, name in (
        ("[" * 30_000 + "]" * 30_000, JSON, "order"),
        ("<a>" * 30_000, "application/xml", "xml"),
        ("<" * 60_000, "application/xml", "xml"),
        ("<a b='" * 10_000, "application/xml", "xml"),
    ):
        page = open_shop(send(shop, name, content, content_type))
        expect(page.get_by_label("Request", exact=True).locator("pre")).to_be_visible()
        expect(page.get_by_label("Answer")).to_be_visible()


def test_a_signature_is_judged_beside_its_header(browser, tmp_path):
    path = tmp_path / "signed.json"
    path.write_text(json.dumps(SHOP))
    options = {"signature": "github", "secret": "s3cret"}
    # The tab is closed first: without its mock it would say that the connection is refused.
    with Receiver(path, **options) as receiver, opened(browser) as page:
        receiver.allow_violations()
        url = f"{receiver.url}/webhooks/order"
        body = b'{"id": "a"}'
        signed = dict(Signature("github", secret="s3cret").sign(body))
        for headers in (signed, dict.fromkeys(signed, "sha256=" + "0" * 64)):
            httpx2.post(url, content=body, headers={"content-type": JSON, **headers})
        good, wrong = (each.id for each in receiver.calls)
        request = go(page, receiver, f"call/{good}").get_by_label("Request", exact=True)
        expect(request.locator(".badge")).to_have_text("good")
        request = go(page, receiver, f"call/{wrong}").get_by_label(
            "Request", exact=True
        )
        expect(request.locator(".badge")).to_have_text("wrong")
        expect(request.locator("mark")).to_have_text(["***"])  # a credential


def test_a_callback_is_compared_with_the_url_that_was_due(shop, open_shop):
    base = f"{home(shop)}/cb"
    ordered(shop, base)
    httpx2.post(f"{base}/2/shipped", json={})
    page = open_shop(
        f"call/{httpx2.get(f'{home(shop)}/_cbmock/api/health').json()['last_id']}"
    )
    compared = page.get_by_label("Trigger").locator(".compared")
    expect(compared).to_contain_text("/cb/shipped")
    expect(compared.locator("mark")).to_have_text(["2/"])


def test_text_of_both_directions_and_without_breaks_stays_within_the_page(
    shop, open_shop
):
    word = base64.b64encode(bytes(3000)).decode()
    place = send(
        shop, "order", json.dumps({"id": "مرحبا", word: word}), query=f"?{word}"
    )
    for view in (place, "calls", "verify", "deliveries"):
        page = open_shop(view)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") == width
