"""Journals on the command line: kept by `serve`, read, pruned and sent again."""

import json
import threading

import pytest
from cbmock import Receiver, sources
from cbmock.cli import main
from cbmock.journal.database import DatabaseJournal
from cbmock.mock.mock import Mock
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT, event

MOCK = Mock(sources.describe(DOCUMENT))
APP = """
async def app(scope, receive, send):
    body = (await receive())["body"]
    status = 200 if b"true" in body else 422
    signed = b"x-hub-signature-256" in dict(scope["headers"])
    headers = [(b"x-signed", b"yes" if signed else b"no")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
"""


@pytest.fixture
def url(tmp_path):
    found = f"sqlite:///{tmp_path / 'calls.db'}"
    journal = DatabaseJournal(found, MOCK.operations)
    for request in (event(), event(body={"paid": 1}), event("/nowhere")):
        call = MOCK.receive(request, id=journal.next_id(), now=1_800_000_000.0)
        journal.append(call)
    journal.close()
    return found


@pytest.fixture
def receiver(tmp_path, monkeypatch):
    (tmp_path / "replayed_at.py").write_text(APP, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "replayed_at:app"


def run(*arguments):
    return CliRunner().invoke(main, [*arguments])


@pytest.mark.parametrize("timeout", ["inf", "1e300"])
def test_a_wait_may_last_for_ever(url, timeout):
    def come():
        journal = DatabaseJournal(url, MOCK.operations)
        journal.append(MOCK.receive(event(), id=journal.next_id(), now=1.0))
        journal.close()

    coming = threading.Timer(0.2, come)
    coming.start()
    waiting = ["wait", "invoice_notification", "--journal", url, "--after", "3"]
    found = run(*waiting, "--timeout", timeout)
    coming.join()
    assert (found.exit_code, found.output.count("200")) == (0, 1)


def test_calls_of_a_database_are_listed(url):
    listed = run("calls", "--journal", url, "--format", "json")
    found = [json.loads(line) for line in listed.stdout.splitlines()]
    calls = found[0] if isinstance(found[0], list) else found
    assert listed.exit_code == 0
    assert "invoice_notification" in json.dumps(calls)


def test_a_wait_sees_the_calls_of_a_journal_and_those_that_a_mock_adds(url):
    def add():
        journal = DatabaseJournal(url, MOCK.operations)
        call = MOCK.receive(event(), id=journal.next_id(), now=1_800_000_001.0)
        journal.append(call)
        journal.close()

    mock = threading.Timer(0.05, add)
    mock.start()
    waited = run(
        *("wait", "invoice_notification", "--journal", url, "--count", "3"),
        *("--timeout", "20", "--format", "json"),
    )
    mock.join()
    calls = json.loads(waited.stdout)["calls"]
    assert [each["valid"] for each in calls] == [True, False, True]
    assert waited.exit_code == 1


def test_a_wait_in_a_journal_ends_in_time(url):
    waited = run(
        *("wait", "invoice_notification", "--journal", url, "--timeout", "0"),
        *("--after", "2", "--matching", '{"paid": true}'),
    )
    assert (waited.exit_code, waited.stderr) == (
        1,
        "invoice_notification: 0 of 1 call arrived within 0 s.\n",
    )


@pytest.mark.parametrize("at", ["calls.jsonl", "sqlite:////no/such.db"])
def test_a_wait_in_a_journal_that_is_not_there_is_an_error(at):
    assert run("wait", "paid", "--journal", at).exit_code == 2


def test_info_and_prune(url):
    told = run("journal", "info", "--journal", url, "--format", "json")
    assert json.loads(told.stdout)["calls"] == 3
    assert run("journal", "info", "--journal", url).stdout.startswith("3 calls, ")
    assert (
        run("journal", "prune", "--journal", url, "--keep", "1").stdout
        == "2 calls deleted\n"
    )
    assert (
        run("journal", "prune", "--journal", url, "--most-bytes", "0").stdout
        == "1 calls deleted\n"
    )
    assert run("journal", "prune", "--journal", url, "--older-than", "0").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["journal", "info", "--journal", "calls.jsonl"],
            "give sqlite:///FILE or postgresql://",
        ),
        (
            ["journal", "info", "--journal", "sqlite:///no.db"],
            "there is no such journal",
        ),
        (["calls", "--journal", "sqlite:///no.db"], "there is no such journal"),
        (
            ["serve", "samples/invoices/openapi.json", "--port=0", "--journal=odd:"],
            "give memory:, sqlite",
        ),
        (
            [
                "serve",
                "samples/invoices/openapi.json",
                "--port=0",
                "--journal=sqlite://",
            ],
            "--journal sqlite://: give sqlite:///FILE or postgresql://",
        ),
    ],
)
def test_wrong_use_is_one_sentence(arguments, message):
    wrong = run(*arguments)
    assert wrong.exit_code == 2
    assert message in wrong.stderr


def test_prune_asks_what_to_delete(url):
    wrong = run("journal", "prune", "--journal", url)
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "Error: give --keep COUNT, --older-than DAYS or --most-bytes SIZE\n",
    )


def test_recorded_calls_are_sent_again_in_order(url, receiver):
    sent = run("replay", "--journal", url, "--to", receiver, "--format", "json")
    lines = [json.loads(line) for line in sent.stdout.splitlines()]
    assert (sent.exit_code, [each["response"]["status"] for each in lines]) == (
        1,
        [200, 422, 200],
    )
    assert [each["call"] for each in lines] == [1, 2, 3]


def test_calls_are_chosen_and_signed_anew(url, receiver):
    sent = run(
        *(
            "replay",
            "--journal",
            url,
            "--to",
            receiver,
            "--operation",
            "invoice_notification",
        ),
        *("--valid", "--signature", "github", "--secret", "s", "--format", "json"),
    )
    (line,) = sent.stdout.splitlines()
    assert (sent.exit_code, json.loads(line)["response"]["headers"][0]) == (
        0,
        ["x-signed", "yes"],
    )


def test_replays_tell_each_answer_in_a_line(url, receiver):
    sent = run("replay", "--journal", url, "--to", receiver, "--pace", "--valid")
    assert sent.stdout == "1  POST http://receiver.test  invoice_notification  200\n"


def test_nothing_to_send_again_is_an_error(url, receiver):
    none = run("replay", "--journal", url, "--to", receiver, "--operation", "odd")
    assert none.exit_code == 2
    assert "there is no such call to send again" in none.stderr


def test_calls_of_a_har_file_are_of_the_operations_of_a_document(
    url, receiver, tmp_path
):
    spec, har = tmp_path / "openapi.json", tmp_path / "calls.har"
    spec.write_text(json.dumps(DOCUMENT), "utf-8")
    run("verify", str(spec), "--journal", url, "--har", str(har))
    chosen = ("--operation", "invoice_notification", "--valid")
    sent = run(
        *("replay", "--journal", str(har), "--to", receiver, "--spec", str(spec)),
        *chosen,
    )
    first = sent.stdout.splitlines()[0]
    assert first == "1  POST http://receiver.test  invoice_notification  200"


def test_calls_of_a_running_mock_are_sent_again(receiver):
    with Receiver(DOCUMENT) as mock:
        mock.sender.fire("invoice_notification", mock.url_for("invoice_notification"))
        sent = run("replay", "--journal", mock.url, "--to", receiver)
    assert sent.stdout.endswith("  invoice_notification  200\n")


def test_nobody_there_is_told(url):
    sent = run(
        "replay", "--journal", url, "--to", "http://127.0.0.1:9/", "--rate", "1000"
    )
    assert sent.exit_code == 1
    assert "no response from http://127.0.0.1:9/" in sent.stdout
