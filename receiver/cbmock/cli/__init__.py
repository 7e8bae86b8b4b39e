"""The command line: one module a command, loaded when the command is used."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any

import click

from cbmock import __version__
from cbmock.cli._gc import lasting
from cbmock.errors import ReceiverError

# The module of each command; a module `list` here would hide the builtin.
COMMANDS = {
    "serve": "serve",
    "list": "list_",
    "lint": "lint",
    "check": "check",
    "calls": "calls",
    "wait": "wait",
    "verify": "verify",
    "fire": "fire",
    "test": "test",
    "diff": "diff",
    "sign": "sign",
    "check-signature": "check_signature",
}


class _Commands(click.Group):
    """Loads a command's module when it is named, and tells a wrong set-up in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        with lasting():
            module = importlib.import_module(f"cbmock.cli.{COMMANDS[cmd_name]}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            # What senders send must not stop a terminal that knows fewer characters.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        elif os.environ.get("FORCE_COLOR"):
            ctx.color = True
        try:
            return super().invoke(ctx)
        except ReceiverError as error:
            raise _WrongUse(error.message) from None


class _WrongUse(click.ClickException):
    """A wrong set-up, or a document that cannot be read."""

    exit_code = 2


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cbmock")
def main() -> None:
    """Play the other side of an API's callbacks and webhooks.

    SPEC is an OpenAPI document: a path, a URL, `-`, or `module:attribute` of an app.

    Exit codes: 0 good, 1 the contract is broken, 2 wrong use or an unreadable document.
    """
