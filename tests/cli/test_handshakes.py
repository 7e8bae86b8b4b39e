"""`serve --handshake`, and the handshakes of the configuration."""

from pathlib import Path

import pytest
from cbmock import config
from cbmock.cli import main
from cbmock.cli.serving.settings import handshakes_of
from cbmock.errors import ReceiverError
from click.testing import CliRunner

FILE = """
handshake = ["slack", {name = "meta", verify-token = "env:VERIFY_TOKEN"}]
[operations."zoom_*"]
handshake = {name = "zoom", secret = "env:ZOOM_SECRET"}
[operations.room]
handshake = "trello"
"""


@pytest.fixture
def read(monkeypatch):
    monkeypatch.setenv("VERIFY_TOKEN", "v")
    monkeypatch.setenv("ZOOM_SECRET", "s")
    return config.parse(FILE, Path("cbmock.toml"))


def terms(found):
    return [
        (pattern, [(each.name, each.terms.verify_token, each.terms.secrets) for each in several])
        for pattern, several in found
    ]  # fmt: skip


OPERATIONS = [
    ("zoom_*", [("zoom", None, ("s",))]),
    ("room", [("trello", None, ("k",))]),
]


@pytest.mark.parametrize(
    ("names", "every"),
    [
        ((), [("slack", None, ("k",)), ("meta", "v", ("k",))]),
        (("zoom,dropbox", "x"), [(name, None, ("k",)) for name in ("zoom", "dropbox", "x")]),
    ],
)  # fmt: skip
def test_the_command_line_comes_before_the_file_and_its_operations_after(
    read, names, every
):
    found = handshakes_of(names, ("k",), read)
    assert terms(found) == [("*", every), *OPERATIONS]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "handshake = 1",
            "`handshake` must be a name, a table with `name`, or an array",
        ),
        ("handshake = [{verify-token = 'x'}]", "`handshake` must be a name, a table"),
        ("[operations.a]\nhandshake = true", "`operations.a.handshake` must be a name"),
    ],
)
def test_another_value_is_an_error_of_the_file(text, message):
    with pytest.raises(ReceiverError) as raised:
        config.parse(text, Path("cbmock.toml"))
    assert message in raised.value.message


def test_an_unknown_handshake_is_wrong_use(tmp_path):
    spec = tmp_path / "a.yaml"
    spec.write_text("openapi: 3.1.0\ninfo: {title: T, version: '1'}\nwebhooks: {}\n")
    found = CliRunner().invoke(
        main, ["serve", str(spec), "--port", "0", "--handshake", "slak"]
    )
    assert (found.exit_code, "did you mean 'slack'?" in found.output) == (2, True)
