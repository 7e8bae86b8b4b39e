"""The live page in a browser: how soon it is there, and whether it keeps up.

It uses Chromium and a running server. It must not know how the page is made.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import deliveries
from benchmarks.load import load
from benchmarks.servers import CBMOCK, COMMANDS, Server, cores, needed, post, running
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

_CALLS = 10_000
_READY = 0.3
_SPACING = 1 / 500
_WATCHED = 3.0
_FRAMES = 60
_SHOWN = """() => document.querySelectorAll('#list .row .good').length > 9
    && document.querySelectorAll('#operations > li').length > 0 && performance.now()"""
_COUNTED = """(watched) => new Promise((resolve) => {
    let count = 0;
    const began = performance.now();
    const frame = (now) => {
        count += 1;
        if (now - began < watched) requestAnimationFrame(frame);
        else resolve(count * 1000 / (now - began));
    };
    requestAnimationFrame(frame);
})"""


def page(setting: Setting) -> Found:
    """Open the page of a server that has many calls, and watch it while more arrive."""
    result = Found()
    delivery = deliveries.small()
    with running(COMMANDS[CBMOCK], setting.folder, delivery) as server:
        try:
            with _browser() as browser:
                for _ in range(_CALLS):
                    post(server.port, delivery)
                result.notes["page-ready"] = f"{_CALLS:,} calls"
                if "page-ready" in setting.wanted:
                    result.take("page-ready", lambda: _ready(browser, server, setting))
                if "page-frames" in setting.wanted:
                    result.take(
                        "page-frames", lambda: _frames(browser, server, setting)
                    )
                if "page-open" in setting.wanted:
                    result.take("page-open", lambda: _open(browser, server, setting))
        except NotMeasured as reason:
            result.why.update(dict.fromkeys(setting.wanted, str(reason)))
    return result


@contextmanager
def _browser() -> Iterator[Any]:
    chromium = needed("chromium", "apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - for these rows only
    except ImportError:
        raise NotMeasured("playwright is missing: pip install playwright") from None
    _, core = cores()
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(core)})  # the browser inherits it: the server is alone
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        try:
            os.sched_setaffinity(0, everywhere)
            yield browser
        finally:
            browser.close()


def _url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/_cbmock/"


def _ready(browser: Any, server: Server, setting: Setting) -> Ratios:
    """Return the time until calls and operations are in sight, by how long it may take."""
    ratios = []
    with browser.new_page() as tab:
        tab.goto(_url(server))  # the browser and the server are warm after it
        for _ in range(setting.rounds.count):
            tab.goto("about:blank")
            tab.goto(_url(server), wait_until="commit")
            found = tab.wait_for_function(_SHOWN, polling="raf").json_value()
            ratios.append(found / 1000 / _READY)
            progress(f"page: ready after {found:.0f} ms")
    return tuple(ratios)


def _frames(browser: Any, server: Server, setting: Setting) -> Ratios:
    """Return the frames a second while 500 calls a second arrive, by those of a screen."""
    ratios = []
    with browser.new_page() as tab, _arriving(server):
        tab.goto(_url(server))
        tab.wait_for_function(_SHOWN, polling="raf")
        for _ in range(setting.rounds.count):
            found = tab.evaluate(_COUNTED, _WATCHED * 1000)
            ratios.append(found / _FRAMES)
            progress(f"page: {found:.1f} frames a second")
    return tuple(ratios)


def _open(browser: Any, server: Server, setting: Setting) -> Ratios:
    """Return the throughput while the page is open, by that while it is not."""
    ratios = []
    with browser.new_page() as tab:
        for number in range(setting.rounds.count):
            rates = {}
            for is_open in (False, True)[:: -1 if number % 2 else 1]:
                tab.goto(_url(server) if is_open else "about:blank")
                if is_open:
                    tab.wait_for_function(_SHOWN, polling="raf")
                rates[is_open] = load(server, deliveries.small(), 2).rate
            ratios.append(rates[True] / rates[False])
            progress(f"page: open {rates[True]:,.0f}/s, not {rates[False]:,.0f}/s")
    return tuple(ratios)


@contextmanager
def _arriving(server: Server) -> Iterator[None]:
    """Send 500 calls a second."""
    ended = threading.Event()

    def send() -> None:
        due = time.monotonic()
        while not ended.wait(max(due - time.monotonic(), 0)):
            post(server.port, deliveries.small())
            due += _SPACING

    sending = threading.Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        ended.set()
        sending.join()
