import http.server
import json
import re
import threading
import xml.etree.ElementTree as ET
from pathlib import Path

import httpx2
import pytest
from cbmock import Receiver, sources
from cbmock.cli import main
from cbmock.http.messages import Request
from cbmock.mock.call import dumps
from cbmock.mock.mock import Mock
from cbmock.reports.verification import again
from cbmock.violations import Violation
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT, EVENT, TARGET, event
from tests.support.rows import each_row

BROKEN = {**EVENT, "paid": "no"}


@pytest.fixture(scope="module")
def mock():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture
def url(mock):
    httpx2.delete(mock.url + "/_cbmock/api/calls")
    return mock.url


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api").mkdir()
    path = tmp_path / "api" / "openapi.json"
    path.write_text(json.dumps(DOCUMENT, indent=1))
    return "api/openapi.json"


@pytest.fixture
def journal(tmp_path):
    mock = Mock(sources.describe(DOCUMENT))
    requests = [event(), event(body=BROKEN), event("/no\x1bwhere")]
    lines = [
        dumps(mock.receive(each, id=at, now=at).record())
        for at, each in enumerate(requests, 1)
    ]
    path = tmp_path / "journal.jsonl"
    path.write_text("\n".join(lines))
    return str(path)


def run(*arguments, text=None, **environment):
    outcome = CliRunner(env=environment).invoke(main, arguments, input=text)
    return outcome.exit_code, outcome.output


def send(url, path=TARGET, body=EVENT):
    httpx2.post(url + path, json=body)


def promise(url, base):
    """Tell the mock that the test `promised` has registered a URL for callbacks."""
    trigger = {
        "method": "POST",
        "url": f"http://api/invoices/?callback_url={base}",
        "body": {"id": "7"},
        "response": {"status": 200},
        "token": "promised",
        "settle": 0,
    }
    httpx2.post(url + "/_cbmock/api/triggers", json=trigger).raise_for_status()


# --- calls ---


def test_calls_are_listed_from_a_running_mock(url):
    send(url)
    send(url, f"/t/a{TARGET}", BROKEN)
    status, told = run("calls", "--url", url)
    lines = [re.sub(r"^[\d:]+\.\d+", "…", line) for line in told.splitlines()]
    assert (status, lines) == (
        0,
        [
            f"…  ok         POST {TARGET}  invoice_notification  200",
            f"…  violation  POST /t/a{TARGET}  invoice_notification  422",
            (
                "    body #/paid: 'no' is not a boolean  "
                "[openapi.json#/components/schemas/Event/properties/paid]"
            ),
            "2 calls, 1 with violations.",
        ],
    )


@pytest.mark.parametrize(
    ("options", "targets"),
    [
        ((), [TARGET, f"/t/a{TARGET}", "/webhooks"]),
        (("--invalid",), [f"/t/a{TARGET}"]),
        (("--token", "a"), [f"/t/a{TARGET}"]),
        (("--operation", "new-subscription"), ["/webhooks"]),
    ],
)
def test_calls_are_chosen_alike_from_a_mock_and_a_file(url, tmp_path, options, targets):
    send(url)
    send(url, f"/t/a{TARGET}", BROKEN)
    send(url, "/webhooks", {"username": "rick"})
    file = tmp_path / "calls.json"
    file.write_text(httpx2.get(url + "/_cbmock/api/calls").text)
    for source in (("--url", url), ("--journal", str(file))):
        status, told = run("calls", *source, *options, "--format", "json")
        found = [each["request"]["target"] for each in json.loads(told)["calls"]]
        assert (status, found) == (0, targets)


def test_calls_after_an_id_are_listed(journal):
    status, told = run("calls", "--journal", journal, "--after", "1", "--format=json")
    assert (status, [each["id"] for each in json.loads(told)["calls"]]) == (0, [2, 3])


# --- deliveries ---


def test_deliveries_are_listed_alike_from_a_mock_and_a_file(mock, url, tmp_path):
    mock.respond("invoice_notification", status=503, times=1).then(200)
    for _ in range(2):
        send(url)
    send(url, f"/t/a{TARGET}")
    send(url, f"/t/a{TARGET}")
    mock.respond_as_documented()
    send(url, "/webhooks", {"username": "rick"})
    file = tmp_path / "calls.json"
    file.write_text(httpx2.get(url + "/_cbmock/api/calls").text)
    ids = [each["id"] for each in json.loads(file.read_text())["calls"]]
    first, again = (
        f"        call {id}: POST /t/a{TARGET}, answered 200: "
        '{"description":"Payment celebration","paid":true}'
        for id in ids[2:4]
    )
    for source in (("--url", url), ("--journal", str(file))):
        status, told = run("deliveries", *source)
        assert status == 0
        assert re.sub(r"sha256:\w+", "…", told).splitlines() == [
            f"delivered  invoice_notification  …  attempts: {ids[0]}, {ids[1]}",
            f"delivered  invoice_notification  …  attempts: {ids[2]}, {ids[3]}",
            f"    delivery: the same as call {ids[2]}, which was answered 200 (warning)",
            first,
            again,
            f"delivered  new-subscription  …  attempts: {ids[4]}",
            "3 deliveries, 0 without a successful answer.",
        ]
        options = ("--operation", "invoice_notification", "--token", "a")
        status, told = run("deliveries", *source, *options, "--format", "json")
        (found,) = json.loads(told)
        assert (status, found["attempts"], found["delivered"]) == (0, ids[2:4], True)
        assert [each["code"] for each in found["violations"]] == ["duplicate-delivery"]


@each_row(
    ("arguments", "told"),
    [
        (
            ("calls", "--url", "http://127.0.0.1:1"),
            (
                "no mock answers at http://127.0.0.1:1: [Errno 111] Connection refused. "
                "Start one with `cbmock serve SPEC`, or pass its URL."
            ),
        ),
        (("calls", "--url", "x"), "'x' is not a URL of a mock: it starts with http://"),
        (("calls", "--journal", "no.jsonl"), "no.jsonl: cannot be read: No such file"),
        (("calls", "--journal", "-"), "-: not a record of a call: 'x' is not JSON"),
        (("calls", "--journal", "J", "--operation", "x"), "no callback or webhook is"),
        (("calls", "--url", "U", "--operation", "x"), "U: no callback or webhook is"),
        (("wait", "x", "--url", "U"), "no callback or webhook is named 'x'"),
        (("wait", "new-subscription", "--url", "U", "--matching", "{"), "is not JSON:"),
        (
            ("wait", "new-subscription", "--url", "U", "--matching", "1"),
            "not a JSON object",
        ),
        (("verify", "S", "--url", "U", "--expect", "x=2"), "is named 'x'"),
        (("verify", "-", "--journal", "-"), "cannot both be read from standard input"),
        (("verify", "S", "--url", "U", "--junit", "/no/x"), "/no/x: cannot be written"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(url, spec, journal, arguments, told):
    given = {"U": url, "S": spec, "J": journal}
    status, shown = run(*(given.get(each, each) for each in arguments), text="x")
    assert status == 2
    assert told.replace("U:", f"{url}:") in shown
    assert len(shown.splitlines()) == 1


class Stranger(http.server.BaseHTTPRequestHandler):
    """A server that is not a mock."""

    def do_GET(self):
        found = self.path.startswith("/json")
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(b"{}" if found else b"<h1>Not Found</h1>")

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("path", "told"),
    [("", "it answers 404: is this"), ("/json", "its answer has no calls: is this")],
)
def test_what_is_no_mock_is_told(path, told):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_port}{path}"
        outcome = run("calls", "--url", url)
        server.shutdown()
    assert outcome == (2, f"Error: {url}: {told} a mock's URL?\n")


# --- wait ---


def test_a_wait_ends_when_the_call_arrives(url):
    sender = threading.Timer(0.2, send, [url])
    sender.start()
    status, told = run("wait", "invoice_notification", "--url", url, "--timeout", "20")
    sender.join()
    assert status == 0
    assert told.endswith(f"ok         POST {TARGET}  invoice_notification  200\n")


def test_a_wait_in_vain_has_exit_code_1(url):
    send(url)
    arguments = (
        "invoice_notification",
        "--url",
        url,
        "--count",
        "2",
        "--timeout",
        "0.1",
    )
    status, told = run("wait", *arguments)
    assert status == 1
    assert told.endswith("invoice_notification: 1 of 2 calls arrived within 0.1 s.\n")


@pytest.mark.parametrize(
    ("options", "ids", "status"),
    [
        (("--matching", '{"paid": true}'), [1], 0),
        (("--matching", '{"paid": "no"}'), [2], 1),
        (("--count", "2"), [1, 2], 1),
        (("--token", "b", "--timeout", "0"), [], 1),
    ],
)
def test_a_wait_takes_what_matches_and_is_valid(url, options, ids, status):
    send(url)
    send(url, body=BROKEN)
    arguments = ("invoice_notification", "--url", url, "--format", "json", *options)
    outcome = CliRunner().invoke(main, ["wait", *arguments])
    first = min(c["id"] for c in httpx2.get(f"{url}/_cbmock/api/calls").json()["calls"])
    found = [each["id"] - first + 1 for each in json.loads(outcome.stdout)["calls"]]
    assert (found, outcome.exit_code) == (ids, status)


# --- verify ---


def test_a_good_journal_is_good(url, spec):
    send(url)
    send(url, "/webhooks", {"username": "rick"})
    expected = ("--expect", "invoice_notification=1", "--expect", "new-subscription")
    status, output = run(
        "verify", spec, "--url", url, *expected, "--cov-fail-under=100"
    )
    asked, _, report = output.partition("\n")
    assert (status, asked.startswith(f"asked at {url}: "), report) == (
        0,
        True,
        (
            "invoice_notification POST: 1 call, 1 of 1 responses\n"
            "new-subscription POST: 1 call, 1 of 1 responses\n"
            "covered: 4 of 4 items, 100 %\n"
            "good  2 calls, 0 with violations.\n"
        ),
    )


def test_a_broken_journal_is_told(journal, spec):
    expected = ("--expect", "invoice_notification=2", "--expect", "new-subscription")
    status, told = run(
        "verify", spec, "--journal", journal, *expected, "--cov-fail-under=60"
    )
    assert status == 1
    assert told.splitlines()[-6:] == [
        "covered: 2 of 4 items, 50 %",
        "    2 calls left out: invalid, ambiguous or unmatched",
        "invoice_notification: 2 valid calls expected, 1 came",
        "new-subscription: at least 1 valid call expected, 0 came",
        "coverage of 50 % is below the 60 % required",
        "broken  3 calls, 2 with violations.",
    ]


def test_recorded_calls_are_judged_by_another_version_of_the_document(journal, spec):
    tree = json.loads(json.dumps(DOCUMENT))
    tree["components"]["schemas"]["Event"]["properties"]["paid"] = {"type": "string"}
    Path(spec).write_text(json.dumps(tree))
    status, told = run("verify", spec, "--journal", journal, "--format", "json")
    found = json.loads(told)
    assert (status, found["good"], found["unmet"]) == (1, False, [])
    assert [each["valid"] for each in found["calls"]] == [False, True, False]
    assert [each["response"]["status"] for each in found["calls"]] == [200, 422, 404]
    assert found["coverage"]["covered"] == 1


def test_what_was_valid_and_no_longer_is_stands_together_by_violation(
    url, spec, tmp_path
):
    for each in range(3):
        send(url, f"/events/invoices/{each}")
    send(url, "/events/invoices/4", {"paid": 1})
    journal = str(tmp_path / "calls.ndjson")
    _, lines = run("calls", "--url", url, "--format", "ndjson")
    Path(journal).write_text(lines)
    first = json.loads(lines.splitlines()[0])["id"]
    tree = json.loads(json.dumps(DOCUMENT))
    tree["components"]["schemas"]["Event"]["properties"]["paid"] = {"type": "string"}
    Path(spec).write_text(json.dumps(tree))
    archive = tmp_path / "calls.har"
    status, output = run("verify", spec, "--journal", journal, "--har", str(archive))
    assert status == 1
    assert "Valid when they arrived, but no longer:\n" in output
    assert (
        f"  3 to invoice_notification: body #/paid [type] true is not a string "
        f"(call {first})\n"
    ) in output
    _, record = run("verify", spec, "--journal", journal, "--format", "json")
    (group,) = json.loads(record)["regressions"]
    assert (group["count"], group["example"]) == (3, first)
    assert len(json.loads(archive.read_text())["log"]["entries"]) == 4
    status, output = run("verify", spec, "--journal", str(archive))
    assert (status, "4 calls, 4 with violations" in output) == (1, True)


def test_github_is_told_of_file_and_line(journal, spec):
    status, told = run(
        *("verify", spec, "--journal", journal, "--format", "github"),
        *("--expect", "new-subscription"),
    )
    line = json.dumps(DOCUMENT, indent=1)[
        : json.dumps(DOCUMENT, indent=1).index('"paid": {')
    ]
    assert status == 1
    first, second, third = told.splitlines()
    assert first == (
        f"::error file=api/openapi.json,line={line.count(chr(10)) + 1},col=6,title=type::"
        f"call 2, POST {TARGET}: body #/paid: 'no' is not a boolean"
    )
    assert second.startswith(
        "::error title=unmatched::call 3, POST /no\\x1bwhere: url: "
    )
    assert third == (
        "::error title=cbmock verify::"
        "new-subscription: at least 1 valid call expected, 0 came"
    )


def test_what_is_no_file_is_not_taken_for_one(journal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "documented.py").write_text(f"app = {DOCUMENT!r}")
    monkeypatch.syspath_prepend(str(tmp_path))
    _, output = run(
        "verify", "documented:app", "--journal", journal, "--format", "github"
    )
    assert output.startswith("::error file=documented%3Aapp,title=type::call 2")


@pytest.mark.parametrize(
    ("targets", "status", "told"),
    [
        (["/invoices/7"], 0, "good  1 call, 0 with violations."),
        (["/invoices/7"] * 2, 1, "the same as call"),
        (["/invoices/8"], 1, "due at .*/invoices/7"),
        ([], 1, "no invoice_notification callback was received for"),
    ],
)
def test_a_mock_that_saw_triggers_is_held_to_what_they_made_due(
    mock, url, spec, targets, status, told
):
    base = mock.for_test("promised").url
    mock.for_test("another")
    host = mock._view.backend
    host.triggers.watch("promised", host.journal.last_id)
    promise(url, base)
    for target in targets:
        send(base, target)
    found, output = run("verify", spec, "--url", url, "--token", "promised")
    assert (found, bool(re.search(told, output))) == (status, True), output
    run("verify", spec, "--url", url, "--token", "promised", "--junit", "j.xml")
    assert ET.parse("j.xml").getroot().get("failures") == str(status)


@pytest.mark.parametrize(
    "arguments",
    [
        ("calls", "--operation", "new-subscription"),
        ("deliveries", "--operation", "new-subscription"),
        ("verify", "SPEC", "--token", "promised"),
        ("wait", "invoice_notification", "--timeout", "0"),
    ],
    ids=lambda each: each[0],
)
def test_the_url_of_a_mock_as_a_journal_means_that_mock(mock, url, spec, arguments):
    promise(url, mock.for_test("promised").url)
    send(url)
    given = [spec if each == "SPEC" else each for each in arguments]
    outcome = run(*given, "--url", url)
    assert run(*given, "--journal", url) == outcome
    assert outcome[0] == (1 if "verify" in arguments else 0), outcome


def test_calls_of_a_running_mock_are_compared_and_sent_again_as_those_of_a_file(
    url, spec, tmp_path
):
    send(url)
    tree = json.loads(json.dumps(DOCUMENT))
    tree["components"]["schemas"]["Event"]["properties"]["paid"] = {"type": "string"}
    Path("new.json").write_text(json.dumps(tree), "utf-8")
    _, lines = run("calls", "--url", url, "--format", "ndjson")
    Path("calls.ndjson").write_text(lines, "utf-8")
    journals = ("calls.ndjson", url)
    compared = [run("diff", spec, "new.json", "--journal", each) for each in journals]
    assert compared[0] == compared[1]
    assert "recorded calls that it affects: 1\n" in compared[0][1]
    to = ("--to", url + TARGET)
    assert [run("replay", "--journal", each, *to)[0] for each in journals] == [0, 0]


def test_junit_has_a_case_for_each_call_and_expectation(journal, spec, tmp_path):
    run(
        *("verify", spec, "--journal", journal, "--junit", "j.xml"),
        *("--expect", "invoice_notification", "--expect", "new-subscription"),
        *("--cov-fail-under", "60"),
    )
    (suite,) = ET.fromstring((tmp_path / "j.xml").read_bytes())
    assert (suite.get("tests"), suite.get("failures")) == ("6", "4")
    cases = [
        (
            case.get("classname"),
            case.get("name"),
            [each.get("message") for each in case],
        )
        for case in suite
    ]
    assert cases[:2] == [
        ("invoice_notification", f"1 POST {TARGET}", []),
        (
            "invoice_notification",
            f"2 POST {TARGET}",
            [
                (
                    "body #/paid: 'no' is not a boolean  "
                    "[openapi.json:92 #/components/schemas/Event/properties/paid]"
                )
            ],
        ),
    ]
    assert cases[2][:2] == ("unmatched", "3 POST /no\\x1bwhere")
    assert cases[3:] == [
        ("expectations", "invoice_notification", []),
        (
            "expectations",
            "new-subscription",
            ["new-subscription: at least 1 valid call expected, 0 came"],
        ),
        ("coverage", "at least 60 %", ["coverage of 50 % is below the 60 % required"]),
    ]


def test_a_request_that_did_not_arrive_whole_is_not_taken_for_whole():
    mock = Mock(sources.describe(DOCUMENT))
    fault = Violation(location="delivery", code="incomplete", detail="hung up")
    cut = mock.refuse(event(), fault, id=1, now=0)
    assert again(mock, cut) == cut
    broken = Violation(location="delivery", code="malformed-http", detail="no HTTP")
    refused = mock.refuse(Request("", "", body=b"\x16"), broken, id=2, now=0)
    assert again(mock, refused) == refused


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False), ({"FORCE_COLOR": "1"}, True)],
)
def test_colours_are_as_the_environment_wants_them(
    journal, spec, environment, coloured
):
    environment = {"NO_COLOR": None, "FORCE_COLOR": None, **environment}
    _, told = run("verify", spec, "--journal", journal, **environment)
    assert ("\x1b[31mbroken\x1b[0m" in told) is coloured


def test_verify_judges_by_the_conduct_of_the_file(spec, tmp_path):
    mock = Mock(sources.describe(DOCUMENT))
    calls = [mock.receive(event(), id=at, now=at) for at in (1, 2)]
    twice = tmp_path / "twice.jsonl"
    twice.write_text("\n".join(dumps(call.record()) for call in calls))
    arguments = ("verify", spec, "--journal", str(twice), "--format", "json")
    assert run(*arguments)[0] == 0
    (tmp_path / "cbmock.toml").write_text(
        '[operations.invoice_notification]\nidentity = "path id"\n'
        "conduct = {max-attempts = 1, redelivers = true}\n"
    )
    code, output = run(*arguments)
    found = json.loads(output)
    details = [[v["detail"] for v in call["violations"]] for call in found["calls"]]
    assert details == [[], ["2 attempts came; at most 1 are allowed"]]
    assert (code, found["good"], found["regressions"]) == (1, False, [])


def test_verify_writes_each_format_to_standard_output(spec, tmp_path):
    """From one recorded journal: a valid call and a broken one."""
    judging = Mock(sources.describe(spec))
    sent = [event(), event(body={**EVENT, "paid": "no"})]
    calls = [judging.receive(each, id=at, now=0.0) for at, each in enumerate(sent, 1)]
    journal = tmp_path / "calls.jsonl"
    journal.write_text("\n".join(dumps(each.record()) for each in calls))
    written = {
        name: run("verify", spec, "--journal", str(journal), "--format", name)
        for name in ("text", "json", "junit", "github", "html")
    }
    assert {code for code, _ in written.values()} == {1}
    output = {name: text for name, (_, text) in written.items()}
    assert "'no' is not a boolean" in output["text"]
    assert json.loads(output["json"])["good"] is False
    suites = ET.fromstring(output["junit"])
    assert [suites.get("tests"), suites.get("failures")] == ["2", "1"]
    assert output["github"].startswith("::error file=")
    assert "&#x27;no&#x27; is not a boolean" in output["html"]
    assert output["html"].count('<details class="call') == 2
