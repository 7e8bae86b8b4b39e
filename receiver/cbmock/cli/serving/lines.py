"""What `cbmock serve` prints: a greeting, a line for each call, and a summary.

It must not know how lines are printed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence

import click

from cbmock.cli.list_ import NOTHING_TO_RECEIVE, operations_table
from cbmock.description.operations import Operation
from cbmock.mock.call import Call, dumps
from cbmock.mock.mock import Mock
from cbmock.reports import text
from cbmock.reports.operation_list import listing
from cbmock.reports.text import numbered
from cbmock.violations import Violation, errors


def greeting(mock: Mock, url: str, listens_at: str) -> str:
    """Return what is served, and the URL to hand out for each operation."""
    found = listing(mock, url)
    lines = [
        f"cbmock plays the receiver of {text.printable(found['document'])} at {url}",
        "",
    ]
    if listens_at != url:
        lines.insert(1, f"It listens at {listens_at}.")
    if found["operations"]:
        lines += [f"  {line}" for line in operations_table(found["operations"])]
    else:
        lines += [f"  {line}" for line in NOTHING_TO_RECEIVE.splitlines()]
    hint = ""
    if any(each.operation.key is not None for each in mock.mounts):
        hint = f"Any callback is recognised below {url} too. "
    lines += ["", f"{hint}Ctrl-C ends.", ""]
    return "\n".join(lines)


def listening(mock: Mock, url: str, *, is_shared: bool) -> str:
    """Return the first line of `--format json`: the mock's URL, and what it serves.

    In a shared journal the ids continue from those of other mocks, so the first id is
    named.
    """
    record = {
        "event": "listening",
        "url": url,
        "control": f"{url}/_cbmock/api",
        "page": f"{url}/_cbmock/",
        "pid": os.getpid(),
        "operations": listing(mock, url)["operations"],
        **({"journal": "database"} if is_shared else {}),
    }
    return json.dumps(record)


def dropped(format_: str) -> Callable[[int], str]:
    """Return a function that writes how many lines were dropped."""
    if format_ == "json":
        return lambda count: json.dumps({"event": "dropped", "calls": count})
    return lambda count: (
        f"… {count} lines were dropped: standard output is read too slowly"
    )


def ended(calls: int) -> str:
    """Return the last line of `--format json`; without it, the lines are incomplete."""
    return json.dumps({"event": "ended", "calls": calls})


def conduct(call: Call, found: Sequence[Violation], *, is_json: bool) -> str:
    """Write the violations of the configured conduct of a call."""
    if is_json:
        wrong = [each.record() for each in found]
        return dumps({"event": "conduct", "call": call.id, "violations": wrong})
    name = "-" if call.operation is None else text.printable(call.operation.name)
    first = f"{text.clock(call.received_at)}  conduct    call {call.id}, {name}"
    return "\n".join((first, *(f"    {each}" for each in text.violations(found))))


def line_of(format_: str) -> Callable[[Call], str]:
    """Return a function that writes a call as one line, with colours if wanted."""
    if format_ == "json":
        return lambda call: dumps(call.record())
    chosen = click.get_current_context().color
    if not (sys.stdout.isatty() if chosen is None else chosen):
        return text.line
    colours = {"ok": "green", "violation": "red", "no match": "yellow"}

    def line(call: Call) -> str:
        word = text.verdict(call)
        return text.line(call).replace(
            word, click.style(word, fg=colours.get(word, "blue")), 1
        )

    return line


class Tally:
    """Counts calls for the summary."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._called: set[str] = set()
        self._latest: Operation | None = None
        self.calls = 0
        self.broken = 0
        self.warned = 0

    def __call__(self, call: Call) -> None:
        """Count one call."""
        self.calls += 1
        if not call.valid:
            self.broken += 1
        elif call.violations and any(
            each.severity == "warning" for each in call.violations
        ):
            self.warned += 1
        if call.operation is not self._latest:
            called = call.identities[:1]  # none for a handshake
            self._called.update(called)
            self._latest = call.operation if called else None

    def counts(self) -> tuple[int, int, int]:
        """Return the number of calls, of valid calls, and of operations called."""
        return self.calls, self.calls - self.broken, len(self._called)

    def misconducted(self, call: Call, found: Sequence[Violation]) -> None:
        """Count a violation of the configured conduct, of a call that was counted before."""
        warned = any(each.severity == "warning" for each in call.violations)
        if call.valid and errors(found):
            self.broken += 1
            self.warned -= warned
        elif call.valid and not warned:
            self.warned += 1

    def summary(self, mock: Mock, missing: int = 0) -> str:
        """Write a summary; `missing` is the number of missing or misdirected callbacks."""
        lines = [f"{numbered(self.calls)}, {self.broken} with violations."]
        if missing:
            lines.append(f"Missing or misdirected callbacks: {missing}.")
        served = (each.operation for each in mock.mounts)
        uncalled = [each for each in served if each.identity not in self._called]
        if uncalled:
            names = sorted(map(mock.names.shortest, uncalled))
            lines.append(text.printable("Never called: " + ", ".join(names)))
        return "\n".join(lines)
