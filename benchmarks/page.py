"""The live page in a browser: how soon it is there, and whether it keeps up.

It uses Chromium and a running server. It must not know how the page is made.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    && document.querySelectorAll('#operations > li').length > 0"""
_SENTENCE = "() => document.querySelector('p') !== null"
# The browser looks itself, at each frame: a question from here arrives later.
_TIMED = """(() => {
    const shown = {is_shown};
    const look = () => {
        if (shown()) window.shownAfter = performance.now();
        else requestAnimationFrame(look);
    };
    addEventListener("DOMContentLoaded", look);
})()"""
_SCHEDULED = 2  # CPUCLOCK_SCHED: the time of all threads
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
    wanted = setting.wanted
    with running(COMMANDS[CBMOCK], setting.folder, delivery) as server:
        try:
            with _browser() as browser:
                post(server.port, delivery, times=_CALLS)
                result.notes["page-ready"] = f"{_CALLS:,} calls"
                if wanted & {"page-ready", "page-limit"}:
                    _ready(browser, server, setting, result)
                if "page-frames" in wanted:
                    result.take(
                        "page-frames", lambda: _frames(browser, server, setting)
                    )
            if wanted & {"page-open", "page-beside"}:
                with _browser(needed("nice", "apt-get install coreutils")) as browser:
                    _open(browser, server, setting, result)
        except NotMeasured as reason:
            result.why.update(dict.fromkeys(wanted - result.ratios.keys(), str(reason)))
    return result


@contextmanager
def _browser(nice: str = "") -> Iterator[Any]:
    """Start Chromium on the core of the load; with `nice`, after all that wants to run there."""
    chromium = needed("chromium", "apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - for these rows only
    except ImportError:
        raise NotMeasured("playwright is missing: pip install playwright") from None
    _, core = cores()
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(core)})  # the browser inherits it: the server is alone
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        program = Path(folder) / "chromium"
        program.write_text(
            f'#!/bin/sh\nexec {nice and f"{nice} -n 19"} {chromium} "$@"\n'
        )
        program.chmod(0o700)
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        try:
            os.sched_setaffinity(0, everywhere)
            yield browser
        finally:
            browser.close()


def _url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/_cbmock/"


def _ready(browser: Any, server: Server, setting: Setting, result: Found) -> None:
    """Find the time until calls and operations are in sight, by how long it may take.

    Beside it that of a page of one sentence, without scripts: nothing is there sooner.
    """
    sentence = f"{_url(server)}problems/unmatched-request"
    opened = {"page-ready": (_url(server), _SHOWN), "page-limit": (sentence, _SENTENCE)}
    times: dict[str, list[float]] = {name: [] for name in opened}
    for number in range(setting.rounds.count + 1):
        for name, (url, is_shown) in opened.items():
            with browser.new_page() as tab:
                tab.add_init_script(_TIMED.replace("{is_shown}", is_shown))
                tab.goto(url)
                tab.wait_for_function("() => window.shownAfter")
                tab.goto("about:blank")
                tab.goto(url)  # the browser and the server are warm now
                found = tab.wait_for_function("() => window.shownAfter").json_value()
                if number:
                    times[name].append(found / 1000 / _READY)
                    progress(f"{name}: after {found:.0f} ms")
    result.ratios.update({name: tuple(found) for name, found in times.items()})


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


def _open(browser: Any, server: Server, setting: Setting, result: Found) -> None:
    """Compare an open page with none: the server's time for a call, and the throughput.

    The browser shares the core of the load, so it may slow down the load; what the server
    does for the page is in its own time.
    """
    ratios: dict[str, list[float]] = {"page-open": [], "page-beside": []}
    with browser.new_page() as tab:
        for number in range(2 * setting.rounds.count):
            times, rates = {}, {}
            for is_open in (False, True)[:: -1 if number % 2 else 1]:
                tab.goto(_url(server) if is_open else "about:blank")
                if is_open:
                    tab.wait_for_function(_SHOWN, polling="raf")
                before = _seconds(server)
                loaded = load(server, deliveries.small(), setting.rounds.seconds)
                times[is_open] = (_seconds(server) - before) / loaded.requests
                rates[is_open] = loaded.rate
            ratios["page-open"].append(times[False] / times[True])
            ratios["page-beside"].append(rates[True] / rates[False])
            progress(
                f"page: open {times[True] * 1e6:.1f} µs a call, {rates[True]:,.0f}/s; "
                f"not {times[False] * 1e6:.1f} µs, {rates[False]:,.0f}/s"
            )
    result.ratios.update({name: tuple(found) for name, found in ratios.items()})


def _seconds(server: Server) -> float:
    """Return the processor time of a server so far, exactly (clock_getcpuclockid(3)).

    `utime` and `stime` of proc(5) are hundredths of a second, a percent of a load.
    """
    return time.clock_gettime((~server.process.pid << 3) | _SCHEDULED)


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
