"""No command shows the credentials that its arguments hold, but where it is to."""

import json

import pytest
from cbmock import Receiver, Sender
from cbmock.cli import main
from click.testing import CliRunner

from tests.support.rows import each_row

OPERATION = {
    "security": [{"key": []}],
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"204": {"description": "Taken."}},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "webhooks": {"w": {"post": OPERATION}},
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Own"}}
    },
}
NOWHERE = "http://u:s3cret@127.0.0.1:1/?token=s3cret"
FIRE = ("fire", "spec.json", "w", "--to")
FIELDS = ("--header", "X-Own: s3cret", "--header", "Authorization: Bearer s3cret")
TEST = ("test", "spec.json", "--phase", "examples", "--to")
FILES = ("--junit", "j.xml", "--html", "p.html", "--write-tests", "written")
JOURNAL = "postgresql://u:s3cret@127.0.0.1:1/x?password=s3cret"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.json").write_text(json.dumps(DOCUMENT))
    return lambda *arguments: CliRunner().invoke(main, arguments)


@each_row(
    "arguments",
    [
        ("calls", "--journal", JOURNAL),
        ("journal", "info", "--journal", JOURNAL),
        ("serve", "spec.json", "--port", "0", "--journal", JOURNAL),
        ("list", "http://u:s3cret@127.0.0.1:1/a?token=s3cret"),
        ("calls", "--url", "http://u:s3cret@127.0.0.1:1/?token=s3cret"),
        ("serve", "spec.json", "--port", "0", "--proxy", f"{NOWHERE}?x"),
        (*FIRE, NOWHERE),
        (*FIRE, NOWHERE, "--format", "json"),
        (*TEST, NOWHERE),
        (*TEST, NOWHERE, "--format", "json"),
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_no_error_repeats_a_credential(run, arguments):
    outcome = run(*arguments)
    assert outcome.exit_code in {1, 2}, outcome.output
    assert "s3cret" not in outcome.output
    assert "***" in outcome.output


@pytest.mark.parametrize("more", [(), ("--format", "json"), ("--invalid", "all")])
def test_what_is_fired_is_shown_without_its_credentials(run, more):
    with Receiver(DOCUMENT) as mock:
        mock.allow_violations()
        outcome = run(*FIRE, f"{mock.url}/webhooks/w?token=s3cret", *FIELDS, *more)
        assert "s3cret" not in outcome.output
        assert mock.calls[0].headers["x-own"] == "s3cret"


def test_a_dry_run_prints_the_request_as_it_would_be_sent(run):
    outcome = run(*FIRE, "http://h/", *FIELDS, "--dry-run")
    assert outcome.output.count("s3cret") == 2


def test_the_reports_of_a_test_show_no_credential(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CBMOCK_SECRET_KEY", "s3cret")
    outcome = run(*TEST, "http://127.0.0.1:1/?token=s3cret", *FILES)
    written = [each.read_text() for each in tmp_path.rglob("*.*") if each.is_file()]
    assert outcome.exit_code == 1
    assert [each for each in (outcome.output, *written) if "s3cret" in each] == []
    assert len(written) > 3


def test_a_call_that_is_sent_again_is_shown_without_the_receivers_credential(
    run, tmp_path
):
    with Receiver(DOCUMENT) as mock:
        mock.allow_violations()
        run(*FIRE, f"{mock.url}/webhooks/w")
        record = json.dumps(mock.calls[0].record())
        (tmp_path / "calls.jsonl").write_text(f"{record}\n")
        again = (
            "replay",
            "--journal",
            "calls.jsonl",
            "--to",
            f"{mock.url}/?sig=s3cret",
        )
        for more in ((), ("--format", "json")):
            outcome = run(*again, *more)
            assert (mock.url in outcome.output, "s3cret" in outcome.output) == (
                True,
                False,
            )


def test_a_written_test_takes_the_credential_from_the_environment(
    tmp_path, monkeypatch
):
    (tmp_path / "spec.json").write_text(json.dumps(DOCUMENT))
    monkeypatch.setenv("CBMOCK_SECRET_KEY", "s3cret")
    fields = [("X-Own", "***"), ("content-type", "application/json")]
    with Receiver(DOCUMENT) as mock:
        to = f"{mock.url}/webhooks/w"
        Sender(str(tmp_path / "spec.json")).check("w", to, headers=fields, body=b"{}")
        assert mock.wait_for("w").headers["x-own"] == "s3cret"
