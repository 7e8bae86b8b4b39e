"""A mock whose database is there but says nothing: all it is asked is answered."""

import json
from itertools import islice

import httpx2
import pytest
from cbmock.journal.database import DatabaseJournal

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.serve_process import serve
from tests.support.stopping import processes, stopped
from tests.support.waiting import until

__all__ = ["serve"]
API = "/_cbmock/api"
QUESTIONS = ("health", "calls", "calls/1", "calls/wait?count=9", "calls/counts")


@pytest.fixture
def mock(cluster, serve, tmp_path):
    """Return a client of a mock that is served with a journal in PostgreSQL."""
    DatabaseJournal(cluster.url).close()
    (tmp_path / "invoices.json").write_text(json.dumps(DOCUMENT), "utf-8")
    serving = serve(str(tmp_path / "invoices.json"), "--journal", cluster.url)
    with httpx2.Client(trust_env=False, base_url=serving.url, timeout=60) as client:
        yield client, serving


def send(client):
    return client.post(TARGET, json=EVENT)


def test_whatever_needs_a_stopped_database_is_answered_503(mock, cluster):
    client, serving = mock
    assert send(client).status_code == 200
    with stopped(*processes(cluster)):
        found = [send(client), *(client.get(f"{API}/{each}") for each in QUESTIONS)]
        put = f"{API}/responses/invoice_notification"
        found.append(client.put(put, json={"status": 500}))
        found.append(client.delete(f"{API}/calls"))
    answers = {(each.status_code, each.headers.get("retry-after")) for each in found}
    assert answers == {(503, "1")}
    until(lambda: send(client).status_code == 200)
    assert client.get(f"{API}/health").json()["ready"] is True
    code, output = serving.end()
    assert (code, "answered 503" in output, "Traceback" in output) == (2, True, False)


def events(client, after=0, most=None):
    """Return the ids of the calls in an event stream, of the first `most` or until it ends."""
    headers = {"last-event-id": str(after)}
    with client.stream("GET", f"{API}/events", headers=headers) as found:
        assert found.status_code == 200
        data = (each[6:] for each in found.iter_lines() if each.startswith("data: "))
        return [json.loads(each)["id"] for each in islice(data, most)]


def test_event_streams_end_where_the_database_says_nothing_and_go_on_later(
    mock, cluster
):
    client, serving = mock
    before = client.get(f"{API}/health").json()["last_id"]
    sent = [send(client) and before + each for each in (1, 2)]
    assert events(client, before, 2) == sent
    with stopped(*processes(cluster)):
        assert events(client, sent[-1]) == []
    until(lambda: send(client).status_code == 200)
    assert events(client, sent[-1], 1)[0] > sent[-1]
    assert "Traceback" not in serving.end()[1]
