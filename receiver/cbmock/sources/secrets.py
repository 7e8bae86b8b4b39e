"""Secrets as users name them, and the credentials in the environment.

It decides what `env:NAME` and `file:PATH` mean. It must not know what secrets are for.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from cbmock.description.references import Description
from cbmock.errors import ReceiverError

_VARIABLE = "CBMOCK_SECRET_"


def secrets(description: Description) -> dict[str, str]:
    """Return the expected credentials by Security Scheme, from the environment.

    The variable of a scheme `api-key` is `CBMOCK_SECRET_API_KEY`.
    """
    components = description.root.get("components")
    schemes = None if components is None else components.get("securitySchemes")
    found = {}
    for name, _ in () if schemes is None else schemes.members():
        variable = _VARIABLE + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
        if variable in os.environ:
            found[name] = os.environ[variable]
    return found


def secret(written: str) -> str:
    """Return the secret that `env:NAME` or `file:PATH` names, or the text itself.

    The newline at the end of a file is removed, because editors add it.
    """
    kind, colon, name = written.partition(":")
    if colon and kind == "env":
        if name not in os.environ:
            raise ReceiverError(f"secret {written}: the variable {name} is not set")
        return _not_empty(os.environ[name], written)
    if colon and kind == "file":
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ReceiverError(f"secret {written}: cannot be read: {error}") from None
        return _not_empty(text.removesuffix("\n"), written)
    return written


def _not_empty(value: str, written: str) -> str:
    """Return a secret. CI services set those to nothing that a run may not have."""
    if not value:
        raise ReceiverError(f"secret {written}: is empty")
    return value
