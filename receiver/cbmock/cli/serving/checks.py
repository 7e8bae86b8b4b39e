"""The options of `cbmock serve` for checking requests, and for hiding credentials.

It decides how they are read. It must not know how requests are checked.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

from cbmock.cli._options import SpecOptions, known_secrets, option_group, secrets_option
from cbmock.cli.serving.settings import handshakes_of
from cbmock.config import Config
from cbmock.contract.policy import SecurityMode
from cbmock.mock.mock import Mock
from cbmock.server.tls import Tls
from cbmock.testing.project_file import signatures_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The values of the options."""

    on_violation: str
    security: SecurityMode
    strict: bool
    prefer: bool
    signature: str | None
    secrets: tuple[str, ...]
    handshakes: tuple[str, ...]
    hidden_names: tuple[str, ...]
    hide_form_fields: bool
    show_secrets: bool

    def mock(
        self,
        reading: SpecOptions,
        config: Config,
        public_url: str | None,
        tls: Tls | None,
    ) -> Mock:
        """Read SPEC into a mock with these checks."""
        known = known_secrets(self.secrets)
        return reading.mock(
            security=self.security,
            strict=self.strict,
            on_violation=self.on_violation,
            prefer=self.prefer,
            signatures=signatures_of(self.signature, known, config),
            signing_secrets=known,
            handshakes=handshakes_of(self.handshakes, known, config),
            public_url=public_url,
            hidden_names=self.hidden_names,
            hide_form_fields=self.hide_form_fields,
            show_secrets=self.show_secrets,
            known_clients=tls is not None and tls.asks_clients,
        )


takes_checks = option_group(
    "checks",
    Checks,
    click.option(
        "--on-violation",
        type=click.Choice(["reject", "accept", "documented"]),
        default="reject",
        show_default=True,
        help="Answer a violation with a problem (RFC 9457), the documented success, or the documented error.",
    ),
    click.option(
        "--security",
        type=click.Choice(["explicit", "inherit", "off"]),
        default="explicit",
        show_default=True,
        help="Check the credentials of callbacks and webhooks, also those of the whole document, or none.",
    ),
    click.option(
        "--strict",
        is_flag=True,
        help="Report undocumented content as errors; implies --fail-on error.",
    ),
    click.option(
        "--prefer",
        is_flag=True,
        help="Let requests choose an answer: `Prefer: code=404, example=key`, or `?__code=404`.",
    ),
    click.option(
        "--signature",
        default=None,
        metavar="SCHEME",
        help="The scheme by which requests must be signed: standard-webhooks, stripe, …",
    ),
    secrets_option,
    click.option(
        "--handshake",
        "handshakes",
        multiple=True,
        metavar="NAME[,NAME]",
        help="Handshakes of senders to answer: slack, microsoft-graph, websub, …",
    ),
    click.option(
        "--show-secrets",
        is_flag=True,
        help="Show credentials; by default, values named like one are shown as ***.",
    ),
    click.option(
        "--hide",
        "hidden_names",
        multiple=True,
        metavar="NAME",
        help="A header, query parameter or form field to hide too; may be repeated.",
    ),
    click.option(
        "--hide-form-fields",
        is_flag=True,
        help="Hide form fields that are named like credentials, in bodies too.",
    ),
)
"""Gives a command these options as one argument, `checks`."""
