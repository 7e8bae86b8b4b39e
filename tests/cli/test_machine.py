"""What the machine does to a mock: it forks, kills, moves the clock, or drops a connection."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

import httpx2
import pytest
import time_machine
from cbmock import Receiver
from cbmock.cli import main
from cbmock.cli.serving import printer
from cbmock.cli.serving.lines import dropped
from cbmock.cli.serving.printer import Printer
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.wire import GOOD, PATH, Server, line, post

FORKS = f"""
import os, sys, time
import cbmock, httpx2

DOCUMENT, TARGET, EVENT = {DOCUMENT!r}, {TARGET!r}, {EVENT!r}

def child(work):
    pid = os.fork()
    if not pid:
        work()
        sys.exit(0)  # through every `with` and every function for the end
    _, status = os.waitpid(pid, 0)
    assert status == 0, status

def own():
    with cbmock.Receiver(DOCUMENT) as mine:
        httpx2.post(mine.url + TARGET, json=EVENT).raise_for_status()
        mine.wait_for("invoice_notification")

with cbmock.Receiver(DOCUMENT) as mock:
    send = lambda: httpx2.post(mock.url + TARGET, json=EVENT).raise_for_status()
    for work in (lambda: None, send, own):
        child(work)
    send()
    assert [call.status for call in mock.calls] == [200, 200]
print("held")
"""


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_that_forks_keeps_its_mock():
    options = ["-W", "ignore::DeprecationWarning"]  # threads and fork, since 3.12
    ended = subprocess.run(
        [sys.executable, *options, "-c", FORKS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.stdout, ended.returncode) == ("held\n", 0), ended.stderr


@pytest.mark.process
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_what_a_killed_mock_wrote_is_not_taken_for_all(serve, tmp_path):
    (tmp_path / "spec.json").write_text(json.dumps(DOCUMENT))
    serving = serve("spec.json", "--format", "json", cwd=tmp_path)
    for _ in range(3):
        assert httpx2.post(serving.url + TARGET, json=EVENT).status_code == 200
    code, written = serving.killed_after('{"id": 3,')
    assert code == -signal.SIGKILL
    lines = [each for each in written.splitlines(keepends=True) if each[0] == "{"]
    (tmp_path / "calls.jsonl").write_text("".join(lines))
    verify = ("verify", "spec.json", "--journal", "calls.jsonl")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        refused = CliRunner().invoke(main, verify)
        judged = CliRunner().invoke(main, [*verify, "--allow-cut-short"])
    assert (refused.exit_code, "cut short" in refused.output) == (2, True)
    assert (judged.exit_code, "3 calls" in judged.output) == (0, True)


@pytest.mark.parametrize("moved", ["1971-01-01", "2105-01-01"])
def test_a_clock_that_jumps_ends_no_wait_and_keeps_none(moved):
    with Server(idle=0.4, half_sent=0.3) as server:
        with server.connect() as resting, server.connect() as slow:
            resting.sendall(GOOD)
            assert resting.recv(65536).startswith(b"HTTP/1.1 200")
            slow.sendall(b"POST /x HT")
            with time_machine.travel(moved):
                began = time.clock_gettime(time.CLOCK_MONOTONIC)
                assert server.statuses(GOOD, end=True) == [200]
                assert slow.recv(65536).startswith(b"HTTP/1.1 408")
                assert resting.recv(65536) == b""
                took = time.clock_gettime(time.CLOCK_MONOTONIC) - began
        calls = server.app.journal.calls()
    assert 0.1 < took < 10
    seen = [call.received_at for call in calls]
    assert max(seen) - min(seen) < 60
    assert seen == sorted(seen)


@pytest.mark.parametrize("moved", ["1971-01-01", "2105-01-01"])
def test_a_clock_that_jumps_within_a_test_changes_no_verdict(moved):
    with Receiver(DOCUMENT) as mock:
        with time_machine.travel(moved):
            httpx2.post(mock.url + TARGET, json=EVENT)
        call = mock.wait_for("invoice_notification", timeout=5)
        assert (call.valid, 0 <= call.duration < 10) == (True, True)


RST = struct.pack("ii", 1, 0)


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /x HT",
        line(b"POST " + PATH, b"Content-Length: 9", body=b"{"),
        line(b"POST " + PATH, b"Transfer-Encoding: chunked", body=b"5\r\n{"),
        GOOD * 50,
        line(b"GET /_cbmock/api/calls/wait?count=9", host=b"Host: localhost\r\n"),
        line(b"GET /_cbmock/api/events", host=b"Host: localhost\r\n"),
        post(b"Expect: 100-continue"),
    ],
    ids=["head", "body", "chunk", "answers", "wait", "events", "continue"],
)
def test_a_connection_that_is_dropped_leaves_nothing_behind(sent, caplog, capfd):
    with Server() as server:
        for _ in range(5):
            with server.connect() as connection:
                connection.sendall(sent)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        until = time.monotonic() + 5
        while server.connections or server.app.pending_waits.count:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert server.statuses(GOOD, end=True) == [200]
    assert "Traceback" not in caplog.text + capfd.readouterr().err


def test_lines_for_a_reader_that_stalls_are_dropped_and_counted(monkeypatch, capsys):
    monkeypatch.setattr(printer, "MOST_WAITING", 100)
    lines = Printer(dropped("json"))
    for _ in range(30):
        lines("x" * 10)
    with lines:
        pass
    written = capsys.readouterr()
    assert written.out == "x" * 10 + ("\n" + "x" * 10) * 9 + (
        '\n{"event": "dropped", "calls": 20}\n'
    )
    assert written.err == (
        "Error: standard output was read too slowly: 20 lines are lost.\n"
    )
    assert (lines.has_lost, lines.is_stuck) == (True, False)
