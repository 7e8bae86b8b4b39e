"""Conduct: what is required of the way in which a sender delivers.

It decides which options exist, and which profiles describe real senders. It must not
know attempts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from cbmock.errors import ReceiverError

Backoff = Literal["any", "non-decreasing", "exponential"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What is required of a sender; an option that is None or False is not checked.

    A retry is due within `retry_within` seconds of a failure. `min_gap` is in seconds,
    `jitter` a fraction of the gap. `ordered_by` and `ignore` are JSON Pointers into the
    body (`#/events/*/age`). `concurrent` is how many deliveries may be in progress at
    once. `timestamp` names the header field whose timestamp each attempt must renew;
    without it all known ones are checked. `redelivers` lets a sender repeat a delivery
    after a success. With `needs_body` an answer without a body is a failure. `scale` is
    the factor by which an application's retries are shortened in tests: each gap is
    multiplied by it.
    """

    retries: bool = True
    retry_within: float | None = None
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
    redelivers: bool = False
    needs_body: bool = False
    follows_redirects: bool = False
    ordered_by: str | None = None
    concurrent: int | None = None
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Raise `ReceiverError` for values that are not allowed."""
        if self.backoff not in ("any", "non-decreasing", "exponential"):
            message = f"backoff={self.backoff!r} is not one of any, non-decreasing, exponential"
            raise ReceiverError(message)
        for pointer in (*self.ignore, *filter(None, (self.ordered_by,))):
            if not pointer.startswith("#/"):
                message = f"{pointer!r} must be a JSON Pointer such as #/sequence"
                raise ReceiverError(message)
        if self.scale <= 0:
            raise ReceiverError(f"scale={self.scale!r} must be greater than 0")
        for name in ("max_attempts", "concurrent"):
            value = getattr(self, name)
            if value is not None and value < 1:
                message = f"{name}={value!r} must be at least 1"
                raise ReceiverError(message)


_ONCE = Conduct(retries=False)
_ONCE_FOLLOWING = Conduct(retries=False, follows_redirects=True)

PROFILES: Mapping[str, Conduct] = {
    "standard-webhooks": Conduct(fresh_timestamp=True, backoff="non-decreasing"),
    "github": Conduct(retries=False, redelivers=True),
    "stripe": Conduct(
        backoff="non-decreasing", fresh_timestamp=True, timestamp="stripe-signature"
    ),
    "shopify": Conduct(max_attempts=9),
    "slack": Conduct(
        max_attempts=4, fresh_timestamp=True, timestamp="x-slack-request-timestamp"
    ),
    "cloudevents": _ONCE,
    "matrix": Conduct(
        backoff="non-decreasing",
        retry_after=False,
        stops_after_gone=False,
        needs_body=True,
        ignore=("#/events/*/age", "#/events/*/unsigned/age"),
        concurrent=1,
    ),
    "alertmanager": Conduct(
        retries=False,
        retry_after=False,
        stops_after_gone=False,
        redelivers=True,
        follows_redirects=True,
    ),
    "mlflow": Conduct(follows_redirects=True, max_attempts=4),
    "django-webhook": Conduct(
        retries=False, stops_after_gone=False, follows_redirects=True
    ),
    "apprise": Conduct(
        retries=False,
        retry_after=False,
        stops_after_gone=False,
        follows_redirects=True,
    ),
    "docker-registry": Conduct(
        retry_after=False, stops_after_gone=False, follows_redirects=True
    ),
    "websub": Conduct(retry_after=False, follows_redirects=True),
    "label-studio": _ONCE_FOLLOWING,
    "verdaccio": _ONCE_FOLLOWING,
    "node-red": _ONCE_FOLLOWING,
    "moto": _ONCE_FOLLOWING,
    "localstripe": _ONCE_FOLLOWING,
    "drf-hooks": _ONCE_FOLLOWING,
    "smee": _ONCE_FOLLOWING,
    "prism": _ONCE_FOLLOWING,
    "syslog-ng": Conduct(retry_after=False),
    "a2a": _ONCE,
    "buildbot": _ONCE,
    "wiremock": _ONCE,
}
"""What real senders do, so that their documented habits are not violations."""


def conduct_of(setting: str | Mapping[str, Any]) -> Conduct:
    """Read a profile's name, or a table of options whose names have hyphens."""
    if isinstance(setting, str):
        return _profile(setting)
    options = {name.replace("-", "_"): value for name, value in setting.items()}
    profile = options.pop("profile", None)
    base = Conduct() if profile is None else _profile(profile)
    unknown = [name for name in options if name not in Conduct.__dataclass_fields__]
    if unknown:
        message = f"conduct has no option {unknown[0].replace('_', '-')!r}"
        raise ReceiverError(message)
    if "ignore" in options:
        options["ignore"] = tuple(options["ignore"])
    return replace(base, **options)


def _profile(name: str) -> Conduct:
    found = PROFILES.get(name)
    if found is None:
        message = f"conduct={name!r} is not one of {', '.join(PROFILES)}"
        raise ReceiverError(message)
    return found
