"""A signature scheme with its secrets: checks signed requests, and signs requests.

It must not know where secrets come from or the time: both are given.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from cbmock.errors import ReceiverError
from cbmock.signatures import (
    aws_sns,
    carried,
    causes,
    digests,
    http_message_signatures,
    jws,
    keys,
    schemes,
    signed_message,
)
from cbmock.signatures.carried import Carried, Unreadable
from cbmock.signatures.fast_check import (
    SignatureFastCheck,
    SignatureFastSign,
    fast_check,
    fast_sign,
)
from cbmock.signatures.scheme import Scheme, with_options
from cbmock.signatures.signed_message import Absent, HeaderFields, HeaderParts, Message
from cbmock.signatures.wrong import age, key_unknown, malformed, mismatch, missing
from cbmock.violations import Violation


class _ByLibrary(Protocol):
    """The functions of a module for a scheme that is not a template."""

    def check(
        self,
        scheme: Scheme,
        secrets: tuple[str, ...],
        sent: Message,
        now: float | None,
    ) -> tuple[Violation, ...]: ...

    def sign(
        self,
        scheme: Scheme,
        secrets: tuple[str, ...],
        sent: Message,
        timestamp: float | None,
    ) -> tuple[tuple[str, str], ...]: ...


_BY_LIBRARY: Mapping[str, _ByLibrary] = {
    "jws": jws,
    "http-message-signature": http_message_signatures,
}


class Signature:
    """One way of signing, and the secrets that are known for it."""

    def __init__(
        self,
        scheme: str | Mapping[str, Any],
        *,
        secret: str | Sequence[str] = (),
        former_secret: str | Sequence[str] = (),
        **overrides: Any,
    ) -> None:
        """Take a scheme's name (`stripe`) or a table as in the configuration.

        `secret` is one text, or several while keys rotate, the newest first. A signature by
        a `former_secret` is refused, and the violation names the cause. `overrides` change
        options of the scheme (`tolerance=60`, `header="X-Sig"`). Raises `ReceiverError` for
        an unknown name or option, a secret that cannot be read, or a library that is missing.
        """
        table = {"scheme": scheme} if isinstance(scheme, str) else dict(scheme)
        name = table.pop("scheme", None)
        base = Scheme() if name is None else schemes.named(name)
        own = table.pop("secret", ())
        former = former_secret or table.pop("former-secret", ())
        self.options = {**table, **overrides}
        if name is not None:
            self.options["scheme"] = name
        self.scheme = with_options(base, {**table, **overrides})
        if not self.scheme.header:
            raise ReceiverError("a signature needs `header`: where the digest stands")
        self.secrets = _several(secret or own)
        self.former_secrets = _several(former)
        for each in self.secrets:
            keys.check(self.scheme, each)

    def __repr__(self) -> str:
        """Name the scheme; secrets are not shown."""
        return f"Signature({self.scheme.name!r}, secrets={len(self.secrets)})"

    @functools.cached_property
    def is_surely_good(self) -> SignatureFastCheck | None:
        """The fast check for right signatures; None if the scheme has none."""
        return fast_check(self.scheme, self.secrets)

    def replacing(self, before: Signature) -> Signature:
        """Return a copy that treats the secrets of the one before as former secrets."""
        gone = (each for each in before.secrets if each not in self.secrets)
        former = dict.fromkeys((*self.former_secrets, *gone))
        return self._with(self.secrets, tuple(former))

    def _with(self, secrets: tuple[str, ...], former: tuple[str, ...]) -> Signature:
        other = Signature.__new__(Signature)
        other.scheme, other.options = self.scheme, self.options
        other.secrets, other.former_secrets = secrets, former
        return other

    @functools.cached_property
    def sign_fast(self) -> SignatureFastSign | None:
        """A function like `sign` that is ten times faster; None if the scheme has none."""
        return fast_sign(self.scheme, self.secrets)

    def with_other_secret(self) -> Signature:
        """Return the same scheme with a secret that nobody knows, to sign wrongly."""
        others = (keys.other_secret(self.scheme, each) for each in self.secrets)
        return self._with(tuple(others), ())

    def while_rotating(self) -> Signature | None:
        """Return the scheme with an unknown newer secret too; None if only one is allowed."""
        if self.scheme.rotation == "one" or self.scheme.layout == "value":
            return None
        both = self.with_other_secret()
        both.secrets = (*both.secrets, *self.secrets)
        return both

    def check(
        self,
        headers: HeaderFields,
        body: bytes,
        *,
        method: str = "POST",
        url: str = "",
        now: float | None = None,
    ) -> tuple[Violation, ...]:
        """Return what is wrong with a request's signature; empty if it is good.

        `headers` is a mapping or pairs, `body` the bytes as received, `url` the whole URL
        that the sender used. `now` is in seconds since the epoch; without it the age of the
        signature is not checked.
        """
        sent = signed_message.read_message(headers, body, method, url)
        try:
            found = self._check(sent, now)
        except Absent as absent:
            other = causes.looks_like(sent)
            return (missing(self.scheme, absent.place, *other[:1]),)
        except Unreadable as unreadable:
            return (malformed(unreadable.place, unreadable.detail),)
        if found or self.scheme.raw or _is_utf8(body):
            return found
        return (
            Violation(
                location="signature",
                code="signature-body-not-utf8",
                severity="info",
                name=self.scheme.header[0].partition(" ")[2],
                detail=f"the body is not UTF-8: the signature is right, but {self.scheme.title}'s "
                "SDKs read the body as text and refuse it",
            ),
        )

    def sign(
        self,
        body: bytes,
        *,
        id: str | None = None,
        timestamp: float | str | None = None,
        method: str = "POST",
        url: str = "",
        headers: HeaderFields = (),
    ) -> tuple[tuple[str, str], ...]:
        """Return the header fields to add to a request, as pairs.

        `timestamp` is in seconds since the epoch, or the exact text to send. `id` is the
        delivery's identity; by default it is made from the body. With several secrets each
        one signs, if the scheme can have several signatures. Raises `ReceiverError` if a
        secret or timestamp is needed and missing.
        """
        if not self.secrets:
            raise ReceiverError(f"to sign as {self.scheme.title}, a secret is needed")
        sent = signed_message.read_message(headers, body, method, url)
        library = _BY_LIBRARY.get(self.scheme.algorithm)
        if library is not None:
            return library.sign(self.scheme, self.secrets, sent, _seconds(timestamp))
        place = self.scheme.header[0]
        if not place.startswith("header "):
            raise ReceiverError(
                f"{self.scheme.title} signs within the body ({place}): there is no header to add"
            )
        given = HeaderParts(
            timestamp=self._timestamp(timestamp, sent),
            id=id or f"msg_{hashlib.sha256(body).hexdigest()[:24]}",
        )
        algorithm = self.scheme.algorithm
        if "x-twilio-webhooks-signature-settings" in sent.headers:
            algorithm = _algorithm(self.scheme, sent)
        made = []
        for secret in self.secrets:
            key = keys.key(self.scheme, secret)
            assert key is not None
            octets = signed_message.signed_octets(
                self.scheme, sent, replace(given, secret=key)
            )
            made.append(
                digests.encoded(
                    digests.made(algorithm, key, octets), self.scheme.encoding
                )
            )
        written = self._fields(place.removeprefix("header "), made, given)
        return (*self._sent_with(sent, given), *written)

    def _sent_with(
        self, sent: Message, given: HeaderParts
    ) -> Iterator[tuple[str, str]]:
        """Yield the fields without which the vendor's SDK refuses the request."""
        for name, template in self.scheme.sent_with:
            if name.lower() not in sent.headers:
                yield name, signed_message.filled(template, sent, given).decode()

    def _fields(
        self, header: str, made: list[str], given: HeaderParts
    ) -> list[tuple[str, str]]:
        scheme = self.scheme
        several = scheme.rotation == "any" and scheme.layout != "value"
        made = made if several else made[:1]
        fields = []
        for place, value in (
            (scheme.id, given.id),
            (scheme.timestamp, given.timestamp),
        ):
            if place and place.startswith("header "):
                fields.append((place.removeprefix("header "), value))
        if scheme.layout == "pairs":
            pairs = [f"{scheme.signature_key}{scheme.assign}{each}" for each in made]
            if scheme.timestamp and scheme.timestamp.startswith("pair "):
                key = scheme.timestamp.removeprefix("pair ")
                pairs.insert(0, f"{key}{scheme.assign}{given.timestamp}")
            value = scheme.separator.join(pairs)
        elif scheme.layout == "first-word":
            value = scheme.separator.join((given.timestamp, *made))
        else:
            value = scheme.separator.join(scheme.prefix + each for each in made)
        return [*fields, (header, value)]

    def _timestamp(self, timestamp: float | str | None, sent: Message) -> str:
        """Write a moment in the scheme's unit."""
        scheme = self.scheme
        if scheme.timestamp is None or scheme.timestamp.startswith("body "):
            return ""
        if isinstance(timestamp, str):
            return timestamp
        if timestamp is None:
            place = scheme.timestamp.partition(" ")[2].lower()
            if scheme.timestamp.startswith("header ") and place in sent.headers:
                return sent.headers[place]
            raise ReceiverError(
                f"{scheme.title} signs a timestamp: give timestamp= in seconds since the epoch"
            )
        if scheme.unit == "ms":
            return str(round(timestamp * 1000))
        if scheme.unit == "rfc3339":
            return causes.rfc3339(timestamp)
        return str(int(timestamp))

    def _check(self, sent: Message, now: float | None) -> tuple[Violation, ...]:
        scheme = self.scheme
        library = _BY_LIBRARY.get(scheme.algorithm)
        if library is not None:
            return library.check(scheme, self.secrets, sent, now)
        if scheme.name == "aws-sns":
            return aws_sns.check(scheme, self.secrets, sent)
        found: tuple[Violation, ...] = ()
        for each in _items(scheme, sent):
            found += self._check_one(each, now)
        return found

    def _check_one(self, sent: Message, now: float | None) -> tuple[Violation, ...]:
        scheme = self.scheme
        got = carried.read(scheme, sent)
        if not self.secrets:
            return (key_unknown(scheme, got.place),)
        if not any(self._fits(sent, got, secret) for secret in self.secrets):
            why = causes.cause(scheme, self.secrets, sent, got, self.former_secrets)
            return (mismatch(scheme, got.place, why),)
        if scheme.digest_query is not None:
            wrong = causes.digest_of_query(scheme.digest_query, sent)
            if wrong:
                return (mismatch(scheme, got.place, wrong),)
        stale = age(scheme, got.moment, now)
        return () if stale is None else (stale,)

    def _fits(self, sent: Message, got: Carried, secret: str) -> bool:
        key = keys.key(self.scheme, secret)
        assert key is not None
        return causes.fits(
            self.scheme, sent, got, key, algorithm=_algorithm(self.scheme, sent)
        )


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _algorithm(scheme: Scheme, sent: Message) -> Any:
    """Return the algorithm; Twilio names an unusual one in a header."""
    settings = sent.headers.get("x-twilio-webhooks-signature-settings", "")
    if scheme.name == "twilio" and "algorithm=HMAC_SHA256" in settings:
        return "hmac-sha256"
    return scheme.algorithm


def _items(scheme: Scheme, sent: Message) -> list[Message]:
    """Return the message, or one for each item of the body that has its own signature."""
    if scheme.each is None:
        return [sent]
    before, _, after = scheme.each.partition("/*")
    listed = signed_message.at(sent.json, before)
    items = [signed_message.at(each, after) for each in listed or ()]
    if not items:
        raise Absent(f"body {scheme.each}")
    return [replace(sent, item=item) for item in items]


def _seconds(timestamp: float | str | None) -> float | None:
    return None if timestamp is None else float(timestamp)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
