"""What the system may refuse a command: folders, descriptors, memory."""

import contextlib
import errno
import json
import os
import subprocess
import sys
import threading

import pytest
from cbmock import Receiver
from cbmock.cli import main
from cbmock.errors import ReceiverError
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT


def listed(spec):
    done = CliRunner().invoke(main, ["list", spec], input=json.dumps(DOCUMENT))
    return done.exit_code, done.stderr


@contextlib.contextmanager
def without_privileges():
    """Let root be somebody else, from whom files can be kept."""
    before = os.geteuid()
    os.seteuid(before or 65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no users here")
def test_in_a_folder_that_one_may_not_enter_only_its_files_are_missing(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert listed("-") == (0, "")  # with every module that it needs
    tmp_path.chmod(0)
    with without_privileges():
        found = [listed("-"), listed("openapi.json")]
    tmp_path.chmod(0o700)
    assert found == [
        (0, ""),
        (2, "Error: openapi.json: cannot be read: Permission denied\n"),
    ]


def refused(*arguments, cwd, **limits):
    resource = pytest.importorskip("resource")

    def limit():
        for name, most in limits.items():
            resource.setrlimit(getattr(resource, name), (most, most))

    ended = subprocess.run(
        [sys.executable, "-m", "cbmock", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
        preexec_fn=limit,
        env={name: os.environ[name] for name in os.environ if "COVERAGE" not in name},
    )
    return ended.returncode, ended.stderr.splitlines()[-1:]


@pytest.mark.process
def test_too_few_descriptors_are_not_taken_for_an_output_that_fails(tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    serve = ("serve", "openapi.json", "--port", "0")
    assert refused(*serve, cwd=tmp_path, RLIMIT_NOFILE=10) == (
        2,
        ["Error: Too many open files"],
    )


@pytest.mark.process
def test_too_little_memory_is_wrong_use(tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT) + " " * 60_000_000)
    assert refused("list", "openapi.json", cwd=tmp_path, RLIMIT_AS=130 * 2**20) == (
        2,
        ["Error: no memory is left"],
    )


@pytest.mark.process
def test_a_small_document_needs_little_memory(tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    assert refused("list", "openapi.json", cwd=tmp_path, RLIMIT_AS=90 * 2**20) == (
        0,
        [],
    )


@pytest.mark.parametrize(
    ("options", "refused_at", "error", "told"),
    [
        (
            (),
            (threading.Thread, "start"),
            RuntimeError("can't start new thread"),
            "no thread can be started: the limit of processes is reached",
        ),
        (
            ("--workers", "2", "--journal", "sqlite:///calls.db"),
            (os, "fork"),
            BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
            "no process can be started: Resource temporarily unavailable",
        ),
    ],
)
def test_where_no_more_may_be_started_it_says_so(
    tmp_path, monkeypatch, options, refused_at, error, told
):
    def refuse(*_):
        raise error

    monkeypatch.chdir(tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    monkeypatch.setattr(*refused_at, refuse)
    serve = ("serve", "openapi.json", "--port", "0", *options)
    ended = CliRunner().invoke(main, serve)
    assert (ended.exit_code, ended.stderr) == (2, f"Error: {told}\n")


def test_a_mock_of_tests_that_may_start_no_thread_says_so(monkeypatch):
    def refuse(*_):
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(ReceiverError) as refused:
        Receiver(DOCUMENT).start()
    assert refused.value == ReceiverError(
        "the mock cannot be started: can't start new thread"
    )
