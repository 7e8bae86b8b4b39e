"""One call in the report, in Chromium: each violation at its place, as on the live page."""

import base64
import json
import shlex
from urllib.parse import urlencode

import httpx2
import pytest
from cbmock import Receiver, Signature

from tests.support import session_report
from tests.support.live_page import NEEDS_CHROMIUM, SHOP, home, ordered, running
from tests.support.live_page import opened as opened_tab
from tests.support.placed_violations import FORM, JSON, PARTS, PLACED, XML, part

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

pytestmark = NEEDS_CHROMIUM

_OF_A_FILE = 'Content-Disposition: form-data; name="file"; filename="é.png"'
SHOWN_IN_PLACE = """(section) => {
    const [mark, said] = [...section.querySelectorAll("mark, .sentence")];
    return Boolean(mark.compareDocumentPosition(said) & 4)
        && said.getBoundingClientRect().top - mark.getBoundingClientRect().bottom < 20;
}"""


def send(shop, name, content, content_type=JSON, query="", **headers):
    headers = {"content-type": content_type, **headers}
    return httpx2.post(
        f"{shop.url}/webhooks/{name}{query}", content=content, headers=headers
    )


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP, indent=1))
    with running(path) as receiver:
        yield receiver


@pytest.fixture
def show(browser, shop, tmp_path):
    """Return what opens the report of the calls so far."""
    with opened_tab(browser) as tab:
        yield lambda: session_report.opened(
            tab, tmp_path / "report.html", session_report.of(shop)
        )


def test_each_violation_is_marked_in_the_body_at_its_place(shop, show):
    for name, content_type, content, _, _ in PLACED.values():
        send(shop, name, content, content_type)
    requests = show().locator(".request")
    expect(requests).to_have_count(len(PLACED))
    for at, (case, (*_, marked, said)) in enumerate(PLACED.items()):
        request = requests.nth(at)
        assert request.locator("mark").all_inner_texts() == [marked], case
        expect(request.locator(".sentence")).to_contain_text([said])
        assert request.evaluate(SHOWN_IN_PLACE), case


def test_what_is_wrong_in_the_head_is_marked_there(shop, show):
    send(shop, "strict", "{}", query="?page=two&b=1", **{"x-event-id": "nope"})
    send(shop, "strict", "{}")
    wrong, missing = show().locator(".request").all()
    expect(wrong.locator("mark")).to_have_text(["page=two", "nope"])
    expect(wrong.locator(".sentence")).to_contain_text(["'two'", "not a uuid"])
    row = missing.locator("tr", has_text="X-Event-Id").first
    expect(row.locator("mark")).to_have_text("missing")


def test_the_rule_opens_at_its_line_beside_the_violation(shop, show):
    send(shop, "order", '{"id": "a", "paid": "no"}')
    tab = show()
    summary = tab.get_by_text("the rule, shop.json line")
    expect(summary).to_have_count(1)
    expect(tab.locator(".violations .source .here code")).to_have_text('"paid": {')


def test_each_part_has_its_head_and_its_body_by_its_type(shop, show):
    png = b"\x89PNG\r\n\x00\x81\x8d"
    files = {
        "n": (None, "1"),
        "meta": (None, '{"n":1}', JSON),
        "file": ("é.png", png, "image/png"),
    }
    httpx2.post(f"{shop.url}/webhooks/parts", files=files)
    send(shop, "parts", part("n", "ten") + "--b", PARTS)  # which does not end
    tab = show()
    texts = [
        [each.inner_text() for each in found.locator("pre").all()]
        for found in tab.locator(".part").all()
    ]
    assert texts == [
        ['Content-Disposition: form-data; name="n"', "1"],
        [
            'Content-Disposition: form-data; name="meta"\nContent-Type: application/json',
            '{\n  "n": 1\n}',
        ],
        [
            f"{_OF_A_FILE}\nContent-Type: image/png",
            "00000000  89 50 4e 47 0d 0a 00 81 8d" + " " * 23 + ".PNG.....",
        ],
        ['Content-Disposition: form-data; name="n"', "ten"],
    ]


def test_bytes_are_shown_as_hex_and_downloaded_as_received(shop, show, tmp_path):
    content = bytes(range(256))
    send(shop, "bytes", content, "application/octet-stream")
    tab = show()
    expect(tab.locator("pre.hex")).to_contain_text("00000010  10 11 12 13")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="the raw bytes").click()
    download.value.save_as(tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == content


def test_a_call_is_copied_as_curl(shop, show):
    send(shop, "order", '{"id": "it\'s"}')
    words = shlex.split(show().locator("pre.copied").inner_text())
    assert words[:3] == ["curl", "-X", "POST"]
    assert words[-2:] == ['{"id": "it\'s"}', f"{shop.url}/webhooks/order"]


def test_answers_are_laid_out_and_those_of_scripts_named(shop, show):
    shop.respond("orderPaid", status=410, json={"a": [1]}).then(status=200)
    send(shop, "order", '{"id": "a"}')
    answer = show().locator(".answer")
    expect(answer.locator(".target")).to_have_text("410 as scripted")
    expect(answer.locator("pre")).to_have_text('{\n  "a": [\n    1\n  ]\n}')
    expect(answer.locator("tr", has_text="content-type")).to_contain_text(JSON)


def test_the_attempts_of_a_delivery_are_a_timeline_with_links_to_the_calls(shop, show):
    headers = {"retry-after": "1"}
    shop.respond("orderPaid", status=503, headers=headers).then(status=200)
    for _ in range(2):
        send(shop, "order", '{"id": "a"}')
    tab = show()
    first, second = (each.id for each in shop.calls)
    attempts = tab.locator(".attempts li")
    expect(attempts).to_contain_text(
        [
            f"call {first} first, answered 503, Retry-After 1",
            f"call {second} +0.",
        ]
    )
    expect(tab.get_by_text("attempt 2 of 2")).to_be_visible()
    expect(tab.locator(".lane a")).to_have_count(2)
    for link in (attempts.nth(1).locator("a"), tab.locator(".lane a").nth(1)):
        tab.evaluate(
            "for (const e of document.querySelectorAll('details')) e.open = false"
        )
        tab.locator(".test > summary").click()
        link.click()
        # The browser opens what the link leads to.
        expect(tab.locator(f"#test-1-call-{second}")).to_be_visible()
        assert tab.url.endswith(f"#test-1-call-{second}")


def test_a_signature_is_judged_beside_its_header(browser, tmp_path):
    path = tmp_path / "signed.json"
    path.write_text(json.dumps(SHOP))
    with (
        Receiver(path, signature="github", secret="s3cret") as receiver,
        opened_tab(browser) as tab,
    ):
        receiver.allow_violations()
        body = b'{"id": "a"}'
        signed = dict(Signature("github", secret="s3cret").sign(body))
        for headers in (signed, dict.fromkeys(signed, "sha256=" + "0" * 64)):
            send(receiver, "order", body, **headers)
        session_report.opened(tab, tmp_path / "r.html", session_report.of(receiver))
        good, wrong = tab.locator(".request").all()
        expect(good.locator(".badge")).to_have_text("good")
        expect(wrong.locator(".badge")).to_have_text("wrong")
        expect(wrong.locator("mark")).to_have_text(["***"])  # a credential


def test_a_callback_is_compared_with_the_url_that_was_due(shop, show):
    base = f"{shop.url}/cb"
    ordered(shop, base)
    httpx2.post(f"{base}/2/shipped", json={})
    tab = show()
    compared = tab.locator(".trigger .compared")
    expect(compared).to_contain_text("/cb/shipped")
    expect(compared.locator("mark")).to_have_text(["2/"])


def test_a_callback_that_did_not_come_is_named(shop, show):
    ordered(shop, f"{shop.url}/cb")
    expect(show().locator(".missing .sentence")).to_contain_text("shipped")


def test_findings_and_operations_open_at_their_lines(shop, show):
    tab = show()
    finding = tab.locator("tr", has_text="onOf").filter(has_text="warning").first
    expect(finding.locator(".source .here code")).to_contain_text("onOf")
    row = tab.locator("tr", has_text="orderPaid").or_(
        tab.locator("tr", has_text="webhooks/order/")
    )
    expect(row.locator(".source .here code").first).to_have_text('"post": {')


def test_text_of_both_directions_and_without_breaks_stays_within_the_page(shop, show):
    word = base64.b64encode(bytes(3000)).decode()
    send(shop, "order", json.dumps({"id": "مرحبا", word: word}), query=f"?{word}")
    send(shop, "parts", part(word, word) + "--b--\r\n", PARTS)
    send(shop, "xml", f"<order {word}='1'><n>{word}</n></order>", "application/xml")
    send(shop, "form", f"{word}={word}", "application/x-www-form-urlencoded")
    send(shop, "bytes", bytes(range(256)), "application/octet-stream")
    tab = show()
    for width in (1280, 360):
        tab.set_viewport_size({"width": width, "height": 700})
        assert tab.evaluate("document.documentElement.scrollWidth") == width


HOSTILE = (
    "</pre></title></style><script>document.body.dataset.broken = 1</script>"
    "<img src=x onerror='document.body.dataset.broken = 2'>"
)
_IN_A_FIELD = HOSTILE.replace('"', "'")
# What is sent: the webhook, the media type, and the body.
_HOSTILE_BODIES = {
    "json": ("order", JSON, json.dumps({HOSTILE: HOSTILE, "paid": HOSTILE})),
    "form": ("form", FORM, f"n={HOSTILE}&{HOSTILE}=1&tags={HOSTILE}"),
    "parts": ("parts", PARTS, part("n", HOSTILE) + part(_IN_A_FIELD, "1") + "--b--"),
    "typed part": (
        *("parts", PARTS),
        part("meta", HOSTILE, f"\r\nContent-Type: {_IN_A_FIELD}") + "--b--",
    ),
    "xml": ("xml", XML, f'<order no="{_IN_A_FIELD}"><n>{HOSTILE}</n></order>'),
    "comments": ("xml", XML, f"<order><!--{HOSTILE}--><![CDATA[{HOSTILE}]]></order>"),
    "text": ("text", "text/plain", HOSTILE),
    "html": ("text", "text/html", HOSTILE),
    "bytes": ("bytes", "application/octet-stream", b"\xff" + HOSTILE.encode()),
    "media type": ("order", _IN_A_FIELD, "{}"),
}


@pytest.fixture
def hostile(shop, tmp_path):
    """Return a report of calls with markup wherever a sender can write it."""
    for name, content_type, content in _HOSTILE_BODIES.values():
        send(shop, name, content, content_type)
    query = "?" + urlencode({"page": HOSTILE, HOSTILE: "1"})
    fields = {"x-event-id": _IN_A_FIELD, "cookie": f"a={_IN_A_FIELD}"}
    send(shop, "strict", "{}", query=query, **fields)
    shop.respond("orderPaid", status=503, body=HOSTILE, headers={"retry-after": "<b>"})
    send(shop, "order", "{}", **{"webhook-id": _IN_A_FIELD})
    send(shop, "order", "{}", **{"webhook-id": _IN_A_FIELD})
    trigger = {
        "method": "POST",
        "url": f"http://127.0.0.1:9/orders?{_IN_A_FIELD}",
        "body": {"url": f"{shop.url}/{_IN_A_FIELD}"},
        "response": {"status": 201},
        "settle": 0,
    }
    httpx2.post(f"{home(shop)}/_cbmock/api/triggers", json=trigger)
    httpx2.post(f"{shop.url}/cb/shipped", json={})
    path = tmp_path / "report.html"
    text = session_report.of(shop, test=HOSTILE, failure=HOSTILE)
    return lambda tab: session_report.opened(tab, path, text)


def test_nothing_of_a_call_is_ever_markup(browser, hostile):
    with opened_tab(browser) as tab:
        hostile(tab)
        assert tab.locator("script, img").count() == 0
        assert tab.locator("body").get_attribute("data-broken") is None
        assert tab.locator("[onerror]").count() == 0
        for kind in (
            ".request",
            ".answer",
            ".part",
            ".trigger",
            ".delivery",
            ".failure",
        ):
            shown = tab.locator(kind).filter(has_text="<img src=x onerror=").first
            expect(shown).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_of_a_call_can_be_read_by_all(browser, hostile, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(color_scheme=theme, bypass_csp=True)
    tab = hostile(context.new_page())
    found = axe.run(tab).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found] == []
    for width in (1280, 360):
        tab.set_viewport_size({"width": width, "height": 700})
        assert tab.evaluate("document.documentElement.scrollWidth") == width
    context.close()
