"""`serve --workers`: processes on one port and one database are one mock."""

import json
import os
import select
import signal
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from cbmock.cli import main
from click.testing import CliRunner

from tests.support.databases import cluster, url
from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.serve_process import serve
from tests.support.wire import GOOD, line, post

__all__ = ["cluster", "serve", "url"]

pytestmark = pytest.mark.process

NAME = "invoice_notification"


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return str(path)


def send(base, count):
    """Send so many at once, each on a connection of its own, so that all workers answer."""

    def one(number):
        body = {**EVENT, "description": str(number)}
        return httpx2.post(base + TARGET, json=body, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(count)))


def processes_of(pid):
    """Return the children of a process (the keeper), and theirs (the workers)."""
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def workers_of(mock):
    (keeper,) = processes_of(mock.pid)
    return processes_of(keeper)


def test_workers_are_one_mock_and_a_dead_one_is_replaced(serve, spec, url):
    mock = serve(spec, "--journal", url, "--workers", "2")
    api = f"{mock.url}/_cbmock/api/"
    with (
        httpx2.Client(base_url=api, timeout=40) as control,
        ThreadPoolExecutor() as pool,
    ):
        waits = [
            pool.submit(
                httpx2.get,
                f"{api}calls/wait",
                params={"operation": NAME, "count": 30, "timeout": 30},
                timeout=40,
            )
            for _ in range(3)
        ]
        control.put(f"responses/{NAME}", json={"status": 503, "times": 7})
        statuses = send(mock.url, 30)
        assert sorted(statuses) == [200] * 23 + [503] * 7
        found = [each.result().json()["calls"] for each in waits]
        assert [len({call["id"] for call in calls}) for calls in found] == [30] * 3
        first, second = workers_of(mock)
        os.kill(first, signal.SIGKILL)
        while second not in (now := workers_of(mock)) or len(now) < 2 or first in now:
            time.sleep(0.01)
        assert send(mock.url, 4) == [200] * 4
        assert control.get("health").json()["calls"] == 34
        calls = control.get("calls").json()["calls"]
        attempts = sorted(each["delivery"]["attempt"] for each in calls)
        assert attempts == [1] * 30 + [2] * 4
    code, output = mock.end(signal.SIGTERM)
    lines = [line for line in output.splitlines() if TARGET in line]
    assert (code, len(lines)) == (0, 34)
    assert "34 calls, 0 with violations." in output
    assert f"worker {first} ended by signal 9; another takes its place" in output


def test_workers_end_with_the_process_that_started_them(serve, spec, tmp_path):
    mock = serve(
        spec, "--journal", f"sqlite:///{tmp_path / 'calls.db'}", "--workers", "2"
    )
    (keeper,) = processes_of(mock.pid)
    ends = [os.pidfd_open(each) for each in (keeper, *processes_of(keeper))]
    os.kill(mock.pid, signal.SIGKILL)
    for each in ends:
        assert select.select([each], [], [], 20)[0]
        os.close(each)


@pytest.mark.parametrize("workers", [1, 2])
def test_refused_calls_count_the_same_whoever_answers(serve, spec, tmp_path, workers):
    limits = {"head": 500, "target": 200, "body": 50, "half-sent": 0.2}
    mock = serve(
        *(spec, "--strict", "--journal", f"sqlite:///{tmp_path / 'calls.db'}"),
        *("--workers", str(workers), *(f"--limit={a}={b}" for a, b in limits.items())),
    )
    refused = {
        line(b"GET /x", b"A : b"): 400,
        line(b"GET /x", host=b""): 400,
        line(b"GET /x", b"A: " + b"a" * 600): 431,
        line(b"GET /" + b"a" * 300): 414,
        GOOD: 413,
        post(body=b"{}")[:-1]: 408,
        line(b"FOO /x"): 501,
        b"GET /x\r\n\r\n": 505,
        line(b"GET /x"): 404,
    }
    for data, status in refused.items():
        assert (data, status_of(mock, data)) == (data, status)
    code, output = mock.end(signal.SIGTERM)
    count = len(refused)
    assert (code, f"{count} calls, {count} with violations." in output) == (1, True)
    assert len([each for each in output.splitlines() if " malformed " in each]) == (
        count - 1
    )


def status_of(mock, data):
    address = ("127.0.0.1", int(mock.url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(data)
        return int(connection.recv(65536).split(b" ")[1])


@pytest.mark.parametrize("mode", ["reject", "memory"])
@pytest.mark.parametrize("workers", [1, 2])
def test_calls_that_no_worker_could_keep_are_counted_and_reported(
    serve, spec, tmp_path, monkeypatch, mode, workers
):
    # What measures coverage would need the disk, too.
    for name in [each for each in os.environ if "COVERAGE" in each]:
        monkeypatch.delenv(name)
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("no limit can be set for another process here")
    mock = serve(
        *(spec, "--journal", f"sqlite:///{tmp_path / 'calls.db'}"),
        *("--on-journal-failure", mode, "--workers", str(workers)),
    )
    assert send(mock.url, 8) == [200] * 8
    full = (1024, resource.RLIM_INFINITY)
    for each in workers_of(mock) if workers > 1 else [mock.pid]:
        resource.prlimit(each, resource.RLIMIT_FSIZE, full)
    expected = {"reject": 503, "memory": 200}[mode]
    assert send(mock.url, 12) == [expected] * 12
    code, output = mock.end(signal.SIGTERM)
    lines = output.splitlines()
    assert (code, lines[-1]) == (
        2,
        "Error: 12 calls could not be recorded in the journal.",
    ), output
    beginning = {
        "reject": "not recorded, answered 503: the journal ",
        "memory": "kept in memory until it can be recorded: the journal ",
    }
    reports = [each for each in lines if each.startswith((*beginning.values(),))]
    assert len(reports) == 1
    assert reports[0].startswith(beginning[mode])
    assert "Traceback" not in output


def test_nothing_is_answered_before_calls_are_counted(serve, spec, tmp_path):
    waits = tmp_path / "port"
    os.mkfifo(waits)
    journal = f"sqlite:///{tmp_path / 'calls.db'}"
    mock = serve(
        *(spec, "--journal", journal, "--workers", "2", "--port-file", str(waits))
    )
    with ThreadPoolExecutor() as pool:
        early = pool.submit(send, mock.url, 4)
        with pytest.raises(TimeoutError):
            early.result(timeout=1)
        waits.read_text()
        assert early.result(timeout=30) == [200] * 4
    assert "4 calls, 0 with violations." in mock.end(signal.SIGTERM)[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_signal_ends_workers_at_once_too(serve, spec, tmp_path, workers):
    database = tmp_path / "calls.db"
    journal = f"sqlite:///{database}"
    mock = serve(spec, "--journal", journal, "--workers", str(workers))
    script = {"status": 200, "delay": 60}
    httpx2.put(f"{mock.url}/_cbmock/api/responses/{NAME}", json=script)
    # Whoever waits for another that writes waits for half a minute.
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor() as pool:
            pool.submit(send, mock.url, 1)
            time.sleep(0.5)
            os.kill(mock.pid, signal.SIGTERM)
            time.sleep(0.6)
            assert mock.end(signal.SIGTERM)[0] == 128 + signal.SIGTERM
    other.close()


def test_workers_need_a_journal_that_processes_share(spec):
    result = CliRunner().invoke(main, ["serve", spec, "--workers", "2", "--port", "0"])
    assert result.exit_code == 2
    assert "--workers 2 needs a journal that processes share" in result.output
