"""How `cbmock fire` prints answers: each, or the first of each kind.

It must not know how requests are made or sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import click
import orjson

from cbmock.firing.answer import Answer
from cbmock.firing.shots import Shot
from cbmock.mock.call import dumps
from cbmock.reports.text import printable, violations


class AnswerPrinter:
    """Prints answers as they arrive; knows whether all were as documented."""

    def __init__(self, format_: str, write: Callable[[str], None] = click.echo) -> None:
        self._format = format_
        self._write = write
        self.is_good = True
        self._before = True

    def decide(self, last: Answer) -> None:
        """Let the last of several attempts decide."""
        self.is_good = self._before = self._before and last.valid

    def take(self, shot: Shot, answer: Answer) -> None:
        """Print an answer."""
        self.is_good = self.is_good and answer.valid
        self._write(
            _json_line(shot, answer)
            if self._format == "json"
            else "\n".join(_lines(shot, answer))
        )


class KindsPrinter(AnswerPrinter):
    """Prints the first answer of each kind, and how many there were."""

    def __init__(self) -> None:
        super().__init__("text")
        self._counts: Counter[tuple[int | None, str]] = Counter()

    def take(self, shot: Shot, answer: Answer) -> None:
        """Print an answer that differs from the earlier ones."""
        found = answer.violations
        kind = answer.status, f"{found[0].where}: {found[0].detail}" if found else ""
        self._counts[kind] += 1
        if self._counts[kind] == 1:
            super().take(shot, answer)

    def end(self) -> None:
        """Print the number of each kind."""
        for (status, reason), count in self._counts.most_common():
            line = f"{count} × {status or 'no response'}  {reason}"
            self._write(printable(line.rstrip()))


def _json_line(shot: Shot, answer: Answer) -> str:
    record = answer.record()
    if shot.kind is not None:
        record["invalid"] = {"kind": shot.kind, "place": shot.place}
    try:
        written = orjson.dumps(record, default=str)
    except TypeError:  # an integer with more than 64 bits
        return dumps(record)
    # Characters beyond ASCII may control the terminal.
    return written.decode() if written.isascii() else dumps(record)


def _lines(shot: Shot, answer: Answer) -> Iterator[str]:
    verdict = click.style("ok", fg="green")
    if not answer.valid:
        verdict = click.style("broken", fg="red")
    way = f"  {shot.kind} ({shot.place})" if shot.kind else ""
    sent = f"{shot.request.method} {answer.shown_url}  {shot.operation.name}{way}"
    status = answer.status or "no response"
    yield f"{verdict}  {printable(sent)}  {status}  {answer.duration * 1000:.0f} ms"
    for line in violations(answer.violations):
        yield f"    {line}"
    if shot.request.body:
        yield f"    > {_beginning(shot.request.body)}"
    if answer.body:
        yield f"    < {_beginning(answer.body)}"


_SHOWN = 200


def _beginning(body: bytes) -> str:
    text = body[: _SHOWN * 4].decode("utf-8", "replace")
    return printable(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
