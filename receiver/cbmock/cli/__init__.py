"""The command line: one module for each command, loaded when it is used."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any

import click

from cbmock import __version__
from cbmock.cli._gc import frozen
from cbmock.cli._output import (
    GONE,
    UNWRITABLE,
    discard_output,
    discard_outputs,
    open_closed,
)
from cbmock.cli._settings import configurable, forget_services
from cbmock.errors import ReceiverError

# The module of each command; a module named `list` would hide the builtin.
COMMANDS = {
    "serve": "serve",
    "list": "list_",
    "lint": "lint",
    "check": "check",
    "calls": "calls",
    "deliveries": "deliveries",
    "wait": "wait",
    "verify": "verify",
    "reset": "reset",
    "respond": "respond",
    "fire": "fire",
    "test": "test",
    "diff": "diff",
    "replay": "replay",
    "journal": "journal",
    "sign": "sign",
    "check-signature": "check_signature",
    "config": "config",
}

_INTERRUPTED = 130


class _Commands(click.Group):
    """Loads the module of a command when it is used, and reports errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        with frozen():
            module = importlib.import_module(f"cbmock.cli.{COMMANDS[cmd_name]}")
        return configurable(module.command, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name not in COMMANDS and not name.startswith("-"):
            import difflib  # noqa: PLC0415 - 1 ms, only for mistakes

            for near in difflib.get_close_matches(name, COMMANDS, n=1):
                ctx.fail(f"No such command {name!r}. Did you mean {near!r}?")
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        try:
            return super().make_context(*args, **options)
        except OSError as error:  # --help and --version are written here
            raise _unwritten(error) from None

    def main(self, *args: Any, **options: Any) -> Any:
        open_closed()
        forget_services()
        try:
            return super().main(*args, **options)
        except OSError:  # of standard error, on which nothing can be said
            discard_outputs()
            sys.exit(_WrongUse.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            # A terminal with a smaller character set must not fail on what senders send.
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
        except (KeyboardInterrupt, click.Abort):
            raise click.exceptions.Exit(_INTERRUPTED) from None
        except (OSError, MemoryError, RuntimeError) as error:
            raise _refused(error) from None


class _WrongUse(click.ClickException):
    """A wrong set-up, or a document that cannot be read."""

    exit_code = 2

    def format_message(self) -> str:
        from cbmock.contract.security.redaction import Redaction  # noqa: PLC0415 - 15 ms
        from cbmock.reports.text import printable  # noqa: PLC0415 - (the same)

        # A URL from the user may contain a password.
        lines = Redaction().text(self.message).split("\n")
        return "\n".join(map(printable, lines))


def _refused(error: Exception) -> Exception:
    """Return the exception to raise for what the system refused; any other one as it is."""
    if isinstance(error, OSError):
        return _unwritten(error)
    if isinstance(error, MemoryError):
        return _WrongUse("no memory is left")
    if "start new thread" in str(error):
        return _WrongUse("no thread can be started: the limit of processes is reached")
    return error


def _unwritten(error: OSError) -> Exception:
    """Return the exception to raise if output cannot be written, or what else was refused.

    Options with files name the file themselves; here it is a standard stream.
    """
    if error.errno in GONE:
        return error
    reason = error.strerror or str(error)
    if error.filename is None and error.errno in UNWRITABLE:
        discard_output()
        return _WrongUse(f"standard output: {reason}")
    # An OSError of something else: too many open files, or a folder that cannot be entered.
    where = "" if error.filename is None else f"{error.filename}: "
    return _WrongUse(f"{where}{reason}")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cbmock")
def main() -> None:
    """Play the other side of an API's callbacks and webhooks.

    SPEC is an OpenAPI document: a path, a URL, `-`, or `module:attribute` of an app.
    It may be left out where `spec` is set in cbmock.toml or pyproject.toml.

    Every option may be set in the environment: CBMOCK_SERVE_PORT for one command,
    CBMOCK_PORT for all.

    Exit codes: 0 good, 1 the contract is broken, 2 wrong use or an unreadable document,
    130 interrupted.
    """
