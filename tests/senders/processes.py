"""The two processes of a trial: `cbmock serve`, and the program that makes a sender send."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Said = tuple[str | None, float]
"""A line, and the moment when it came."""
START = 600
"""Seconds within which a sender has to be ready: some set up a database first."""
END = 20


class Mock:
    """A mock in a process of its own, by its control API."""

    def __init__(self, listening: dict[str, Any]) -> None:
        """Take what `serve --format json` says first."""
        self.url: str = listening["url"]
        self._control: str = listening["control"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer of the control API."""
        request = urllib.request.Request(
            f"{self._control}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or b"null")

    def calls(self) -> list[dict[str, Any]]:
        """Return all calls since the last `forget`."""
        found: list[dict[str, Any]] = self.ask("GET", "calls")["calls"]
        return found

    def forget(self) -> None:
        """Forget calls and scripts."""
        self.ask("DELETE", "calls")
        self.ask("DELETE", "responses")


@contextlib.contextmanager
def serving(document: Path, settings: Path) -> Iterator[Mock]:
    """Run `cbmock serve` on a free port."""
    # Secrets are those of the trial; without them nothing could be judged again.
    output = ("--format", "json", "--show-secrets")
    options = ("--config", str(settings), "--port", "0", *output)
    process = subprocess.Popen(
        [sys.executable, "-m", "cbmock", "serve", str(document), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = _lines(process)
        first, _ = lines.get(timeout=START)
        yield Mock(json.loads(first or "null"))
    finally:
        _end(process, signal.SIGTERM)


class Sender:
    """A program that makes a sender send an event for each line that it is given."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Take a program that has just been started."""
        self._process = process
        self._said = _lines(process)
        self.said_at = 0.0

    def send(self, event: str) -> None:
        """Have it send an event; return at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{event}\n")
        self._process.stdin.flush()

    def await_(self, word: str, seconds: float) -> None:
        """Wait until the program says a word on a line of its own."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                left = max(0.0, deadline - time.monotonic())
                said, self.said_at = self._said.get(timeout=left)
            except queue.Empty:
                raise ValueError(f"no {word!r} within {seconds:g} s") from None
            if said == word:
                return
            if said is None:
                raise ValueError(f"it ended before it said {word!r}")

    @property
    def busy(self) -> bool:
        """Return whether it has not yet said that the event is sent."""
        return self._said.empty()


@contextlib.contextmanager
def sending(words: list[str], home: Path, url: str) -> Iterator[Sender]:
    """Run a program in the sender's folder; what it writes as errors is in `log`."""
    apart = {
        "PATH": f"{home}/node_modules/.bin:{os.environ['PATH']}",
        "PYTHONPATH": "",
        "PYTHONUNBUFFERED": "1",
        # Synapse tells every receiver the branch of the folder that it is installed in.
        "GIT_CEILING_DIRECTORIES": str(home.parent),
    }
    with (home / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*words, url],
            cwd=home,
            env={**os.environ, **apart},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            sender = Sender(process)
            sender.await_("ready", START)
            yield sender
        finally:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _lines(process: "subprocess.Popen[str]") -> "queue.Queue[Said]":
    """Return the lines of a process as they come; None at the end."""
    found: queue.Queue[Said] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            found.put((line.strip(), time.monotonic()))
        found.put((None, time.monotonic()))

    threading.Thread(target=read, daemon=True).start()
    return found


def _end(process: "subprocess.Popen[str]", sign: signal.Signals) -> None:
    process.send_signal(sign)
    try:
        process.wait(END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
