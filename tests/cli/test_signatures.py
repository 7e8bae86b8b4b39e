import json
import os

import pytest
from cbmock.cli import main
from click.testing import CliRunner

NOW = "1795000000"


@pytest.fixture
def body(tmp_path):
    path = tmp_path / "body.json"
    path.write_bytes(b'{"id": "evt_1"}')
    return str(path)


def run(*arguments, **more):
    return CliRunner().invoke(main, [*arguments], **more)


def fields(signed):
    pairs = json.loads(signed.stdout)["headers"]
    return [part for name, value in pairs for part in ("--header", f"{name}:{value}")]


def test_what_sign_prints_check_signature_takes(body):
    signed = run(
        "sign", "stripe", body, "--secret", "s", "--timestamp", NOW, "--format", "json"
    )
    checked = run(
        *("check-signature", "stripe", body, "--secret", "s", "--now", NOW),
        *("--format", "json", *fields(signed)),
    )
    assert (checked.exit_code, json.loads(checked.stdout)) == (
        0,
        {"valid": True, "violations": []},
    )


def test_a_wrong_signature_is_told_with_exit_code_1(body):
    checked = run(
        *("check-signature", "github", body, "--secret", "s"),
        *("--header", "X-Hub-Signature-256: sha256=00"),
    )
    assert (checked.exit_code, checked.stdout) == (
        1,
        (
            "broken  GitHub\n"
            "    signature X-Hub-Signature-256: the signature in X-Hub-Signature-256 does not fit "
            "GitHub: another secret, or the body was changed on its way\n"
        ),
    )


def test_good_ones_are_told_in_one_line():
    signed = run("sign", "github", "-", "--secret", "s", input=b"x")
    checked = run(
        *("check-signature", "github", "-", "--secret", "s"),
        *("--header", signed.stdout.strip()),
        input=b"x",
    )
    assert (checked.exit_code, checked.stdout) == (0, "ok  GitHub\n")


def test_secrets_come_from_the_environment_and_from_files(body, tmp_path):
    (tmp_path / "secret").write_text("s\n", "utf-8")
    by_text = run("sign", "github", body, "--secret", "s").stdout
    by_file = run("sign", "github", body, "--secret", f"file:{tmp_path / 'secret'}")
    by_name = run("sign", "github", body, "--secret", "env:HOOK", env={"HOOK": "s"})
    assert (by_file.stdout, by_name.stdout) == (by_text, by_text)


def test_options_of_a_scheme_can_be_changed(body):
    signed = run(
        *("sign", "stripe", body, "--secret", "s", "--timestamp", "0"),
        *("--option", "encoding=base64", "--format", "json"),
    )
    checked = run(
        *("check-signature", "stripe", body, "--secret", "s", "--now", "1000"),
        *("--option", "tolerance=1000", "--option", "encoding=base64"),
        *fields(signed),
    )
    assert checked.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--secret", "env:NOT_SET"],
            "secret env:NOT_SET: the variable NOT_SET is not set",
        ),
        (["--secret", f"file:{os.devnull}"], f"secret file:{os.devnull}: is empty"),
        (["--header", "no colon"], "--header 'no colon' is not NAME:VALUE"),
        (["--option", "tolerance"], "--option 'tolerance' is not KEY=VALUE"),
        ([], "to sign as GitHub, a secret is needed"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(body, arguments, message):
    wrong = run("sign", "github", body, *arguments)
    assert (wrong.exit_code, wrong.stderr) == (2, f"Error: {message}\n")


def test_files_that_cannot_be_read_are_named(tmp_path):
    absent = str(tmp_path / "absent")
    for wrong in (
        run("sign", "github", absent, "--secret", "s"),
        run("sign", "github", "-", "--secret", f"file:{absent}"),
    ):
        assert wrong.exit_code == 2
        assert absent in wrong.stderr
