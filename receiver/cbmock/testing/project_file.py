"""The configuration file, the environment and pytest's ini as arguments of a Receiver.

It decides which of them applies to a session of tests, and reads it. It must not know
the command line or fixtures, which take precedence.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbmock import config as files
from cbmock import sources
from cbmock.config import SETTINGS, Config
from cbmock.description.operation_names import aliases
from cbmock.description.operations import Scope
from cbmock.errors import ReceiverError
from cbmock.signatures.configured import ConfiguredSignatures, configured

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver

_LISTS = frozenset({"allow-files", "handshake", "paths"})
_SECRETS = ("secret", "former-secret")
_FLAGS = {"true": True, "1": True, "yes": True, "on": True}
_NO_FLAGS = {"false": False, "0": False, "no": False, "off": False}
_SAME_NAME = (
    "host",
    "http2",
    "on-violation",
    "port",
    "prefer",
    "public-url",
    "security",
    "strict",
)
"""Settings that are arguments of a Receiver with the same name and meaning."""
NAMES = (
    *_SAME_NAME,
    *_LISTS,
    "allow-remote",
    "include-unreferenced",
    "secret",
    "signature",
    "ssl-ca-certs",
    "ssl-certfile",
    "ssl-keyfile",
    "tls",
)
"""The settings of a Receiver that the environment and pytest's ini have too."""

Lookup = Callable[[str], Any]


@functools.lru_cache(maxsize=8)
def project_file(root: Path) -> Config:
    """Read the file that applies to the tests below a folder, once."""
    return files.find(root)


def setting(name: str, ini: Lookup, file: Config) -> Any:
    """Find one setting: environment, then pytest's ini file, then the file; otherwise None."""
    variable = f"CBMOCK_{name.replace('-', '_').upper()}"
    given = os.environ.get(variable, "")
    for value, origin in (
        ("" if files.SERVICE.match(given) else given, variable),
        (ini(name), f"cbmock_{name.replace('-', '_')}"),
    ):
        if value not in (None, "", []):
            return _typed(name, value, origin)
    return file.settings.get(name)


def arguments(ini: Lookup, file: Config, *, alone: bool) -> dict[str, Any]:
    """Return the arguments of a Receiver besides its document.

    If several processes run tests (not `alone`), each uses a free port.
    """
    found = {name: setting(name, ini, file) for name in NAMES}
    if not alone:
        found["port"] = None
    secrets = secrets_of(found["secret"] or ())
    signatures = dict(signatures_of(found["signature"], secrets, file))
    by_pattern = {
        name: {
            pattern: with_secrets(settings[name].value)
            for pattern, settings in file.patterns()
            if name in settings
        }
        for name in ("handshake", "identity", "conduct")
    }
    if found["handshake"]:
        by_pattern["handshake"] = {
            "*": with_secrets(found["handshake"]),
            **by_pattern["handshake"],
        }
    given = {
        name.replace("-", "_"): found[name] for name in (*_SAME_NAME, "allow-remote")
    }
    given |= {
        "allow_files": _several(found["allow-files"]),
        "client_ca": found["ssl-ca-certs"],
        "formats": file.formats,
        "scope": _scope(found["paths"], found["include-unreferenced"]),
        "secret": secrets,
        "signature": signatures,
        "tls": _tls(found),
        **by_pattern,
    }
    return {name: each for name, each in given.items() if each}


def _tls(found: Mapping[str, Any]) -> Any:
    certificate, key = found["ssl-certfile"], found["ssl-keyfile"]
    if certificate is None:
        return found["tls"]
    return certificate if key is None else (certificate, key)


def _scope(paths: Any, unreferenced: Any) -> Scope | None:
    if not paths and not unreferenced:
        return None
    return Scope(paths=_several(paths), unreferenced=bool(unreferenced))


def play(receiver: Receiver, file: Config) -> None:
    """Answer a test's calls with the file's responses for its operations."""
    for operation in receiver.operations:
        found = file.operation_settings(*aliases(operation)).get("responses")
        if found is not None:
            receiver.play(operation, found.value)


def signatures_of(
    signature: Any, secrets: tuple[str, ...], file: Config
) -> ConfiguredSignatures:
    """Return the signatures of a whole project, and of the file's operations."""
    every = signature if signature is not None else file.settings.get("signature")
    found = list(configured(with_secrets(every), secrets))
    for pattern, settings in file.patterns():
        scheme = settings.get("signature")
        if scheme is not None:
            own = settings.get("secret")
            known = secrets if own is None else secrets_of(own.value)
            found += configured({pattern: with_secrets(scheme.value)}, known)
    return tuple(found)


def secrets_of(written: Any) -> tuple[str, ...]:
    """Return one or several secrets of a file: `env:NAME`, `file:PATH`, or text."""
    return tuple(sources.secret(each) for each in _several(written))


def with_secrets(given: Any) -> Any:
    """Replace the secrets and verify tokens in tables by their values."""
    if isinstance(given, list):
        return [with_secrets(each) for each in given]
    if not isinstance(given, Mapping):
        return given
    read = {
        name: secrets_of(value) if name in _SECRETS else sources.secret(value)
        for name, value in given.items()
        if name in (*_SECRETS, "verify-token", "verify_token")
    }
    return {**given, **read}


def _several(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given or ())


def _typed(name: str, value: Any, origin: str) -> Any:
    """Read a text as the value of a setting; raises `ReceiverError` if it is invalid."""
    kind = SETTINGS[name]
    for read in (value, *_readings(name, value)):
        if kind.fits(read):
            return read
    raise ReceiverError(f"{origin}={value}: must be {kind.words}")


def _readings(name: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, str):
        return ()
    if name in _LISTS:
        return (value.split(),)
    if value.isascii() and value.isdecimal() and name == "port":
        return (int(value),)
    flag = {**_FLAGS, **_NO_FLAGS}.get(value.lower())
    return () if flag is None else (flag,)
