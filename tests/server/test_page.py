"""The live page, in Chromium."""

import json
import os
import re
import struct
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from cbmock import Receiver
from cbmock.journal.memory import MemoryJournal
from cbmock.journal.protocol import JournalFailure

from tests.support.invoices import EVENT
from tests.support.live_page import (
    NEEDS_CHROMIUM,
    behind_a_prefix,
    go,
    home,
    opened,
    running,
)
from tests.support.waiting import until

# Not everything that the tests are run with has them: see requirements-dev.txt.
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

pytestmark = NEEDS_CHROMIUM

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TARGET = "/invoices/2expen51ve"
HOSTILE = "</pre><script>document.title = 'broken'</script><img src=x onerror=alert(1)>"
VIEWS = [
    "calls",
    "call/1",
    "coverage",
    "deliveries",
    "document",
    "verify",
    "operations",
]


def send(receiver, *bodies):
    for body in bodies:
        httpx2.post(receiver.url + TARGET, json=body)


def test_calls_stream_in_the_newest_first(receiver, open_page):
    page = open_page()
    expect(page.locator("#list")).to_contain_text("No calls yet")
    send(receiver, EVENT, {**EVENT, "paid": "no"})
    expect(page.locator("#list .row")).to_have_count(2)
    first = page.locator("#list .row").first
    expect(first).to_contain_text("violation")
    expect(first).to_contain_text("invoice_notification")
    expect(page.locator("#operations")).to_contain_text("2 received, 1 valid")
    expect(page.get_by_role("status")).to_have_text("live")


def test_many_calls_at_once_are_listed_and_counted(receiver, open_page):
    page = open_page()
    expect(page.get_by_role("status")).to_have_text("live")
    send(receiver, EVENT)
    expect(page.locator("#list .row")).to_have_count(1)
    receiver._view.backend.app.take([receiver.calls[0].request] * 1500)
    expect(page.locator("#operations")).to_contain_text("1,501 received, 1,501 valid")
    newest = page.locator("#list .row").first
    expect(newest).to_contain_text(str(receiver.calls[-1].id))
    expect(newest).to_contain_text("invoice_notification")


def test_the_keys_go_through_calls_and_open_them(receiver, open_page):
    send(receiver, EVENT, EVENT, EVENT)
    page = open_page()
    expect(page.locator("#list .row")).to_have_count(3)
    for key in ("j", "j", "j", "k", "Enter"):
        page.keyboard.press(key)
    third, second, first = (each.id for each in receiver.calls)
    title = page.locator("#call-title")
    expect(title).to_contain_text(f"Call {second}")
    page.keyboard.press("j")
    expect(title).to_contain_text(f"Call {third}")
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(title).to_contain_text(f"Call {first}")
    page.keyboard.press("Escape")
    expect(page.locator("#list")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.type("CELEBRATION")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#calls\?text=CELEBRATION$"))
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next, previous call")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_skip_link_goes_to_the_calls_and_leaves_the_url(receiver, open_page):
    page = open_page("coverage")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page).to_have_url(re.compile(r"#coverage$"))


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ("valid=false", 1),
        ("valid=true", 2),
        ("text=CELEBRATION", 3),
        ("pointer=%23%2Fpaid&equals=true", 2),
        ("pointer=%23%2Fpaid&equals=no", 1),
        ("pointer=%23%2Fabsent", 0),
        ("operation=invoice_notification&token=nobodys", 0),
    ],
)
def test_a_link_with_filters_shows_what_they_leave(receiver, open_page, filters, count):
    send(receiver, EVENT, {**EVENT, "paid": "no"}, EVENT)
    page = open_page("calls?" + filters)
    expect(page.locator(".row[data-id]")).to_have_count(count)


def test_filters_stand_in_the_url(receiver, open_page):
    send(receiver, EVENT, {**EVENT, "paid": "no"})
    page = open_page()
    page.get_by_label("Verdict").select_option("invalid")
    expect(page).to_have_url(re.compile(r"#calls\?valid=false$"))
    expect(page.locator("#list .row")).to_have_count(1)
    # Calls that the filters leave out are counted all the same.
    send(receiver, EVENT)
    expect(page.locator("#operations")).to_contain_text("3 received, 2 valid")
    expect(page.locator("#list .row")).to_have_count(1)
    page.go_back()
    expect(page.locator("#list .row")).to_have_count(3)
    expect(page.get_by_label("Verdict")).to_have_value("")
    page.go_forward()
    expect(page.locator("#list .row")).to_have_count(1)
    page.get_by_role("link", name="Coverage").click()
    page.get_by_label("Verdict").select_option("valid")
    expect(page).to_have_url(re.compile(r"#coverage\?valid=true$"))
    expect(page.get_by_role("heading", name="Coverage")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page).to_have_url(re.compile(r"#coverage$"))
    expect(page.get_by_label("Verdict")).to_have_value("")


def test_a_script_and_its_end_are_a_click_each(receiver, open_page):
    page = open_page()
    page.get_by_text("Script, fire").click()
    page.get_by_role("button", name="503, 503, then 200").click()
    expect(page.get_by_role("status")).to_contain_text("503, 503, then 200")
    send(receiver, EVENT, EVENT, EVENT)
    assert [each.response.status for each in receiver.calls] == [503, 503, 200]
    for name, fault in (("silence", "silence"), ("a reset connection", "reset")):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("status")).to_contain_text(f"answers next: {name}")
        with pytest.raises(httpx2.TransportError):
            httpx2.post(receiver.url + TARGET, json=EVENT, timeout=0.5)
        assert receiver.calls[-1].scripted.fault == fault
    page.get_by_role("button", name="as documented").click()
    expect(page.get_by_role("status")).to_contain_text("as documented")
    send(receiver, EVENT)
    assert receiver.calls[-1].response.status == 200


def test_all_calls_are_deleted_by_a_click(receiver, open_page):
    send(receiver, EVENT)
    page = open_page()
    page.get_by_role("button", name="Delete all").click()
    page.wait_for_timeout(100)
    assert len(receiver.calls) == 1
    page.get_by_role("button", name="Press again").click()
    expect(page.locator("#list")).to_contain_text("No calls yet")
    expect(page.get_by_role("status")).to_have_text("1 call deleted")
    expect(page.locator("#operations")).to_contain_text("no calls yet")
    assert len(receiver.calls) == 0


@pytest.mark.parametrize("place", ["", "calls?valid=true"])
def test_what_is_deleted_elsewhere_goes_from_the_list(receiver, open_page, place):
    send(receiver, EVENT)
    page = open_page(place)
    send(receiver, EVENT)
    expect(page.locator("#list .row")).to_have_count(2)
    httpx2.delete(f"{home(receiver)}/_cbmock/api/calls")
    send(receiver, {**EVENT, "paid": "no"})
    left = "1 received, 0 valid"
    expect(page.locator("#operations")).to_contain_text(left, timeout=20_000)
    rows = 0 if place else 1
    expect(page.locator("#list .row")).to_have_count(rows, timeout=20_000)


def test_a_call_that_comes_while_the_page_opens_hides_no_deletion(
    page, receiver, open_page
):
    send(receiver, EVENT)

    def one_more(route):
        send(receiver, EVENT)
        route.continue_()

    page.route("**/calls/ids?*", one_more, times=1)
    open_page("calls?valid=true")
    expect(page.locator("#list .row")).to_have_count(2)
    httpx2.delete(f"{home(receiver)}/_cbmock/api/calls")
    send(receiver, {**EVENT, "paid": "no"})
    expect(page.locator("#list .row")).to_have_count(0, timeout=10_000)


def test_a_call_is_sent_again_and_a_delivery_fired(receiver, open_page):
    send(receiver, EVENT)
    page = open_page("call/" + str(receiver.calls[-1].id))
    page.get_by_label("Replay at this URL").fill(receiver.url + TARGET)
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("status")).to_have_text("sent again: answered 200")
    page.get_by_text("Script, fire").click()
    page.get_by_label("Fire an example").fill(receiver.url + TARGET)
    page.get_by_role("button", name="Fire").click()
    expect(page.get_by_role("status")).to_have_text("fired: answered 200")
    found = httpx2.get(f"{home(receiver)}/_cbmock/api/calls").json()["calls"]
    assert [each["valid"] for each in found] == [True, True, True]


def test_what_is_refused_is_said(receiver, open_page):
    send(receiver, EVENT)
    page = open_page("call/" + str(receiver.calls[-1].id))
    page.get_by_label("Replay at this URL").fill("http://127.0.0.1:1/")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("status")).to_contain_text("answered nothing")


def test_attempts_of_a_delivery_stand_as_a_timeline(receiver, open_page):
    receiver.respond("invoice_notification", status=503, retry_after=1)
    send(receiver, EVENT, EVENT)
    page = open_page("call/" + str(receiver.calls[-1].id))
    attempts = page.locator("#attempts li")
    expect(attempts).to_have_count(2)
    expect(attempts.first).to_contain_text("answered 503, Retry-After 1")
    page = open_page("deliveries")
    expect(page.locator(".lane a")).to_have_count(2)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("coverage", "Coverage: 100 %"),
        ("document", "1 finding"),
        ("verify", "The contract was broken"),
    ],
)
def test_overviews_say_what_all_calls_show(receiver, open_page, place, text):
    send(receiver, EVENT, {**EVENT, "paid": "no"})
    expect(open_page(place).locator("main")).to_contain_text(text)


@pytest.mark.parametrize("place", VIEWS)
def test_nothing_that_arrives_becomes_markup(receiver, open_page, place):
    for content_type in (
        *("application/json", "text/html", "application/xml", "text/plain"),
        *(
            "application/x-www-form-urlencoded",
            f"multipart/form-data; boundary={HOSTILE}",
        ),
        HOSTILE,
    ):
        httpx2.post(
            receiver.url + TARGET + "?" + HOSTILE,
            content=f'{{"description": "{HOSTILE}", "paid": "{HOSTILE}"}}',
            headers={"content-type": content_type, "x-hostile": HOSTILE},
        )
    places = [place]
    if place == "call/1":
        places = [f"call/{each.id}" for each in receiver.calls]
    for each in places:
        page = open_page(each)
        expect(page.locator("main h2")).to_be_visible()
        assert "broken" not in page.title()
        assert page.locator("main script, main img, main style").count() == 0


@pytest.mark.parametrize(
    "way", ["document.body.innerHTML = text", "document.write(text)"]
)
def test_the_browser_itself_takes_no_text_for_markup(receiver, browser, way):
    page = browser.new_page()  # whose console may say so
    go(page, receiver)
    script = "(text) => { try { WAY; } catch (error) { return error.name; } }"
    found = page.evaluate(script.replace("WAY", way), HOSTILE)
    assert found == "TypeError"
    assert "broken" not in page.title()
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_view_is_free_of_what_axe_finds(browser, shop, theme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    order = f"{shop.url}/webhooks/order"
    httpx2.post(order, json={"id": "a"})
    httpx2.post(order, json={"paid": "no"}, headers={"x": "y"})
    httpx2.post(f"{shop.url}/webhooks/form", data={"n": "x"})
    files = {"n": (None, "x"), "file": ("a.png", b"\x89PNG" + bytes(99), "image/png")}
    httpx2.post(f"{shop.url}/webhooks/parts", files=files)
    call, parts = shop.calls[1].id, shop.calls[3].id
    size = {"width": width, "height": 700}
    with opened(browser, color_scheme=theme, viewport=size) as page:
        for place in [*VIEWS, f"call/{parts}", "calls?token=nobodys"]:
            go(page, shop, f"call/{call}" if place == "call/1" else place)
            page.evaluate(OPENED)
            page.wait_for_timeout(300)
            found = axe.run(page, options={"runOnly": AXE_TAGS}).response["violations"]
            where = [(e["id"], [n["html"] for n in e["nodes"]], place) for e in found]
            assert where == []


OPENED = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("place", VIEWS)
def test_it_fits_a_telephone(shop, open_shop, place):
    httpx2.post(f"{shop.url}/webhooks/order", json={"paid": "no"})
    page = open_shop(place.replace("1", str(shop.calls[0].id)))
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_telephone_shows_calls_or_operations(receiver, open_page):
    send(receiver, EVENT)
    page = open_page()
    page.set_viewport_size({"width": 360, "height": 640})
    expect(page.locator("#list .row").first).to_be_in_viewport()
    expect(page.locator("#operations")).to_be_hidden()
    page.get_by_role("link", name="Operations", exact=True).click()
    expect(page.locator("#operations")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()


def test_operations_say_what_was_seen_and_what_is_wrong_in_the_document(
    shop, open_shop
):
    page = open_shop()
    httpx2.post(f"{shop.url}/webhooks/order", json={"id": "a"})
    order = page.locator("#operations > li", has_text="orderPaid").or_(
        page.locator("#operations > li", has=page.get_by_text("order", exact=True))
    )
    expect(order.first.locator(".chips .seen")).to_have_text("200")
    lost = page.locator("#operations > li", has=page.get_by_text("lost", exact=True))
    expect(lost).to_contain_text("Cannot be read")
    odd = page.locator("#operations > li", has=page.get_by_text("odd", exact=True))
    odd.get_by_text("1 finding").click()
    odd.get_by_role("link").last.click()
    expect(page.locator(".source .here")).to_contain_text("onOf")


def test_operations_that_share_a_name_are_counted_and_filtered_apart(browser, tmp_path):
    item = {"requestBody": {"content": {"application/json": {}}}, "responses": {}}
    path = tmp_path / "openapi.json"
    webhooks = {"twice": {"post": item, "put": item}}
    path.write_text(json.dumps({"openapi": "3.1.0", "webhooks": webhooks}))
    with running(path) as receiver, opened(browser) as page:
        httpx2.post(f"{receiver.url}/webhooks/twice", json=1)
        go(page, receiver)
        cards = page.locator("#operations > li")
        expect(cards.nth(0)).to_contain_text("1 received")
        expect(cards.nth(1)).to_contain_text("no calls yet")
        cards.nth(0).get_by_role("link").click()
        expect(page.locator("#list .row")).to_have_count(1)
        cards.nth(1).get_by_role("link").click()
        expect(page.locator("#list")).to_contain_text("no calls that the filters leave")


def test_a_name_that_is_no_unicode_text_is_shown_all_the_same(browser, tmp_path):
    path = tmp_path / "openapi.json"
    item = {"post": {"responses": {"200": {"description": "ok"}}}}
    webhooks = {"half \ud83d": item, "whole": item}
    path.write_text(json.dumps({"openapi": "3.1.0", "webhooks": webhooks}))
    with running(path) as receiver, opened(browser) as page:
        for place in ("calls", "document", "coverage"):
            go(page, receiver, place)
            expect(page.locator("#operations > li")).to_have_count(2)
            expect(page.locator("main")).not_to_contain_text("cannot be shown")


def test_many_operations_are_looked_for_by_name(browser, tmp_path):
    item = {"post": {"responses": {}}}
    names = [f"organisation.subscription_renewal_reminder.v{n}" * 2 for n in range(300)]
    path = tmp_path / "openapi.json"
    path.write_text(
        json.dumps({"openapi": "3.1.0", "webhooks": dict.fromkeys(names, item)})
    )
    with running(path) as receiver, opened(browser) as page:
        go(page, receiver)
        page.get_by_label("Find an operation").fill("V299")
        expect(page.locator("#operations > li:visible")).to_have_count(1)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.evaluate("document.documentElement.scrollHeight") <= 900


def test_it_works_behind_the_prefix_of_a_reverse_proxy(receiver, page):
    with behind_a_prefix(receiver) as url:
        go(page, receiver, at=url)
        expect(page.get_by_role("status")).to_have_text("live")
        send(receiver, EVENT, {**EVENT, "paid": "no"})
        expect(page.locator("#list .row")).to_have_count(2)
        page.locator("#list .row").first.click()
        expect(page.locator("mark")).to_have_text('"no"')
        page.get_by_role("button", name="Copy as curl").click()
        expect(page.get_by_role("status")).to_have_text("copied")
        line = page.evaluate("navigator.clipboard.readText()")
        assert line.endswith(f"'{url}{receiver.calls[-1].request.target}'")
        page.get_by_text("Script, fire").click()
        page.get_by_role("button", name="as documented").click()
        expect(page.get_by_role("status")).to_contain_text("as documented")
        page.goto("about:blank")


def break_stream(receiver, page):
    waits = receiver._view.backend.app.pending_waits
    until(lambda: waits.count)  # the stream waits again after it has sent the call
    for task in tuple(waits._waiting):
        task.get_loop().call_soon_threadsafe(task.cancel)
    # It is said for a second only: `expect` may look less often.
    lost = "document.getElementById('state').textContent.includes('connection lost')"
    until(lambda: page.evaluate(lost))


def test_calls_that_are_told_again_are_listed_and_counted_once(receiver, open_page):
    journal = receiver._view.backend.journal
    page = open_page()
    send(receiver, EVENT)
    late = replace(receiver.calls[0], id=journal.next_id())
    send(receiver, EVENT, EVENT)
    rows = page.locator("#list .row > :first-child")
    expect(rows).to_have_count(3)
    break_stream(receiver, page)
    journal.append(late)
    send(receiver, EVENT)
    expect(rows).to_have_count(5)
    send(receiver, EVENT)
    expect(rows).to_have_count(6)
    shown = [int(each) for each in rows.all_text_contents()]
    assert shown == [each.id for each in reversed(receiver.calls)]
    expect(page.locator("#operations")).to_contain_text("6 received, 6 valid")


def test_calls_that_come_while_the_connection_is_down_are_listed_once(
    receiver, open_page
):
    page = open_page()
    send(receiver, EVENT)
    expect(page.locator("#list .row")).to_have_count(1)
    break_stream(receiver, page)
    send(receiver, EVENT, EVENT)
    expect(page.get_by_role("status")).to_have_text("live")
    send(receiver, EVENT)
    expect(page.locator("#list .row")).to_have_count(4)
    shown = page.locator("#list .row > :first-child").all_text_contents()
    assert shown == [str(each.id) for each in reversed(receiver.calls)]


def test_a_journal_that_cannot_be_read_for_a_while_is_said_meanwhile(
    receiver, browser, monkeypatch
):
    def fails(_journal):
        raise JournalFailure("the disk is full")

    page = browser.new_page()  # its console tells of answers 503
    go(page, receiver)
    state = page.get_by_role("status")
    expect(state).to_have_text("live")
    with monkeypatch.context() as patched:
        patched.setattr(MemoryJournal, "dropped", property(fails))
        expect(state).to_have_text("the disk is full", timeout=20_000)
    expect(state).to_have_text("live", timeout=20_000)
    page.close()


def test_a_mock_that_was_started_again_shows_its_own_calls(browser, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps({"openapi": "3.1.0", "webhooks": {"a": {"post": {}}}}))
    # Its console says that the connection is refused meanwhile.
    page = browser.new_page()
    with Receiver(path) as first:
        port = int(home(first).rpartition(":")[2])
        go(page, first)
        for _ in range(3):
            httpx2.post(f"{home(first)}/webhooks/a")
        expect(page.locator("#list .row")).to_have_count(3)
    expect(page.get_by_role("status")).to_contain_text("connection lost")
    with Receiver(path, port=port) as second:
        httpx2.post(f"{home(second)}/webhooks/a")
        expect(page.locator("#list .row > :first-child")).to_have_text(["1"])
        expect(page.locator("#operations")).to_contain_text("1 received, 1 valid")
        httpx2.post(f"{home(second)}/webhooks/a")
        expect(page.locator("#list .row > :first-child")).to_have_text(["2", "1"])
    page.close()


def test_files_of_the_page_are_kept_by_the_browser(receiver, browser):
    with opened(browser) as page:
        go(page, receiver)
        go(page, receiver)
        kept = page.evaluate(
            "performance.getEntriesByType('resource').filter((each) => "
            "/[.](js|css)$/.test(each.name)).map((each) => each.transferSize)"
        )
        assert set(kept) == {0}
        assert len(kept) == 7


def test_rows_are_made_and_fetched_for_what_is_in_sight_only(receiver, open_page):
    with httpx2.Client() as client:
        for _ in range(1_000):
            client.post(receiver.url + TARGET, json=EVENT)
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    expect(page.locator("#list .row").first).to_contain_text(str(receiver.calls[-1].id))
    assert page.locator("#list .row").count() < 60
    page.evaluate("document.getElementById('list').scrollTop = 16000")
    middle = str(receiver.calls[500].id)
    expect(page.locator(f"#call-{middle}")).to_contain_text("invoice_notification")
    assert page.locator("#list .row").count() < 60
    assert len([url for url in asked if "summaries" in url]) <= 6


@pytest.mark.parametrize("view", ["calls", "call", "deliveries", "coverage"])
def test_pictures_of_the_documentation_are_of_this_page(
    receiver, open_page, view, tmp_path
):
    """Run with CBMOCK_PICTURES=docs/pictures to make them anew."""
    receiver.respond("invoice_notification", status=503, times=2).then(status=200)
    send(receiver, EVENT, EVENT, EVENT, {**EVENT, "paid": "no"})
    place = f"call/{receiver.calls[-1].id}" if view == "call" else view
    page = open_page(place)
    page.set_viewport_size({"width": 1200, "height": 700})
    expect(page.locator(".chips .seen")).to_have_text("200")
    if view == "call":
        expect(page.get_by_label("Delivery")).to_be_visible()
    live = "live" if view == "calls" else re.compile(r"as of \d")
    expect(page.get_by_role("status")).to_have_text(live)
    if view == "calls":
        expect(page.locator("#list .row")).to_have_count(4)
    folder = Path(os.environ.get("CBMOCK_PICTURES", tmp_path))
    picture = page.screenshot(path=folder / f"page-{view}.png")
    kept = PICTURES / f"page-{view}.png"
    assert [size(picture), kept.name] == [size(kept.read_bytes()), f"page-{view}.png"]
    assert f"pictures/{kept.name}" in (PICTURES.parent / "page.md").read_text("utf-8")


def size(png):
    """Width and height, as the image's header says them (PNG §11.2.2)."""
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])
