import html
import re
import shutil
import subprocess

import pytest
from cbmock import sources
from cbmock.deliveries import judging
from cbmock.deliveries.settings import settings
from cbmock.http.messages import Request
from cbmock.mock.mock import Mock
from cbmock.reports import coverage_counter
from cbmock.reports.document_record import document_record
from cbmock.reports.html.page import page
from hypothesis import given
from hypothesis import strategies as st

from tests.support.invoices import DOCUMENT, EVENT, event

ONCE = settings(conduct={"max-attempts": 1})
MOCK = Mock(sources.describe(DOCUMENT))
DOCUMENTED = document_record(MOCK)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = "</pre></title><script>document.body.dataset.broken = 1</script><img src=x>"


def report(*requests, test="test_it", outcome="passed", failure=None):
    calls = [MOCK.receive(each, id=at, now=0) for at, each in enumerate(requests, 1)]
    return {
        "tests": [
            {
                "test": test,
                "outcome": outcome,
                "failure": failure,
                "calls": [call.record() for call in calls],
                "deliveries": [
                    each.record(found)
                    for each, found in judging.reported(calls, ONCE, now=0)
                ],
                "triggers": [],
                "rules": {},
            }
        ],
        "coverage": coverage_counter.measure(calls, MOCK).record(),
        "documents": [DOCUMENTED],
    }


def hostile():
    return report(
        event(body={**EVENT, "description": HOSTILE, "paid": HOSTILE}),
        event("/" + HOSTILE),
        event(method=HOSTILE),
        Request("POST", "/webhooks", body=b"\xff" + HOSTILE.encode()),
        test=HOSTILE,
        outcome="failed",
        failure=HOSTILE,
    )


def text(markup):
    return html.unescape(re.sub(r"<[^>]*>", " ", markup.partition("<body>")[2]))


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        ("whole", "answered 200,"),
        ("part", "200 in part,"),
        ("nothing", "answered nothing,"),
    ],
)
def test_fault_4_8_the_page_says_what_left_as_the_answer(left, shown):
    found = report(event())
    found["tests"][0]["calls"][0]["response"]["sent"] = left
    assert shown in text(page(found))


def test_the_page_shows_deliveries_of_several_attempts_with_their_conduct():
    found = text(page(report(event(), event(body={**EVENT, "n": 1}), event())))
    found = " ".join(found.split())
    assert "delivered call 1 first, answered 200 call 3 +0.000 s, answered 200" in found
    assert "2 attempts came; at most 1 are allowed" in found
    assert found.count("Delivery") == 3  # once as a timeline, and beside both attempts


def test_the_page_tells_of_tests_calls_violations_and_coverage():
    found = text(page(report(event(), event(body={**EVENT, "paid": "no"}))))
    for told in (
        "1 test,  0 failed ; 2 calls,  1 not valid",
        "ok  invoice_notification",
        "violation  invoice_notification",
        "body #/paid",
        "'no' is not a boolean",
        "openapi.json#/components/schemas/Event/properties/paid",
        '"paid":  "no"    error  \'no\' is not a boolean',
        "openapi.json#/webhooks/new-subscription/post",
        "2 of 4 items, 50.0 %",
        "✓ invoice_notification POST",
        "✗ new-subscription POST",
    ):
        assert told in found


def test_a_page_without_coverage_has_none():
    assert "Coverage" not in page({"tests": [], "coverage": None, "documents": []})


def test_nothing_is_fetched_and_no_script_runs():
    found = page(hostile())
    assert set(re.findall(r"<(\w+)", found)) <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "span"),
        *("details", "summary", "code", "pre", "table", "tr", "th", "td", "br"),
        *("h3", "nav", "a", "label", "input", "mark", "div", "main", "b", "ul", "ol"),
        *("li", "dl", "dt", "dd"),
    }
    assert not re.search(r"<[^>]*\s(src|on\w+)\s*=", found)
    # Links lead to places of the page, or give the bytes that came to be saved.
    links = re.findall(r"<a [^>]*>", found)
    saved = re.compile(
        r'<a download="call-\d+\.bin" href="data:application/octet-stream;'
    )
    assert [
        each for each in links if 'href="#' not in each and not saved.match(each)
    ] == []


@given(st.text())
def test_whatever_is_sent_is_text(sent):
    known = re.findall(
        r"<[^>]*>", page(report(test="x", outcome="failed", failure="x"))
    )
    found = page(report(test=sent, outcome="failed", failure=sent))
    if sent:
        assert re.findall(r"<[^>]*>", found) == known
    found.encode("utf-8")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.process
def test_a_browser_shows_the_page_as_it_was_meant(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page(hostile()), "utf-8")
    shown = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            path.as_uri(),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    assert "data-broken" not in shown
    assert shown.count("<img") == 0
    assert shown.count("<details") == 5 + 4  # and a line for a shell beside each call
    assert "4 not valid" in shown


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.process
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_can_be_read_by_all_and_on_a_telephone(browser, tmp_path, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    path = tmp_path / "report.html"
    path.write_text(page(hostile()), "utf-8")
    context = browser.new_context(color_scheme=theme, bypass_csp=True)
    tab = context.new_page()
    tab.goto(path.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach((e) => (e.open = true))")
    found = axe.run(tab).response["violations"]
    assert [(each["id"], each["nodes"]) for each in found] == []
    for width in (1280, 360):
        tab.set_viewport_size({"width": width, "height": 700})
        assert tab.evaluate("document.documentElement.scrollWidth") == width
    context.close()
