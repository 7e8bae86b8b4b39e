"""A scheme: one way of signing, as a row of data.

It decides what a row may contain, and reads rows that users write. It must not know any
vendor: those are in `schemes`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from cbmock.errors import ReceiverError

Algorithm = Literal[
    "hmac-sha1",
    "hmac-sha256",
    "hmac-sha384",
    "hmac-sha512",
    "sha256",
    "ed25519",
    "ecdsa-p256-sha256",
    "ecdsa-p384-sha384",
    "rsa-sha1",
    "rsa-sha256",
    "rsa-pss-sha512",
    "jws",
    "http-message-signature",
]
DigestEncoding = Literal["hex", "base64", "base64url"]
Layout = Literal["value", "words", "pairs", "first-word"]
SecretEncoding = Literal[
    "utf-8", "base64", "base64-unprefixed", "hex", "sha1", "key", "certificate"
]
Unit = Literal["s", "ms", "rfc3339", "text"]
Rotation = Literal["any", "one"]

_WORDS: Mapping[str, tuple[str, ...]] = {
    "algorithm": get_args(Algorithm),
    "encoding": get_args(DigestEncoding),
    "layout": get_args(Layout),
    "secret_encoding": get_args(SecretEncoding),
    "unit": get_args(Unit),
    "rotation": get_args(Rotation),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How a sender signs.

    `signed` is a template over `{body}`, `{timestamp}`, `{id}`, `{url}`, `{method}`,
    `{secret}`, `{json:/pointer}`, `{form:name}`, `{form:sorted}`, `{path}` (with the
    query), `{path:escaped}`, `{signed-names}` and `{signed-headers}`. A place is written
    `header NAME`, `pair KEY` (of the signature's header), `body /pointer`, `form NAME` or
    `first word`. `header` are alternative places, of which the first that is present is
    used. White space around the parts of pairs is left out if `is_spaced`. `required` are
    header fields without which the vendor's SDK refuses (`SIGNATURE HEADER: NAME`), and
    `sent_with` names and templates of the fields that are added to what is signed without
    them. With `is_number` the timestamp is signed as a number, without leading zeros.
    `past` and `future` are the tolerances in seconds, inclusive; None allows any age.
    `secret_encoding` are alternative forms of the secret, of which the first that can be
    read is used.
    """

    name: str = "custom"
    title: str = "the configured scheme"
    header: tuple[str, ...] = ()
    algorithm: Algorithm = "hmac-sha256"
    encoding: DigestEncoding = "hex"
    prefix: str = ""
    layout: Layout = "value"
    separator: str = ","
    assign: str = "="
    is_spaced: bool = True
    signature_key: str = ""
    signed: str = "{body}"
    secret_encoding: tuple[SecretEncoding, ...] = ("utf-8",)
    secret_prefix: str = ""
    timestamp: str | None = None
    unit: Unit = "s"
    is_number: bool = False
    past: float | None = None
    future: float | None = None
    id: str | None = None
    rotation: Rotation = "any"
    required: tuple[str, ...] = ()
    sent_with: tuple[tuple[str, str], ...] = ()
    each: str | None = None
    key_id: str | None = None
    identity: str | None = None
    digest_query: str | None = None
    lenient_url: bool = False
    raw: bool = False
    source: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """The header fields that carry the signature, in lower case."""
        return tuple(
            place.removeprefix("header ").lower()
            for place in self.header
            if place.startswith("header ")
        )


def with_options(scheme: Scheme, options: Mapping[str, Any]) -> Scheme:
    """Return the scheme with a user's options; raises `ReceiverError` for an invalid one.

    Keys are those of the configuration (`secret-encoding`), or the same with underscores.
    """
    values: dict[str, Any] = {}
    for key, value in options.items():
        values.update(_option(key.replace("-", "_"), value))
    return replace(scheme, **values)


_TEXTS = ("name", "prefix", "separator", "assign", "signature_key", "signed", "key_id")
_PLACES = ("timestamp", "id", "identity")
_KNOWN = ("tolerance", *(each.name for each in fields(Scheme)))


def _option(name: str, value: Any) -> dict[str, Any]:
    if name == "tolerance":
        return _tolerance(value)
    if name == "header":
        return {"header": tuple(_place(each) for each in _listed(name, value))}
    if name == "secret_encoding":
        forms = tuple(_word(name, each) for each in _listed(name, value))
        return {name: forms}
    if name == "required":
        return {name: tuple(_listed(name, value))}
    if name in _WORDS:
        return {name: _word(name, value)}
    if name in {"past", "future"}:
        return {name: _seconds(name, value)}
    if name in _PLACES:
        return {name: None if value is None else _place(_text(name, value))}
    if name in _TEXTS:
        return {name: _text(name, value)}
    close = difflib.get_close_matches(name, _KNOWN, 1)
    hint = f"; did you mean {close[0].replace('_', '-')!r}?" if close else ""
    raise ReceiverError(f"a signature has no option {name.replace('_', '-')!r}{hint}")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ReceiverError(
            f"signature {name.replace('_', '-')}: {value!r} is not a text"
        )
    return value


def _listed(name: str, value: Any) -> tuple[str, ...]:
    several = value if isinstance(value, list | tuple) else (value,)
    return tuple(_text(name, each) for each in several)


def _place(written: str) -> str:
    """Read a place; a bare name is a header."""
    kind, _, name = written.partition(" ")
    known = kind in {"header", "pair", "body", "form"} and name
    return written if known or written == "first word" else f"header {written}"


def _word(name: str, value: Any) -> Any:
    known = _WORDS[name]
    text = _text(name, value).replace("utf8", "utf-8")
    if text not in known:
        raise ReceiverError(
            f"signature {name.replace('_', '-')}: {value!r} is none of {', '.join(known)}"
        )
    return text


def _tolerance(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {
            name: _seconds("tolerance", value.get(name)) for name in ("past", "future")
        }
    both = _seconds("tolerance", value)
    return {"past": both, "future": both}


def _seconds(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ReceiverError(f"signature {name}: {value!r} is not a number of seconds")
    return float(value)
