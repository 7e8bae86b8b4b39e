"""`cbmock config`: what is in force, and where each setting comes from."""

import json

import pytest
from cbmock.cli import main
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT

FILE = """
spec = "openapi.json"
port = 5000
late = "error"
signature = {header = "X-Sig", algorithm = "hmac-sha256", secret = "hush"}
[formats]
time = "off"
[coverage]
omit = ["4XX"]
[operations."*"]
identity = "header webhook-id"
[operations."invoice_*"]
secret = ["hush", "env:OLD", "file:key"]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    return tmp_path


def run(*arguments, **environment):
    outcome = CliRunner(env=environment).invoke(main, ["config", *arguments])
    return outcome.exit_code, outcome.output


def facts(settings):
    return {each["name"]: (each["value"], each["origin"]) for each in settings}


def test_each_setting_says_where_it_comes_from(project):
    (project / "cbmock.toml").write_text(FILE)
    code, output = run("--format", "json", CBMOCK_SERVE_HOST="::1", CBMOCK_STRICT="1")
    record = json.loads(output)
    found = facts(record["settings"])
    assert (code, record["file"]) == (0, str(project / "cbmock.toml"))
    assert {name: found[name] for name in ("spec", "port", "host", "strict")} == {
        "spec": (str(project / "openapi.json"), "cbmock.toml"),
        "port": (5000, "cbmock.toml"),
        "host": ("::1", "CBMOCK_SERVE_HOST"),
        "strict": (True, "CBMOCK_STRICT"),
    }
    assert found["on-violation"] == ("reject", "default")
    assert found["late"] == ("error", "cbmock.toml")
    assert found["formats.time"] == ("off", "cbmock.toml")
    assert found["coverage.omit"] == (["4XX"], "cbmock.toml")


def test_operations_have_what_their_patterns_say_without_the_secrets(project):
    (project / "cbmock.toml").write_text(FILE)
    _, output = run("--format", "json")
    found = {
        each["operation"]: facts(each["settings"])
        for each in json.loads(output)["operations"]
    }
    every = {"identity": ("header webhook-id", 'cbmock.toml, operations."*"')}
    assert found == {
        "invoice_notification": {
            **every,
            "secret": (
                ["***", "env:OLD", "file:key"],
                'cbmock.toml, operations."invoice_*"',
            ),
        },
        "new-subscription": every,
    }
    assert "hush" not in output
    assert "hush" not in run()[1]


def test_without_a_file_everything_is_a_default(project):
    code, output = run()
    lines = output.splitlines()
    assert (code, lines[0]) == (0, "file: none")
    assert {line.split()[-1] for line in lines[3:]} == {"default"}


def test_spec_may_be_named_on_the_command_line(project):
    _, output = run("openapi.json", "--format", "json")
    record = json.loads(output)
    assert facts(record["settings"])["spec"] == ("openapi.json", "command line")
    assert [each["operation"] for each in record["operations"]] == [
        "invoice_notification",
        "new-subscription",
    ]


def test_spec_may_be_named_in_the_environment(project):
    _, output = run("--format", "json", CBMOCK_SPEC="openapi.json")
    record = json.loads(output)
    assert facts(record["settings"])["spec"] == ("openapi.json", "CBMOCK_SPEC")


@pytest.mark.parametrize(
    ("file", "environment", "told"),
    [
        ("prot = 1", {}, "unknown setting `prot`"),
        ("", {"CBMOCK_PORT": "many"}, "'many' is not a valid integer"),
    ],
)
def test_what_is_wrong_is_wrong_use_here_too(project, file, environment, told):
    (project / "cbmock.toml").write_text(file)
    code, output = run(**environment)
    assert (code, told in output) == (2, True)
