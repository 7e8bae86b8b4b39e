"""The lines of `cbmock serve` about triggers: the callbacks due, and the missing ones.

It must not know how triggers are observed, or how they are matched with calls.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cbmock import clocks
from cbmock.reports.text import clock, printable, violations
from cbmock.server.app import App

if TYPE_CHECKING:
    from cbmock.triggers.correlation import Correlation
    from cbmock.triggers.log import Trigger


class TriggerLines:
    """Prints each trigger with the callbacks that are due, and later the missing ones."""

    def __init__(self, app: App, say: Callable[[str], None]) -> None:
        """Listen to the triggers of one application."""
        self._app = app
        self._say = say
        self._written: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self.broken = 0
        app.on_trigger = self

    def __call__(self, trigger: Trigger) -> None:
        """Print a trigger, and check its callbacks once their time is over."""
        self._say(_line(trigger))
        if trigger.due:
            self._look_after(trigger.policy.settle)

    def _look_after(self, pause: float) -> None:
        # In a thread, because searching a long journal takes long.
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # another process observed it
            timer = threading.Timer(pause, self.look)
            timer.daemon = True
            timer.start()
        else:
            loop.call_later(pause, loop.run_in_executor, None, self.look)

    def look(self) -> None:
        """Print what is missing or unexpected now, unless it is printed already."""
        if not self._app.has_triggers:
            return
        log = self._app.triggers
        if not log.seen() and log.watched_since(None) is None:
            return
        from cbmock.triggers.correlation import correlate_log  # noqa: PLC0415 - 50 ms, few need it

        with self._lock:
            found, now = correlate_log(log, self._app.journal), clocks.wall()
            self._missing(found, now)
            self._strays(found, now)

    def _missing(self, found: Correlation, now: float) -> None:
        for each in found.missing:
            settled = each.trigger.settled_at <= now
            if settled and self._is_new("missing", each.trigger.id):
                self.broken += each.severity == "error"
                from cbmock.reports.failures import missing_callback  # noqa: PLC0415 - (the same)

                text = missing_callback(each)
                self._say(_printable(f"{clock(now)}  missing    {text}"))

    def _strays(self, found: Correlation, now: float) -> None:
        if any(each.trigger.under_way for each in found.expected):
            return  # its response may explain them
        for call, found_violations in found.violations.items():
            if self._is_new("stray", call):
                self.broken += 1
                text = "\n    ".join(violations(found_violations))
                self._say(f"{clock(now)}  unexpected call {call}\n    {text}")

    def _is_new(self, kind: str, id: int) -> bool:
        new = (kind, id) not in self._written
        self._written.add((kind, id))
        return new


def _line(seen: Trigger) -> str:
    trigger = seen.shown
    request, response = trigger.exchange.request, trigger.exchange.response
    status = "-" if response is None else response.status
    head = f"{request.method} {printable(request.target[:500])}"
    lines = [f"{clock(trigger.seen_at)}  trigger    {head}  {status}"]
    for each in trigger.due:
        urls = " or ".join(map(printable, _distinct(each.urls))) or "no URL"
        operation = each.operation
        lines.append(f"    due: {operation.name} at {urls}  [{operation.expression}]")
        lines += [f"    {text}" for text in violations(each.violations)]
    return "\n".join(map(printable, lines))


def _distinct(urls: Iterable[str]) -> Iterable[str]:
    """Leave out URLs that differ only in spelling: escapes, or the slash after a host."""
    found: dict[str, str] = {}
    for url in urls:
        found.setdefault(re.sub(r"(?<!:)//", "/", unquote(url)), url)
    return found.values()


def _printable(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
