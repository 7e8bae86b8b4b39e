"""Seeds: valid requests, texts and documents, from which fuzzing starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent
_SAMPLES = _FOLDER.parent.parent / "samples"
EVERYTHING = _FOLDER / "everything.json"


def documents() -> tuple[Any, ...]:
    """Return the documents of the samples, and one that uses every feature."""
    files = (
        EVERYTHING,
        _SAMPLES / "invoices" / "openapi.json",
        _SAMPLES / "subscriptions" / "openapi.json",
    )
    return tuple(json.loads(each.read_text("utf-8")) for each in files)


def requests() -> tuple[bytes, ...]:
    r"""Return requests to a mock of `everything.json`, as bytes on a connection.

    A line ends with `\\n` in a file and with `\\r\\n` in its head on a connection.
    """
    return tuple(
        _on_the_wire(each.read_bytes())
        for each in sorted((_FOLDER / "requests").iterdir())
    )


def _on_the_wire(data: bytes) -> bytes:
    head, _, body = data.partition(b"\n\n")
    lines = head.split(b"\n")
    body = body.removesuffix(b"\n")
    if any(each.lower().startswith(b"transfer-encoding") for each in lines):
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    elif body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join((*lines, b"", body))
