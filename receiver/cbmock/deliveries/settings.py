"""Settings: where an operation's identities are, and which conduct its sender keeps to.

It decides which of several patterns applies to an operation. It must not know where the
settings are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cbmock.deliveries import identity as identities
from cbmock.deliveries.conduct import Conduct, conduct_of
from cbmock.description.operation_names import most_specific
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError

ConductGiven = str | Mapping[str, Any] | Conduct


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """Identities and conducts by pattern of operation names."""

    identities: tuple[tuple[str, str], ...] = ()
    conducts: tuple[tuple[str, Conduct], ...] = ()

    def identity(self, operation: Operation) -> str | None:
        """Return where the identity is, None for the known conventions."""
        return most_specific(operation, self.identities)

    def conduct(self, operation: Operation) -> Conduct | None:
        """Return the conduct that is required of the sender, None for none."""
        return most_specific(operation, self.conducts)


NONE = DeliverySettings()


def settings(
    identity: str | Mapping[str, str] | None = None,
    conduct: ConductGiven | Mapping[str, ConductGiven] | None = None,
) -> DeliverySettings:
    """Read one identity and one conduct for all operations, or each by pattern of names.

    Raises `ReceiverError` for anything else.
    """
    by_name = {"*": identity} if isinstance(identity, str) else identity or {}
    for each in by_name.values():
        identities.parse(each)
    return DeliverySettings(
        tuple(by_name.items()),
        tuple((name, read(each)) for name, each in _by_pattern(conduct).items()),
    )


def _by_pattern(
    conduct: ConductGiven | Mapping[str, ConductGiven] | None,
) -> Mapping[str, ConductGiven]:
    if conduct is None:
        return {}
    if isinstance(conduct, Mapping) and all(not _is_option(name) for name in conduct):
        return conduct
    return {"*": conduct}


def _is_option(name: str) -> bool:
    name = name.replace("-", "_")
    return name == "profile" or name in Conduct.__dataclass_fields__


def read(conduct: ConductGiven) -> Conduct:
    """Read a profile's name or a table of options; `ReceiverError` if it is neither."""
    if isinstance(conduct, Conduct):
        return conduct
    if isinstance(conduct, str | Mapping):
        return conduct_of(conduct)
    raise ReceiverError(f"conduct={conduct!r} must be a profile's name or a table")
