"""What is released beside the package: the image, the action, the hook."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from cbmock import Receiver, __version__
from cbmock.cli import main

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "samples" / "invoices" / "openapi.json"
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SCRIPT = ROOT / "action" / "serve-and-verify.sh"
SEND = (
    "import os, httpx2; httpx2.post(os.environ['CBMOCK_URL'] + '/invoices/7', "
    "json={'description': 'x', 'paid': %s})"
)


def instructions(name):
    """Return the arguments of one kind of instruction of the image."""
    text = IMAGE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


def parsed(command):
    """Hold a list of words against the real command line."""
    words = yaml.safe_load(command)
    context = click.Context(main, info_name="cbmock")
    found = main.get_command(context, words[0])
    return found.make_context(
        words[0], words[1:], parent=context, resilient_parsing=True
    )


def test_the_image_runs_as_nobody_in_particular():
    (user,) = instructions("USER")
    assert int(user) > 0


def test_the_commands_of_the_image_are_commands():
    assert instructions("ENTRYPOINT") == ['["cbmock"]']
    (start,) = instructions("CMD")
    assert parsed(start).params["host"] == "0.0.0.0"
    (health,) = instructions("HEALTHCHECK")
    words = yaml.safe_load(health.partition("CMD ")[2])
    assert parsed(str(words[1:])).params["ready"] is True


@pytest.mark.skipif(not (ROOT / "receiver").exists(), reason="needs the checkout")
def test_the_image_copies_files_that_are_sent_to_it():
    sent = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copied = " ".join(each for each in instructions("COPY") if "--from" not in each)
    names = {each for each in copied.split() if not each.startswith("/")}
    assert names == sent
    assert all((ROOT / each).exists() for each in names)


def test_every_input_of_the_action_is_used():
    used = set(re.findall(r"inputs\.([\w-]+)", str(ACTION["runs"])))
    assert used == {*ACTION["inputs"]}


def test_the_action_hands_no_input_to_a_shell_as_code():
    runs = [each.get("run", "") for each in ACTION["runs"]["steps"]]
    assert [each for each in runs if "${{" in each] == []


@pytest.mark.process
@pytest.mark.parametrize(
    ("paid", "status", "said"),
    [
        ("True", 0, "1 call, 0 with violations."),
        (
            "'yes'",
            1,
            "openapi.json,line=167,col=11,title=type::call 1, POST /invoices/7",
        ),
    ],
)
def test_the_action_judges_what_a_command_makes_come(paid, status, said, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = tmp_path / "cbmock"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cbmock "$@"\n')
    command.chmod(0o755)
    ran = subprocess.run(
        [shutil.which("bash"), SCRIPT],
        env={
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "SPEC": str(SPEC),
            "PORT": str(port),
            "RUN": f'{sys.executable} -c "{SEND % paid}"',
            "EXPECT": "invoice_notification=1\n",
            "TIMEOUT": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, said in ran.stdout) == (status, True), (
        ran.stdout + ran.stderr
    )


@pytest.mark.process
def test_the_action_takes_no_other_mock_for_its_own(tmp_path):
    command = tmp_path / "cbmock"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cbmock "$@"\n')
    command.chmod(0o755)
    with Receiver(SPEC) as other:
        port = other.url.rpartition(":")[2]
        paths = f"{tmp_path}:{os.environ['PATH']}"
        own = {"PATH": paths, "SPEC": str(SPEC), "PORT": port, "RUN": "true"}
        ran = subprocess.run(
            [shutil.which("bash"), SCRIPT],
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ran.returncode, "cannot listen" in ran.stderr) == (2, True), ran.stderr


def test_the_documents_name_the_version_of_the_package():
    text = (ROOT / "docs" / "how-to" / "any-ci.md").read_text("utf-8")
    assert re.findall(r"rev: v(\S+)", text) == [__version__]


def test_the_hook_names_a_command():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    name, command = hook["entry"].split()
    assert (name, main.get_command(click.Context(main), command) is not None) == (
        "cbmock",
        True,
    )
