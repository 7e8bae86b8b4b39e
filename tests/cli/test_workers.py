"""`serve --workers`: processes on one port and one database are one mock."""

import json
import os
import select
import signal
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


def test_workers_need_a_journal_that_processes_share(spec):
    result = CliRunner().invoke(main, ["serve", spec, "--workers", "2", "--port", "0"])
    assert result.exit_code == 2
    assert "--workers 2 needs a journal that processes share" in result.output
