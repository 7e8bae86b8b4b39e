"""Settings of files: which file, what it may say, and which of several patterns holds."""

from pathlib import Path

import click
import pytest
from cbmock import config
from cbmock.cli import main
from cbmock.errors import ReceiverError
from cbmock.pytest_plugin import INI
from cbmock.testing import project_file
from click.testing import CliRunner

from tests.support.rows import each_row

FILE = Path("/p/cbmock.toml")
PROJECT = Path("/p/pyproject.toml")


def settings(text, *names):
    found = config.parse(text, FILE).operation_settings(*names)
    return {name: (each.value, each.origin) for name, each in found.items()}


def test_the_nearest_file_upwards_is_read(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "cbmock.toml").write_text('host = "::1"')
    assert config.find(inner).settings == {"host": "::1"}
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'")
    assert config.find(inner).file == tmp_path / "cbmock.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.cbmock]\nport = 1")
    found = config.find(inner)
    assert (found.settings, found.origin) == (
        {"port": 1},
        "pyproject.toml [tool.cbmock]",
    )
    (tmp_path / "a" / "cbmock.toml").write_text("port = 2")
    assert config.find(inner).settings == {"port": 2}


def test_without_a_file_nothing_is_set(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    assert config.read(tmp_path / "pyproject.toml") == config.NONE


def test_cbmock_toml_may_have_its_table_too():
    assert config.parse("[tool.cbmock]\nport = 1", FILE).settings == {"port": 1}


@each_row(
    ("written", "value"),
    [
        ('spec = "api/openapi.json"', "/p/api/openapi.json"),
        ('spec = "https://x/openapi.json"', "https://x/openapi.json"),
        ('spec = "shop.main:app"', "shop.main:app"),
        ('spec = "-"', "-"),
        ('spec = "/etc/openapi.json"', "/etc/openapi.json"),
        ('journal = "sqlite:///calls.db"', "sqlite:///calls.db"),
        ('journal = "calls.jsonl"', "/p/calls.jsonl"),
        ('responses = "steps.json"', "/p/steps.json"),
    ],
)
def test_paths_start_at_the_folder_of_their_file(written, value):
    assert [*config.parse(written, FILE).settings.values()] == [value]


@each_row(
    ("text", "message"),
    [
        (
            "port = ?",
            "/p/cbmock.toml: is not TOML: Invalid value (at line 1, column 8)",
        ),
        ("prot = 1", "/p/cbmock.toml: unknown setting `prot`. Did you mean `port`?"),
        (
            "public_url = 'x'",
            "/p/cbmock.toml: unknown setting `public_url`. Did you mean `public-url`?",
        ),
        (
            "[operation.x]",
            "/p/cbmock.toml: unknown setting `operation`. Did you mean `operations`?",
        ),
        ("port = '4020'", "/p/cbmock.toml: `port` must be an integer from 0 to 65535"),
        ("port = 65536", "/p/cbmock.toml: `port` must be an integer from 0 to 65535"),
        ("port = true", "/p/cbmock.toml: `port` must be an integer from 0 to 65535"),
        ("strict = 1", "/p/cbmock.toml: `strict` must be true or false"),
        ("late = 'no'", "/p/cbmock.toml: `late` must be one of error, warning, ignore"),
        (
            "paths = [1]",
            "/p/cbmock.toml: `paths` must be a string or an array of strings",
        ),
        ("formats = 1", "/p/cbmock.toml: `formats` must be a table"),
        ("[formats]\ntime = 1", "/p/cbmock.toml: `formats.time` must be a string"),
        (
            "[coverage]\nomit = 'x'",
            "/p/cbmock.toml: `coverage.omit` must be an array of strings",
        ),
        (
            "[coverage]\nomits = []",
            "/p/cbmock.toml: unknown setting `coverage.omits`. Did you mean `omit`?",
        ),
        ("operations = []", "/p/cbmock.toml: `operations` must be a table"),
        (
            "[operations]\npaid = 1",
            "/p/cbmock.toml: `operations.paid` must be a table",
        ),
        (
            "[operations.'a*']\nsecrets = 'x'",
            (
                '/p/cbmock.toml: unknown setting `operations."a*".secrets`. '
                "Did you mean `secret`?"
            ),
        ),
        (
            "[operations.paid]\nresponses = [503]",
            "/p/cbmock.toml: `operations.paid.responses` must be an array of tables",
        ),
        ("tool = {cbmock = 1}", "/p/cbmock.toml: `tool.cbmock` must be a table"),
        (
            "[tool.cbmock]\nport = -1",
            "/p/cbmock.toml: `tool.cbmock.port` must be an integer from 0 to 65535",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, message):
    with pytest.raises(ReceiverError) as wrong:
        config.parse(text, FILE)
    assert wrong.value.message == message


def test_a_file_that_cannot_be_read_says_so(tmp_path):
    with pytest.raises(ReceiverError, match=r"no\.toml: cannot be read: No such file"):
        config.read(tmp_path / "no.toml")
    (tmp_path / "cbmock.toml").write_bytes(b"\xff")
    with pytest.raises(ReceiverError, match="cannot be read: 'utf-8' codec"):
        config.find(tmp_path)


PATTERNS = """
[operations."*"]
signature = "github"
secret = "any"
[operations.invoice_paid]
secret = "exact"
[operations."invoice_*"]
identity = "header webhook-id"
secret = "pattern"
[operations."invoice_p*"]
handshake = "slack"
"""


def test_the_more_specific_pattern_holds_option_by_option():
    assert settings(PATTERNS, "invoice_paid", "createInvoice.invoice_paid") == {
        "signature": ("github", 'cbmock.toml, operations."*"'),
        "secret": ("exact", "cbmock.toml, operations.invoice_paid"),
        "identity": ("header webhook-id", 'cbmock.toml, operations."invoice_*"'),
        "handshake": ("slack", 'cbmock.toml, operations."invoice_p*"'),
    }
    assert settings(PATTERNS, "invoice_sent") == {
        "signature": ("github", 'cbmock.toml, operations."*"'),
        "secret": ("pattern", 'cbmock.toml, operations."invoice_*"'),
        "identity": ("header webhook-id", 'cbmock.toml, operations."invoice_*"'),
    }
    assert [*settings(PATTERNS, "other")] == ["signature", "secret"]


def test_of_equally_specific_patterns_the_later_one_holds():
    text = "[operations.'a*']\nidentity = '1'\n[operations.'*a']\nidentity = '2'\n"
    assert settings(text, "aa")["identity"][0] == "2"


def test_names_are_compared_with_their_capitals():
    assert settings("[operations.Paid]\nidentity = 'x'", "paid") == {}


def test_formats_and_coverage_are_tables_of_their_own():
    found = config.parse(
        '[tool.cbmock.formats]\ntime = "off"\n[tool.cbmock.coverage]\nomit = ["4XX"]',
        PROJECT,
    )
    assert (found.formats, found.coverage_omit) == ({"time": "off"}, ("4XX",))


def test_every_setting_is_read_by_a_command_or_by_the_plugin():
    context = click.Context(main)
    commands = [main.get_command(context, name) for name in main.list_commands(context)]
    options = {
        name
        for command in commands
        for parameter in command.params
        for name in parameter.opts
    }
    settings = {name for name in config.SETTINGS if name != "spec"}  # an argument
    unread = {name for name in settings if f"--{name}" not in options}
    assert unread - {name.replace("_", "-") for name in INI} == set()


def test_the_address_of_a_service_named_cbmock_is_no_setting(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CBMOCK_PORT", "tcp://10.96.0.7:4020")  # as Kubernetes sets it
    shown = CliRunner().invoke(main, ["config"])
    assert (shown.exit_code, "tcp:" in shown.output) == (0, False)
    monkeypatch.setenv("CBMOCK_PORT", "tcp://10.96.0.7:4020")
    assert project_file.setting("port", lambda _: None, config.NONE) is None


def test_what_a_receiver_listens_by_is_read_from_the_file():
    """The rest of what `serve` takes from the file is of its own, or of one machine."""
    text = 'tls = true\nhttp2 = true\nssl-ca-certs = "ca.pem"\nport = 4020'
    found = project_file.arguments(lambda _: None, config.parse(text, FILE), alone=True)
    assert found == {
        "tls": True,
        "http2": True,
        "client_ca": "/p/ca.pem",
        "port": 4020,
    }
