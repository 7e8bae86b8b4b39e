"""Conduct: what is required of the way in which a sender delivers.

It decides which options there are, and what real senders do. It must not know attempts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from cbmock.errors import ReceiverError

Backoff = Literal["any", "non-decreasing", "exponential"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What is required of a sender; what is None or False is not checked.

    `min_gap` and `jitter` are in seconds and as a part of the gap; `ordered_by` and
    `ignore` are JSON Pointers into the body (`#/events/*/age`), `concurrent` is how many
    deliveries may be under way at once. `timestamp` names the header that each attempt
    must renew.
    """

    retries: bool = True
    max_attempts: int | None = None
    backoff: Backoff = "any"
    min_gap: float = 0.0
    jitter: float = 0.25
    same_body: bool = True
    ignore: tuple[str, ...] = ()
    fresh_timestamp: bool = False
    timestamp: str | None = None
    retry_after: bool = True
    stops_after_gone: bool = True
    follows_redirects: bool = False
    ordered_by: str | None = None
    concurrent: int | None = None

    def __post_init__(self) -> None:
        """Raise `ReceiverError` for values that are not allowed."""
        if self.backoff not in ("any", "non-decreasing", "exponential"):
            message = f"backoff={self.backoff!r} is not one of any, non-decreasing, exponential"
            raise ReceiverError(message)
        for pointer in (*self.ignore, *filter(None, (self.ordered_by,))):
            if not pointer.startswith("#/"):
                message = f"{pointer!r} must be a JSON Pointer such as #/sequence"
                raise ReceiverError(message)
        for name in ("max_attempts", "concurrent"):
            value = getattr(self, name)
            if value is not None and value < 1:
                message = f"{name}={value!r} must be at least 1"
                raise ReceiverError(message)


PROFILES: Mapping[str, Conduct] = {
    "standard-webhooks": Conduct(fresh_timestamp=True, backoff="non-decreasing"),
    "github": Conduct(retries=False),
    "matrix": Conduct(
        backoff="non-decreasing",
        retry_after=False,
        ignore=("#/events/*/age", "#/events/*/unsigned/age"),
    ),
    "alertmanager": Conduct(
        retry_after=False, stops_after_gone=False, follows_redirects=True, retries=False
    ),
    "cloudevents": Conduct(),
    "mlflow": Conduct(follows_redirects=True, max_attempts=4),
    "django-webhook": Conduct(
        retries=False, stops_after_gone=False, follows_redirects=True
    ),
}
"""What real senders do, so that none of them is accused of its own habits."""


def conduct_of(setting: str | Mapping[str, Any]) -> Conduct:
    """Read a profile's name, or a table of options by their names with hyphens."""
    if isinstance(setting, str):
        if setting not in PROFILES:
            message = f"conduct={setting!r} is not one of {', '.join(PROFILES)}"
            raise ReceiverError(message)
        return PROFILES[setting]
    options = {name.replace("-", "_"): value for name, value in setting.items()}
    base = PROFILES.get(options.pop("profile", ""), Conduct())
    unknown = [name for name in options if name not in Conduct.__dataclass_fields__]
    if unknown:
        message = f"conduct has no option {unknown[0].replace('_', '-')!r}"
        raise ReceiverError(message)
    if "ignore" in options:
        options["ignore"] = tuple(options["ignore"])
    return replace(base, **options)
