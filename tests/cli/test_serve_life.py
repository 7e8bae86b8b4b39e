"""How `cbmock serve` begins and ends, and what it does about an output that fails."""

import contextlib
import json
import os
import pty
import queue
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from cbmock import sources
from cbmock.cli.serving.reload import reloading
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock
from cbmock.server.app import App

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row

pytestmark = pytest.mark.process


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return str(path)


class Command:
    """`cbmock serve` with its port in a file, whatever becomes of its output."""

    def __init__(self, folder, *arguments, **options):
        self._port = folder / "port"
        self._port.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "cbmock", "serve", *arguments),
                *("--port", "0", "--port-file", str(self._port)),
            ],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
            cwd=folder,
        )
        until = time.monotonic() + 30
        while not self._port.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < until
            time.sleep(0.02)
        self.url = f"http://127.0.0.1:{int(self._port.read_text())}"

    def send(self, body=EVENT, target=TARGET):
        return httpx2.post(self.url + target, json=body)

    def end(self, sign=signal.SIGTERM):
        self.process.send_signal(sign)
        return self.finish()

    def finish(self):
        output, errors = self.process.communicate(timeout=20)
        return self.process.returncode, output, errors


@pytest.fixture
def command(tmp_path):
    started = []

    def start(*arguments, **options):
        started.append(Command(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()


# --- an output that fails ---


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("format_", ["json", "text"])
def test_a_full_disk_is_reported_once_and_ends_in_wrong_use(command, spec, format_):
    with Path("/dev/full").open("wb") as full:
        if format_ == "text":
            # Its greeting cannot be written: there is nothing to serve for.
            code = subprocess.run(
                [sys.executable, "-m", "cbmock", "serve", spec, "--port", "0"],
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=30,
                check=False,
            )
            assert (code.returncode, code.stderr) == (
                2,
                b"Error: standard output: No space left on device\n",
            )
            return
        serving = command(spec, "--format", format_, stdout=full)
        for _ in range(20):
            assert serving.send().status_code == 200
            time.sleep(0.03)
        code, _, errors = serving.end()
    assert code == 2
    lines = errors.decode().splitlines()
    assert [each for each in lines if each.startswith("Error")] == [
        "Error: standard output: No space left on device; calls are lost."
    ]
    assert "20 calls, 0 with violations." in lines
    assert "Traceback" not in errors.decode()


@pytest.mark.parametrize("closed", [(1,), (0, 1, 2)], ids=str)
@pytest.mark.parametrize(
    "more", [(), ("--workers", "2", "--journal", "sqlite:///calls.db")], ids=len
)
def test_it_serves_without_standard_streams(command, spec, closed, more):
    serving = command(
        *(spec, *more),
        stdout=None,
        stderr=None,
        preexec_fn=lambda: [os.close(each) for each in closed],
    )
    numbers = Path(f"/proc/{serving.process.pid}/fd")
    if numbers.exists():
        assert {(numbers / str(each)).readlink() for each in closed} == {
            Path(os.devnull)
        }
    assert serving.send().status_code == 200
    assert serving.end()[0] == 0


def test_standard_input_that_is_closed_is_empty():
    ended = subprocess.run(
        [sys.executable, "-m", "cbmock", "lint", "-"],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.close(0),
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        b"Error: stdin: is not an OpenAPI document: it is empty\n",
    )


def test_other_commands_report_a_full_disk_too(spec):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "cbmock", "list", spec],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (
        2,
        b"Error: standard output: No space left on device\n",
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "openapi.json"),
        ("list", "none.json"),
        ("list", "--none"),
        ("serve", "openapi.json", "--port", "0"),
        ("serve", "openapi.json", "--port", "0", "--format", "json"),
    ],
)
def test_a_full_disk_under_both_outputs_is_no_broken_contract(
    spec, tmp_path, arguments
):
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "cbmock", *arguments],
            stdout=full,
            stderr=full,
            timeout=30,
            check=False,
            cwd=tmp_path,
        )
    assert ended.returncode == 2


def test_a_reader_that_stops_reading_does_not_keep_serve_alive(command, spec):
    reading, writing = os.pipe()
    serving = command(spec, "--format", "json", stdout=writing)
    os.close(writing)
    body = {**EVENT, "description": "x" * 40_000}
    for _ in range(6):
        assert serving.send(body).status_code == 200
    began = time.monotonic()
    code, _, errors = serving.end()
    os.close(reading)
    assert (code, time.monotonic() - began < 10) == (2, True)
    assert "Error: standard output is not read: " in errors.decode()
    assert "6 calls, 0 with violations." in errors.decode()


def test_one_reader_of_both_outputs_that_stops_does_not_keep_it_alive(
    command, spec, tmp_path
):
    reading, writing = os.pipe()
    options = ("--format", "json", "--uds", "mock.socket")
    serving = command(spec, *options, stdout=writing, stderr=writing)
    os.close(writing)
    for _ in range(6):
        assert serving.send({**EVENT, "description": "x" * 40_000}).status_code == 200
    began = time.monotonic()
    code, _, _ = serving.end()
    os.close(reading)
    assert (code, time.monotonic() - began < 15) == (2, True)
    assert not (tmp_path / "mock.socket").exists()


def test_a_second_signal_ends_it_at_once(command, spec, tmp_path):
    reading, writing = os.pipe()
    options = ("--format", "json", "--uds", "mock.socket")
    serving = command(spec, *options, stdout=writing)
    os.close(writing)
    serving.send({**EVENT, "description": "x" * 200_000})
    time.sleep(0.2)
    serving.process.send_signal(signal.SIGINT)
    time.sleep(0.6)
    assert serving.process.poll() is None
    began = time.monotonic()
    code, _, _ = serving.end(signal.SIGINT)
    os.close(reading)
    assert (code, time.monotonic() - began < 1.5) == (130, True)
    assert not (tmp_path / "mock.socket").exists()


def test_whoever_stops_reading_loses_nothing_that_matters(command, spec):
    serving = command(spec)
    serving.process.stdout.close()
    for _ in range(3):
        assert serving.send().status_code == 200
        time.sleep(0.05)
    serving.process.send_signal(signal.SIGTERM)
    errors = serving.process.stderr.read()
    assert (serving.process.wait(20), errors) == (0, b"")


@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM", "SIGINT"])
def test_each_signal_ends_it_with_every_line_written(command, spec, name):
    number = getattr(signal, name)
    serving = command(
        *(spec, "--format", "json"),
        # Where the tests run under nohup, SIGHUP would be ignored.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    for _ in range(50):
        serving.send()
    code, output, errors = serving.end(number)
    first, *calls, last = map(json.loads, output.decode().splitlines())
    assert (code, first["event"]) == (0, "listening")
    assert [each["id"] for each in calls] == [*range(1, 51)]
    assert last == {"event": "ended", "calls": 50}
    assert b"50 calls, 0 with violations." in errors


def test_under_nohup_it_outlives_a_terminal(command, spec):
    serving = command(
        spec, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    serving.process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    assert serving.send().status_code == 200
    assert serving.end()[0] == 0


def test_a_signal_that_was_blocked_by_its_parent_ends_it(command, spec):
    serving = command(
        spec,
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}),
    )
    assert serving.end()[0] == 0


# --- what the machine refuses ---


def test_more_connections_than_descriptors_harm_no_call(command, spec):
    resource = pytest.importorskip("resource")
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))  # noqa: E731
    serving = command(spec, preexec_fn=few)
    address = ("127.0.0.1", int(serving.url.rpartition(":")[2]))
    with httpx2.Client(base_url=serving.url) as before, ExitStack() as silent:
        assert before.get("/_cbmock/api/health").status_code == 200
        for _ in range(150):
            silent.enter_context(socket.create_connection(address))
        # What explains a violation is loaded only now, from files.
        assert before.post(TARGET, json={}).status_code == 422
        silent.close()
        assert before.post(TARGET, json=EVENT).status_code == 200
    until = time.monotonic() + 20
    while not _is_answered(serving):
        assert time.monotonic() < until
    _, output, errors = serving.end()
    assert "Traceback" not in output.decode() + errors.decode()
    assert "internal" not in output.decode()


def test_a_body_that_memory_is_too_short_for_is_refused_and_the_next_is_taken(
    command, spec
):
    resource = pytest.importorskip("resource")
    status = Path("/proc/self/status")
    if not (hasattr(resource, "prlimit") and status.exists()):
        pytest.skip("no limit can be set for another process here")
    # What measures coverage would need memory, too.
    own = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    serving = command(spec, env=own)
    # What explains a violation is loaded, and counts for what memory is there.
    assert serving.send({}).status_code == 422
    described = Path(f"/proc/{serving.process.pid}/status").read_text()
    taken = int(re.search(r"VmSize:\s+(\d+) kB", described)[1]) * 1024
    most = taken + 24 * 2**20
    resource.prlimit(serving.process.pid, resource.RLIMIT_AS, (most, most))
    many = {**EVENT, "more": [[] for _ in range(8_000_000)]}
    refused = httpx2.post(serving.url + TARGET, json=many, timeout=60)
    assert (refused.status_code, refused.json()["detail"]) in (
        (422, "no memory was left to check this request"),
        (503, "no memory is left for it"),
    )
    assert serving.send().status_code == 200
    _, output, errors = serving.end()
    assert "Traceback" not in output.decode() + errors.decode()


def _is_answered(serving):
    try:
        return serving.send().status_code == 200
    except httpx2.TransportError:
        return False


# --- exit codes ---


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--fail-on", "error"), 1),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "never"), 0),
        (("--strict",), 1),
        (("--strict", "--fail-on", "never"), 0),
    ],
)
def test_fail_on_sets_the_exit_code_of_a_broken_contract(command, spec, options, code):
    serving = command(spec, *options)
    serving.send({})
    assert serving.end()[0] == code


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1)])
def test_fail_on_warning_counts_warnings_too(command, tmp_path, fail_on, code):
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    ping = {"security": [{"it": []}], "responses": {"200": {"description": ""}}}
    document = {
        "openapi": "3.1.0",
        "webhooks": {"ping": {"post": ping}},
        "components": {"securitySchemes": {"it": scheme}},
    }
    (tmp_path / "w.json").write_text(json.dumps(document))
    serving = command("w.json", "--fail-on", fail_on, "--format", "json")
    opaque = {"authorization": "Bearer opaque"}
    httpx2.post(f"{serving.url}/webhooks/ping", headers=opaque)
    ended, output, _ = serving.end()
    (line,) = output.decode().splitlines()[1:-1]
    assert [each["severity"] for each in json.loads(line)["violations"]] == ["warning"]
    assert ended == code


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_configured_conduct_sets_the_exit_code_at_the_end(
    command, spec, tmp_path, format_
):
    (tmp_path / "cbmock.toml").write_text(
        "[operations.invoice_notification]\nconduct = {max-attempts = 1, redelivers = true}\n"
    )
    serving = command(spec, "--fail-on", "error", "--format", format_)
    serving.send()
    serving.send()
    ended, output, errors = serving.end()
    told = "2 attempts came; at most 1 are allowed"
    if format_ == "json":
        conduct = json.loads(output.splitlines()[-2])
        assert (conduct["event"], conduct["call"]) == ("conduct", 2)
        assert [each["detail"] for each in conduct["violations"]] == [told]
        output = errors
    else:
        assert f"conduct    call 2, invoice_notification\n    delivery: {told}" in (
            output.decode()
        )
    assert "2 calls, 1 with violations." in output.decode()
    assert ended == 1


# --- scripts, settings, ports ---


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("steps.json", '{"invoice_notification": [{"status": 503, "times": 2}]}'),
        (
            "steps.json",
            '{"invoice_notification": {"replies": [{"status": 503, "times": 2}]}}',
        ),
        ("steps.yaml", "invoice_notification:\n- {status: 503, times: 2}\n"),
        ("steps.toml", "[[invoice_notification]]\nstatus = 503\ntimes = 2\n"),
    ],
)
def test_responses_come_from_a_file(command, spec, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    serving = command(spec, "--responses", name)
    assert [serving.send().status_code for _ in range(3)] == [503, 503, 200]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "steps.yaml: must map operations to lists of responses"),
        ("nothing: []", "no callback or webhook is named 'nothing'"),
        ("invoice_notification: 503", "invoice_notification: must be a list of"),
        ("invoice_notification: [{stauts: 1}]", "a reply has no field 'stauts'"),
        ("a: [", "steps.yaml: cannot be read: "),
    ],
)
def test_a_wrong_file_of_responses_is_wrong_use(spec, tmp_path, text, told):
    (tmp_path / "steps.yaml").write_text(text)
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "cbmock", "serve", spec, "--port", "0"),
            *("--responses", str(tmp_path / "steps.yaml")),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, told in ended.stderr) == (2, True), ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_file_of_settings_says_how_operations_are_signed_and_answered(
    command, spec, tmp_path
):
    (tmp_path / "cbmock.toml").write_text(
        'spec = "openapi.json"\n'
        '[operations."invoice_*"]\n'
        'signature = "github"\n'
        'secret = "s3cret"\n'
        "responses = [{status = 503, times = 2}]\n"
    )
    serving = command("--format", "json", "--on-violation", "accept")
    assert [serving.send().status_code for _ in range(3)] == [503, 503, 200]
    _, output, _ = serving.end()
    codes = [
        [each["code"] for each in json.loads(line)["violations"]]
        for line in output.decode().splitlines()[1:-1]
    ]
    assert codes[0] == ["signature-missing", "undocumented-status"]


def test_the_port_may_stand_in_the_public_url(command, spec):
    serving = command(
        spec, "--format", "json", "--public-url", "http://host.internal:{port}/"
    )
    _, output, _ = serving.end()
    port = serving.url.rpartition(":")[2]
    first = json.loads(output.decode().splitlines()[0])
    assert first["url"] == f"http://host.internal:{port}"


@pytest.mark.parametrize("name", ["none/port", ""])
def test_a_port_file_that_cannot_be_written_is_wrong_use(spec, tmp_path, name):
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "cbmock", "serve", spec, "--port", "0"),
            *("--port-file", name),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, "--port-file" in ended.stderr) == (2, True)


# --- reload ---


def reloaded(serving, expected):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if expected():
            return True
        time.sleep(0.1)
    return False


def test_a_changed_document_is_served_and_calls_are_kept(command, spec):
    serving = command(spec, "--reload")
    serving.send()
    changed = json.loads(json.dumps(DOCUMENT).replace("new-subscription", "renewed"))
    Path(spec).write_text(json.dumps(changed))
    answer = lambda: httpx2.post(serving.url + "/webhooks/renewed", json={}).status_code  # noqa: E731
    assert reloaded(serving, lambda: answer() != 404)
    listed = httpx2.get(serving.url + "/_cbmock/api/calls").json()["calls"]
    assert listed[0]["operation"]["name"] == "invoice_notification"
    _, output, _ = serving.end()
    assert "\nreloaded openapi.json: 2 operations\n" in output.decode()


def test_a_document_that_cannot_be_read_leaves_the_one_before(command, spec):
    serving = command(spec, "--reload")
    Path(spec).write_text("{")
    time.sleep(1.5)
    assert serving.send().status_code == 200
    Path(spec).write_text(json.dumps(DOCUMENT))
    time.sleep(1.5)
    assert serving.send().status_code == 200
    _, output, _ = serving.end()
    assert "not reloaded: openapi.json" in output.decode()
    assert "\nreloaded openapi.json: 2 operations\n" in output.decode()


def test_a_document_that_lacks_a_scripted_operation_leaves_the_one_before(
    command, spec, tmp_path
):
    script = tmp_path / "script.json"
    script.write_text('{"invoice_notification": [{"status": 503}]}')
    serving = command(spec, "--reload", "--responses", str(script))
    renamed = json.dumps(DOCUMENT).replace("invoice_notification", "renamed")
    Path(spec).write_text(renamed)
    time.sleep(1.5)
    answer = serving.send()
    calls = httpx2.get(serving.url + "/_cbmock/api/calls").json()["calls"]
    assert answer.status_code == 503
    assert [each["operation"]["name"] for each in calls] == ["invoice_notification"]
    _, output, _ = serving.end()
    assert "not reloaded: no callback or webhook is named" in output.decode()


def test_what_the_document_refers_to_is_watched_too(command, tmp_path):
    part = tmp_path / "part.json"
    part.write_text('{"post": {"responses": {"200": {"description": ""}}}}')
    document = {"openapi": "3.1.0", "webhooks": {"e": {"$ref": "part.json"}}}
    (tmp_path / "whole.json").write_text(json.dumps(document))
    serving = command("whole.json", "--reload")
    assert httpx2.post(serving.url + "/webhooks/e").status_code == 200
    part.write_text('{"put": {"responses": {"202": {"description": ""}}}}')
    answer = lambda: httpx2.put(serving.url + "/webhooks/e").status_code  # noqa: E731
    assert reloaded(serving, lambda: answer() == 202)


def test_what_cannot_be_read_is_watched_until_it_can(tmp_path):
    """Fault 8.11: also what is referred to; what was read before is served till then."""
    part, whole = tmp_path / "part.json", tmp_path / "whole.json"
    webhook = '{"post": {"responses": {"202": {"description": ""}}}}'
    part.write_text("{")
    whole.write_text('{"openapi": "3.1.0", "webhooks": {"e": {"$ref": "part.json"}}}')
    said = queue.SimpleQueue()
    make = lambda: Mock(sources.describe(whole))  # noqa: E731
    app = App(make(), MemoryJournal())
    with reloading(app, make, lambda: None, said.put):
        part.write_text(webhook)
        assert said.get(timeout=20) == "reloaded whole.json: 1 operation"
        part.write_text("[")
        assert said.get(timeout=20).startswith("not reloaded: part.json:1:2: is not")
        assert len(app.mock.mounts) == 1
        part.write_text(webhook)
        assert said.get(timeout=20) == "reloaded whole.json: 1 operation"


@each_row("mark", ["", "\ufeff"])
def test_a_file_that_changed_since_it_was_read_is_read_again_at_once(tmp_path, mark):
    """As by an editor while the mock starts, or before its workers do."""
    document, said = tmp_path / "hooks.json", queue.SimpleQueue()
    read = mark + '{"openapi": "3.1.0", "webhooks": {"e": {}}}'
    document.write_text(read, "utf-8")
    make = lambda: Mock(sources.describe(document))  # noqa: E731
    app = App(make(), MemoryJournal())
    with reloading(app, make, lambda: None, said.put), pytest.raises(queue.Empty):
        said.get(timeout=1)
    document.write_text(read.replace("{}", HOOK), "utf-8")
    with reloading(app, make, lambda: None, said.put):
        assert said.get(timeout=20) == "reloaded hooks.json: 1 operation"


HOOK = '{"post": {"responses": {"202": {"description": ""}}}}'


# --- on a terminal ---


@pytest.mark.parametrize("options", [(), ("--plain",)], ids=["status", "plain"])
def test_a_terminal_shows_counts_below_the_calls_unless_it_shall_be_plain(
    command, spec, options
):
    terminal, end = pty.openpty()
    serving = command(
        *(spec, *options), stdout=end, env={**os.environ, "TERM": "xterm"}
    )
    os.close(end)
    assert serving.send().status_code == 200
    code, _, errors = serving.end()
    assert (code, errors) == (0, b"")
    written = b""
    with contextlib.suppress(OSError):  # EIO: nobody writes to it any more
        while piece := os.read(terminal, 65536):
            written += piece
    os.close(terminal)
    status = "1 call, 1 valid · 1 of 2 operations ·".encode()
    if options:
        assert (status in written, b"\x1b[2K" in written) == (False, False)
    else:
        assert status in written
        assert (
            b"\r\x1b[2K1 call, 0 with violations.\r\n" in written
        )  # deleted at the end


@pytest.mark.parametrize("mode", ["reject", "memory"])
def test_a_journal_that_cannot_be_written_is_reported_once_and_ends_in_wrong_use(
    command, spec, mode
):
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("no limit can be set for another process here")
    journal = ("--journal", "sqlite:///calls.db", "--on-journal-failure", mode)
    # What measures coverage could not write its own file either.
    own = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    serving = command(spec, "--format", "json", *journal, env=own)
    assert serving.send().status_code == 200
    full = (1024, resource.RLIM_INFINITY)
    resource.prlimit(serving.process.pid, resource.RLIMIT_FSIZE, full)
    expected = {"reject": 503, "memory": 200}[mode]
    assert {serving.send().status_code for _ in range(4)} == {expected}
    code, _, errors = serving.end()
    lines = errors.decode().splitlines()
    assert (code, "Traceback" in errors.decode()) == (2, False)
    assert lines[-1] == "Error: 4 calls could not be recorded in the journal."
    reports = [each for each in lines if each.startswith(("not recorded", "kept in"))]
    assert len(reports) == 1
    assert reports[0].startswith("not recorded" if mode == "reject" else "kept in")


_PRINTS_WHAT_IT_LOADS = """
import sys

before = set(sys.modules)  # coverage loads some itself
import cbmock.cli.serve

print(*sys.modules.keys() - before)
"""


def test_a_plain_serve_loads_no_room_that_it_does_not_need():
    """Each would make every start slower, for those who use it not."""
    rooms = (
        *("journal.database", "journal.storage", "testing.receiver", "server.workers"),
        "server.http2_negotiation",
        *(
            "signatures.signature",
            "handshakes.table",
            "deliveries.judging",
            "lint.lint",
        ),
    )
    loaded = subprocess.run(
        [sys.executable, "-c", _PRINTS_WHAT_IT_LOADS],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()
    assert "cbmock.server.app" in loaded
    assert [each for each in rooms if f"cbmock.{each}" in loaded] == []
    others = ("uvicorn", "multiprocessing", "urllib.request", "email.message")
    assert [each for each in others if each in loaded] == []
