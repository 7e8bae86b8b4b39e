"""The look-up of vulnerabilities needs no network, and says what it could not do."""

import subprocess
from types import SimpleNamespace

import pytest

from tests import audit


def test_where_no_index_answers_that_is_said_and_nothing_fails(monkeypatch, capsys):
    monkeypatch.setattr(audit, "unreachable", lambda: "no route")
    assert audit.main() == 0
    assert capsys.readouterr().out == "pip-audit: nothing was looked up: no route\n"


def test_an_index_that_is_too_slow_is_waited_for_no_longer(monkeypatch, capsys):
    def run(command, timeout, check):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(audit, "unreachable", lambda: None)
    monkeypatch.setattr(audit.subprocess, "run", run)
    assert audit.main() == 0
    assert "no answer within 15 s" in capsys.readouterr().out


@pytest.mark.parametrize("code", [0, 1])
def test_what_is_found_is_the_exit_code(monkeypatch, code):
    monkeypatch.setattr(audit, "unreachable", lambda: None)
    ended = SimpleNamespace(returncode=code)
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: ended)
    assert audit.main() == code


def test_an_index_that_nobody_serves_is_unreachable():
    assert "refused" in audit.unreachable("http://127.0.0.1:1/{}/{}")
