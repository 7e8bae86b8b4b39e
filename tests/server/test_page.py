"""The live page, in Chromium."""

import os
import re
import shutil
import struct
from pathlib import Path

import httpx2
import pytest
from cbmock import Receiver

from tests.support.invoices import EVENT

# Not everything that the tests are run with has them: see tests/requirements.txt.
Axe = pytest.importorskip("axe_core_python.sync_playwright").Axe
playwright = pytest.importorskip("playwright.sync_api")
expect, sync_playwright = playwright.expect, playwright.sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.process,
]
DOCUMENT = Path(__file__).parents[2] / "samples" / "invoices" / "openapi.json"
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TARGET = "/invoices/2expen51ve"
HOSTILE = "</pre><script>document.title = 'broken'</script><img src=x onerror=alert(1)>"
VIEWS = ["calls", "call/1", "coverage", "deliveries", "document", "verify"]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def receiver():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()
        yield running


@pytest.fixture(autouse=True)
def nothing_before(receiver):
    httpx2.delete(f"{home(receiver)}/_cbmock/api/calls")
    httpx2.delete(f"{home(receiver)}/_cbmock/api/responses")


@pytest.fixture
def page(browser):
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text))
    yield page
    page.close()
    assert wrong == []


@pytest.fixture
def open_page(page, receiver):
    def opened(place=""):
        page.goto(f"{home(receiver)}/_cbmock/#{place}")
        expect(page.locator("#operations > li")).to_have_count(1)
        return page

    return opened


def home(receiver):
    return receiver.url.partition("/t/")[0]


def send(receiver, *bodies):
    for body in bodies:
        httpx2.post(receiver.url + TARGET, json=body)


def test_calls_stream_in_the_newest_first(receiver, open_page):
    page = open_page()
    expect(page.locator("#list")).to_contain_text("no calls")
    send(receiver, EVENT, {**EVENT, "paid": "no"})
    expect(page.locator(".row")).to_have_count(2)
    first = page.locator(".row").first
    expect(first).to_contain_text("violation")
    expect(first).to_contain_text("invoice_notification")
    expect(page.locator("#operations")).to_contain_text("2 received, 1 valid")
    expect(page.get_by_role("status")).to_have_text("live")


def test_many_calls_at_once_are_listed_and_counted(receiver, open_page):
    page = open_page()
    expect(page.get_by_role("status")).to_have_text("live")
    send(receiver, EVENT)
    expect(page.locator(".row")).to_have_count(1)
    receiver._view.backend.app.take([receiver.calls[0].request] * 1500)
    expect(page.locator("#operations")).to_contain_text("1501 received, 1501 valid")
    newest = page.locator(".row").first
    expect(newest).to_contain_text(str(receiver.calls[-1].id))
    expect(newest).to_contain_text("invoice_notification")


def test_a_violation_is_marked_in_the_body_at_its_place(receiver, open_page):
    send(receiver, {**EVENT, "paid": "no"})
    page = open_page("call/" + str(receiver.calls[-1].id))
    mark = page.locator("mark[data-pointer='#/paid']")
    expect(mark).to_have_text('"no"')
    expect(page.locator("mark + .sentence")).to_have_text(
        "error: body #/paid: 'no' is not a boolean"
    )
    page.get_by_text("the rule, openapi.json").click()
    expect(page.locator(".source .here")).to_contain_text('"paid"')


def test_the_keys_go_through_calls_and_open_them(receiver, open_page):
    send(receiver, EVENT, EVENT, EVENT)
    page = open_page()
    expect(page.locator(".row")).to_have_count(3)
    for key in ("j", "j", "j", "k", "Enter"):
        page.keyboard.press(key)
    second = receiver.calls[-2].id
    expect(page.locator("#call-title")).to_contain_text(f"Call {second}")
    page.keyboard.press("Escape")
    expect(page.locator("#list")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next, previous call")


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
    expect(page.locator(".row")).to_have_count(1)


def test_a_script_and_its_end_are_a_click_each(receiver, open_page):
    page = open_page()
    page.get_by_text("Script, fire").click()
    page.get_by_role("button", name="503 twice, then 200").click()
    expect(page.get_by_role("status")).to_contain_text("503 twice")
    send(receiver, EVENT)
    assert receiver.calls[-1].response.status == 503
    page.get_by_role("button", name="as documented").click()
    expect(page.get_by_role("status")).to_contain_text("as documented")
    send(receiver, EVENT)
    assert receiver.calls[-1].response.status == 200


def test_all_calls_are_deleted_by_a_click(receiver, open_page):
    send(receiver, EVENT)
    page = open_page()
    page.get_by_role("button", name="Delete all").click()
    expect(page.locator("#list")).to_contain_text("no calls")
    assert len(receiver.calls) == 0


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
        ("document", "Findings: 1"),
        ("verify", "The contract was broken"),
    ],
)
def test_overviews_say_what_all_calls_show(receiver, open_page, place, text):
    send(receiver, EVENT, {**EVENT, "paid": "no"})
    expect(open_page(place).locator("main")).to_contain_text(text)


@pytest.mark.parametrize("place", VIEWS)
def test_nothing_that_arrives_becomes_markup(receiver, open_page, place):
    for content_type in ("application/json", "text/html", "application/xml"):
        httpx2.post(
            receiver.url + TARGET + "?" + HOSTILE,
            content=f'{{"description": "{HOSTILE}", "paid": "{HOSTILE}"}}',
            headers={"content-type": content_type, "x-hostile": HOSTILE},
        )
    place = place.replace("1", str(receiver.calls[0].id))
    page = open_page(place)
    expect(page.locator("main h2")).to_be_visible()
    assert page.title() == "cbmock"
    assert page.locator("main script, main img, main style").count() == 0


def test_every_view_is_free_of_what_axe_finds(receiver, open_page):
    send(receiver, EVENT, {**EVENT, "paid": "no"})
    for place in VIEWS:
        page = open_page(place.replace("1", str(receiver.calls[0].id)))
        expect(page.locator("main h2")).to_be_visible()
        found = Axe().run(page)["violations"]
        assert [(each["id"], place) for each in found] == []


def test_it_fits_a_telephone(receiver, open_page):
    send(receiver, EVENT)
    page = open_page()
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_rows_are_made_and_fetched_for_what_is_in_sight_only(receiver, open_page):
    with httpx2.Client() as client:
        for _ in range(1_000):
            client.post(receiver.url + TARGET, json=EVENT)
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    expect(page.locator(".row").first).to_contain_text(str(receiver.calls[-1].id))
    assert page.locator(".row").count() < 60
    page.evaluate("document.getElementById('list').scrollTop = 16000")
    middle = str(receiver.calls[500].id)
    expect(page.locator(f"#call-{middle}")).to_contain_text("invoice_notification")
    assert page.locator(".row").count() < 60
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
    live = "live" if view == "calls" else re.compile(r"as of \d")
    expect(page.get_by_role("status")).to_have_text(live)
    if view == "calls":
        expect(page.locator(".row")).to_have_count(4)
    folder = Path(os.environ.get("CBMOCK_PICTURES", tmp_path))
    picture = page.screenshot(path=folder / f"page-{view}.png")
    kept = PICTURES / f"page-{view}.png"
    assert [size(picture), kept.name] == [size(kept.read_bytes()), f"page-{view}.png"]
    assert f"pictures/{kept.name}" in (PICTURES.parent / "page.md").read_text("utf-8")


def size(png):
    """Width and height, as the image's header says them (PNG §11.2.2)."""
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])
