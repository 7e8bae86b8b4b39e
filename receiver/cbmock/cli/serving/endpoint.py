"""What `cbmock serve` listens by: TLS, a Unix socket, and limits.

It decides how their options are read. It must not know what is served.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from cbmock.server import tls
from cbmock.server.limits import DEFAULT, Limits
from cbmock.server.tls import Tls

F = TypeVar("F", bound=Callable[..., Any])

_NAMES = tuple(each.name.replace("_", "-") for each in fields(Limits))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the options said; `authority` is the file of the certificate to trust."""

    tls: Tls | None
    uds: str | None
    limits: Limits
    authority: str | None = None

    @property
    def greeting(self) -> str | None:
        """Say what clients need to trust; None where nothing is to be said."""
        if self.authority is None:
            return None
        return f"Clients trust this mock by the certificate {self.authority}"


def _limits(_context: object, _option: object, given: tuple[str, ...]) -> Limits:
    """Read `NAME=NUMBER`, each over the default."""
    found: dict[str, float] = {}
    for each in given:
        name, mark, text = each.partition("=")
        if not mark or name not in _NAMES:
            message = f"{each!r} is not NAME=NUMBER, with a name of {', '.join(_NAMES)}"
            raise click.BadParameter(message)
        field = name.replace("-", "_")
        kind = type(getattr(DEFAULT, field))
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not value > 0:
            message = f"{each!r}: the number must be greater than 0"
            raise click.BadParameter(message)
        found[field] = value
    return Limits(**cast("Mapping[str, Any]", found))


_OPTIONS = (
    click.option(
        "--tls",
        "has_tls",
        is_flag=True,
        help="Serve https, by a throw-away certificate unless --ssl-certfile is given.",
    ),
    click.option(
        "--ssl-certfile",
        default=None,
        metavar="FILE",
        help="The certificate to serve https by, as PEM with its chain.",
    ),
    click.option(
        "--ssl-keyfile",
        default=None,
        metavar="FILE",
        help="The key of --ssl-certfile, where it is not in the same file.",
    ),
    click.option(
        "--uds", default=None, metavar="PATH", help="Listen at a Unix socket as well."
    ),
    click.option(
        "--limit",
        "limits",
        multiple=True,
        callback=_limits,
        metavar="NAME=NUMBER",
        help=f"Change a limit, in bytes or seconds: {', '.join(_NAMES)}.",
    ),
)


def reads_endpoint(command: F) -> F:
    """Give a command these options as one argument `endpoint`."""

    @functools.wraps(command)
    def reading(
        *given: Any,
        host: str,
        has_tls: bool,
        ssl_certfile: str | None,
        ssl_keyfile: str | None,
        uds: str | None,
        limits: Limits,
        **others: Any,
    ) -> Any:
        found, authority = None, None
        if ssl_certfile is not None:
            found = tls.from_files(ssl_certfile, ssl_keyfile)
        elif ssl_keyfile is not None:
            message = "--ssl-keyfile needs --ssl-certfile."
            raise click.UsageError(message)
        elif has_tls:
            found = tls.throwaway(("127.0.0.1", "::1", host))
            authority = _written(found)
        endpoint = Endpoint(found, uds, limits, authority)
        return command(*given, host=host, endpoint=endpoint, **others)

    for option in reversed(_OPTIONS):
        reading = option(reading)
    return cast("F", reading)


def _written(made: Tls) -> str:
    """Write the certificate to trust to a file that is deleted at the end."""
    folder = tempfile.TemporaryDirectory(prefix="cbmock-")
    click.get_current_context().call_on_close(folder.cleanup)
    path = Path(folder.name, "ca.pem")
    path.write_bytes(made.authority or b"")
    return str(path)
