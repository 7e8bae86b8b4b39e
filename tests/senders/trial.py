"""One trial: a sender sends an event for each phase, and the mock records what comes."""

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

from tests.senders.about import PHASES, About
from tests.senders.installed import command, versions
from tests.senders.processes import Mock, Sender, sending, serving

LIMIT = 240
"""Seconds after which a phase is cut, whatever still comes."""
SETTLED = 2.0
"""Seconds without another call that end a phase once its event is delivered."""
FIRST = 30.0
"""Seconds until a phase ends to which no call came at all."""
LOOK = 0.1
MARK = "one line for each call"


def tried(about: About, home: Path) -> dict[str, Any]:
    """Return what a sender does in each phase, as `seen.json` holds it."""
    phases = {}
    with serving(about.document, about.settings) as mock:
        url = f"{mock.url}/{about.url}"
        with sending(command(home), home, url) as sender:
            asked = [each for each in mock.calls() if each["outcome"] == "handshake"]
            for name in PHASES:
                print(f"    {name}", end="", flush=True)
                phases[name] = _phase(about, mock, sender, name, url)
                calls = phases[name]["calls"]
                print(f": {len(calls)} calls", flush=True)
    if not phases["success"]["calls"]:
        raise ValueError(f"nothing came; look at {home / 'log'}")
    return {
        "version": versions(about, home),
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        "handshakes": asked,
        "phases": phases,
    }


def _phase(
    about: About, mock: Mock, sender: Sender, name: str, url: str
) -> dict[str, Any]:
    mock.forget()
    script = [dict(each) for each in PHASES[name]]
    for step in script:
        if step.get("status") in (302, 307):
            step["headers"] = {"Location": url}
    if script:
        mock.ask("PUT", f"responses/{about.operation}", {"replies": script})
    began = time.monotonic()
    sender.send(name)
    calls, cut = _settled(about, mock, sender, name, began)
    sender.await_("sent", LIMIT)
    took = round(sender.said_at - began, 2)
    return {"waited": about.waited(name), "cut": cut, "took": took, "calls": calls}


def _settled(
    about: About, mock: Mock, sender: Sender, name: str, began: float
) -> tuple[list[dict[str, Any]], bool]:
    """Return the calls once no other comes, and whether the limit was reached."""
    calls: list[dict[str, Any]] = []
    changed = time.monotonic()
    while time.monotonic() - began < LIMIT:
        time.sleep(LOOK)
        now = mock.calls()
        if len(now) != len(calls) or sender.busy:
            calls, changed = now, time.monotonic()
        needed = about.waited(name) if calls else FIRST
        if calls and _delivered(calls[-1]):
            needed = min(SETTLED, needed)
        if time.monotonic() - changed > needed:
            return now, False
    return calls, True


def _delivered(call: dict[str, Any]) -> bool:
    response = call["response"]
    return bool(200 <= response["status"] < 300 and response["sent"] == "whole")


def write(about: About, seen: dict[str, Any]) -> None:
    """Keep what was seen: a line for each call."""
    lists = [seen["handshakes"], *(each["calls"] for each in seen["phases"].values())]
    shallow = {name: {**each, "calls": MARK} for name, each in seen["phases"].items()}
    text = json.dumps({**seen, "handshakes": MARK, "phases": shallow}, indent=1)
    for calls in lists:
        lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in calls)
        text = text.replace(f'"{MARK}"', f"[\n{lines}]", 1)
    about.seen.write_text(text + "\n", "utf-8")
