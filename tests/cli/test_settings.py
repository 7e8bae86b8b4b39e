"""Where options have their values from: command line, environment, file, default."""

import json

import pytest
from cbmock.cli import main
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT, EVENT


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "cbmock.toml").write_text('spec = "openapi.json"\nport = 5000\n')
    return tmp_path


def run(*arguments, text=None, **environment):
    outcome = CliRunner(env=environment).invoke(main, arguments, input=text)
    return outcome.exit_code, outcome.output


def asked(*arguments, **environment):
    code, output = run(*arguments, **environment)
    assert code == 2
    return output.partition("no mock answers at ")[2].partition(": ")[0]


def test_spec_may_be_left_out_where_a_file_names_it(project, monkeypatch):
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    code, output = run("list", "--format", "json")
    assert (code, json.loads(output)["document"]) == (0, "openapi.json")
    event = json.dumps(EVENT)
    assert run("check", "invoice_notification", "-", text=event)[0] == 0
    assert (
        run("check", "../openapi.json", "invoice_notification", "-", text=event)[0] == 0
    )
    assert run("check", "-")[0] == 2
    assert run("list", CBMOCK_SPEC="../none.json")[0] == 2


def test_a_command_line_without_spec_and_file_is_wrong_use(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output = run("list")
    assert (code, "Missing argument 'SPEC'" in output) == (2, True)


def test_the_address_of_the_mock_comes_from_the_nearest_source(project):
    assert asked("calls") == "http://127.0.0.1:5000"
    assert asked("calls", CBMOCK_PORT="7") == "http://127.0.0.1:7"
    assert asked("calls", CBMOCK_PORT="7", CBMOCK_SERVE_PORT="8") == (
        "http://127.0.0.1:8"
    )
    environment = {"CBMOCK_PORT": "7", "CBMOCK_URL": "http://127.0.0.1:9"}
    assert asked("calls", **environment) == "http://127.0.0.1:9"
    environment |= {"CBMOCK_CALLS_URL": "http://127.0.0.1:10"}
    assert asked("calls", **environment) == "http://127.0.0.1:10"
    assert asked("calls", "--url", "http://127.0.0.1:11", **environment) == (
        "http://127.0.0.1:11"
    )
    (project / "cbmock.toml").write_text('url = "http://127.0.0.1:12"\nport = 5000\n')
    assert asked("calls") == "http://127.0.0.1:12"
    (project / "cbmock.toml").write_text('host = "::"\nport = 1\n')
    assert asked("calls") == "http://127.0.0.1:1"
    (project / "cbmock.toml").unlink()
    assert asked("calls") == "http://127.0.0.1:4020"


@pytest.mark.parametrize("where", ["option", "environment"])
def test_another_file_may_be_named(project, where):
    (project / "other.toml").write_text('url = "http://127.0.0.1:6"')
    if where == "option":
        assert asked("calls", "--config", "other.toml") == "http://127.0.0.1:6"
    else:
        assert asked("calls", CBMOCK_CONFIG="other.toml") == "http://127.0.0.1:6"


def test_a_wrong_setting_is_wrong_use(project):
    (project / "cbmock.toml").write_text("prot = 1")
    assert run("list") == (
        2,
        f"Error: {project}/cbmock.toml: unknown setting `prot`. Did you mean `port`?\n",
    )


def test_flags_and_lists_come_from_files_and_the_environment(project):
    document = {**DOCUMENT, "paths": {"/in": {"post": {"responses": {}}}}}
    (project / "openapi.json").write_text(json.dumps(document))
    file = project / "cbmock.toml"
    file.write_text('spec = "openapi.json"\npaths = "/i*"')
    names = [
        each["name"]
        for each in json.loads(run("list", "--format=json")[1])["operations"]
    ]
    assert "/in" in names
    file.write_text('spec = "openapi.json"')
    assert json.loads(run("list", CBMOCK_FORMAT="json", CBMOCK_PATHS="/i*")[1]) == (
        json.loads(run("list", "--format=json", "--paths", "/i*")[1])
    )
    file.write_text('spec = "openapi.json"\nfail-on = "never"')
    assert run("lint")[0] == 0


def test_the_formats_of_a_file_hold_for_check_and_lint(project):
    schema = {"type": "string", "format": "time"}
    body = {"content": {"application/json": {"schema": schema, "example": "01:02:03"}}}
    event = {
        "post": {"requestBody": body, "responses": {"200": {"description": "", **body}}}
    }
    document = {**DOCUMENT, "paths": {}, "webhooks": {"event": event}}
    (project / "openapi.json").write_text(json.dumps(document))

    def outcomes(formats):
        file = project / "cbmock.toml"
        file.write_text(f'spec = "openapi.json"\n{formats}')
        checked, _ = run("check", "event", "-", text='"01:02:03"')
        _, linted = run("lint")
        return checked, "is not a time" in linted

    assert outcomes("") == (1, True)
    assert outcomes('[formats]\ntime = "offset-optional"') == (0, False)
    assert outcomes('[formats]\ntime = "off"') == (0, False)
    assert outcomes('[formats]\ndate = "off"') == (1, True)
    (project / "cbmock.toml").write_text('spec = "openapi.json"\nformats.time = "lax"')
    assert run("list") == (
        2,
        "Error: formats: time = 'lax' is not known; known: off, offset-optional\n",
    )


@pytest.mark.parametrize(
    ("typed", "meant"), [("srv", "serve"), ("lst", "list"), ("verfy", "verify")]
)
def test_a_command_that_is_nearly_right_is_suggested(typed, meant):
    code, output = run(typed)
    assert (code, f"No such command {typed!r}. Did you mean {meant!r}?" in output) == (
        2,
        True,
    )
    assert "Did you mean" not in run("qqqq")[1]
