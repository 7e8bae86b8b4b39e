"""What several commands share: arguments, formats and tables.

It must not know any command.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from click.core import ParameterSource

from cbmock import sources
from cbmock.cli._gc import frozen
from cbmock.cli._limits import limit_option
from cbmock.cli._settings import current
from cbmock.contract.policy import Policy, SecurityMode
from cbmock.description.limits import DEFAULT, DocumentLimits
from cbmock.description.operations import Scope
from cbmock.description.references import Description
from cbmock.reports.text import printable
from cbmock.signatures.configured import ConfiguredSignatures
from cbmock.testing.project_file import signatures_of

if TYPE_CHECKING:
    from cbmock.handshakes.expected import ConfiguredHandshakes
    from cbmock.mock.mock import Mock

_PATIENCE = 1.0
"""Seconds after which a notice says what takes so long."""


F = TypeVar("F", bound=Callable[..., Any])


def option_group(
    argument: str, make: Callable[..., object], *options: Callable[[F], F]
) -> Callable[[F], F]:
    """Return a decorator that gives a command several options as one argument.

    `make` is called with their values, by the names that its parameters have.
    """
    names = tuple(inspect.signature(make).parameters)

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(*given: Any, **values: Any) -> Any:
            own = {name: values.pop(name) for name in names}
            return function(*given, **{argument: make(**own)}, **values)

        for option in reversed(options):
            command = option(command)
        return cast("F", command)

    return decorate


_SPEC_OPTIONS = (
    click.argument("spec", metavar="SPEC"),
    click.option(
        "--allow-remote",
        is_flag=True,
        help="Fetch documents over HTTP that SPEC refers to.",
    ),
    click.option(
        "--allow-files",
        multiple=True,
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False),
        help="Also allow references to files below DIR, outside of SPEC's folder or "
        "repository; may be repeated.",
    ),
    click.option(
        "--include-unreferenced",
        is_flag=True,
        help="Also serve callbacks of `components` that nothing refers to.",
    ),
    click.option(
        "--paths",
        multiple=True,
        metavar="PATTERN",
        help="Also serve ordinary paths that document incoming requests; may be repeated.",
    ),
    limit_option(
        "--document-limit",
        "document_limits",
        DEFAULT,
        says="Change a limit of documents, a size, aliased values or errors of a schema",
    ),
)


@dataclass(frozen=True, slots=True)
class SpecOptions:
    """SPEC, and the options for reading it."""

    spec: str
    allow_remote: bool
    allow_files: tuple[str, ...]
    scope: Scope
    formats: Mapping[str, str] = field(default_factory=dict)
    limits: DocumentLimits = DEFAULT

    def description(self) -> Description:
        """Read SPEC; print a notice if that takes long."""
        notice = threading.Timer(_PATIENCE, self._notice)
        notice.daemon = True
        notice.start()
        try:
            with frozen():
                return sources.describe(
                    self.spec,
                    allow_remote=self.allow_remote,
                    allow_files=self.allow_files,
                    formats=self.formats,
                    limits=self.limits,
                )
        finally:
            notice.cancel()

    def _notice(self) -> None:
        click.echo(printable(f"reading {self.spec} …"), err=True)

    def mock(
        self,
        *,
        security: SecurityMode = "explicit",
        strict: bool = False,
        signatures: ConfiguredSignatures = (),
        signing_secrets: tuple[str, ...] = (),
        handshakes: ConfiguredHandshakes = (),
        public_url: str | None = None,
        hidden_names: tuple[str, ...] = (),
        hide_form_fields: bool = False,
        show_secrets: bool = False,
        known_clients: bool = False,
        **more: Any,
    ) -> Mock:
        """Read SPEC into a mock."""
        from cbmock.mock.mock import Mock  # noqa: PLC0415 - 25 ms, commands like lint have none

        description = self.description()
        secrets = sources.secrets(description)
        policy = Policy(
            security=security,
            secrets=secrets,
            strict=strict,
            signatures=signatures,
            signing_secrets=signing_secrets,
            handshakes=handshakes,
            public_url=public_url,
            hidden_names=frozenset(hidden_names),
            hide_form_fields=hide_form_fields,
            show_secrets=show_secrets,
            known_clients=known_clients,
        )
        return Mock(description, scope=self.scope, policy=policy, **more)


def _reading(
    spec: str,
    *,
    allow_remote: bool,
    allow_files: tuple[str, ...],
    include_unreferenced: bool,
    paths: tuple[str, ...],
    document_limits: DocumentLimits,
) -> SpecOptions:
    scope = Scope(paths=paths, unreferenced=include_unreferenced)
    return SpecOptions(
        spec, allow_remote, allow_files, scope, current().formats, document_limits
    )


reads_spec = option_group("reading", _reading, *_SPEC_OPTIONS)
"""Gives a command SPEC and the options for reading it as one argument, `reading`."""

format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The format of the output.",
)


secrets_option = click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="SECRET",
    help="env:NAME, file:PATH, or the text itself; may be repeated while keys rotate.",
)


def known_secrets(written: Iterable[str]) -> tuple[str, ...]:
    """Return the secrets, read from their places."""
    return tuple(map(sources.secret, written))


def file_signatures(
    signature: str | None, secrets: tuple[str, ...]
) -> ConfiguredSignatures:
    """Return the signatures of the configuration; none if the command names one."""
    source = click.get_current_context().get_parameter_source("signature")
    if source in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT):
        return ()
    return signatures_of(signature, secrets, current())


def table(rows: Iterable[Sequence[str]], heads: Sequence[str]) -> Iterator[str]:
    """Print rows in columns that are never wrapped or cut, so that URLs can be copied."""
    lines = [tuple(heads), *(tuple(map(printable, row)) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    for position, line in enumerate(lines):
        text = "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        )
        yield click.style(text.rstrip(), bold=True) if position == 0 else text.rstrip()
