"""Sources: the document as users name it, read into a description.

It decides what SPEC means (a path, a URL, `-`, `module:attribute`, an app or a dict),
and which further documents it may refer to. No other package opens files or fetches
documents. It must not know what is done with them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cbmock import byte_sizes
from cbmock.contract.schemas import format_readings
from cbmock.contract.security.redaction import Redaction
from cbmock.description import documents
from cbmock.description.documents import Document
from cbmock.description.limits import DEFAULT, DocumentLimits
from cbmock.description.references import AS_DEFINED, Description
from cbmock.errors import DocumentError, ReceiverError
from cbmock.sources import files
from cbmock.sources.files import read as read_file
from cbmock.sources.secrets import secret, secrets

if TYPE_CHECKING:
    from cbmock.sources.remote import Fetcher

__all__ = ["Spec", "describe", "read_file", "secret", "secrets"]

Spec = str | os.PathLike[str] | Mapping[str, Any] | object
"""A path, a URL, `-`, `module:attribute`, a dict, or an app that has `.openapi()`."""

_URL = re.compile(r"https?://", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?(?:\.[A-Za-z_]\w*(?:\(\))?)*"
)


def describe(
    spec: Spec,
    *,
    allow_remote: bool = False,
    allow_files: Iterable[str | os.PathLike[str]] = (),
    formats: Mapping[str, str] = AS_DEFINED,
    limits: DocumentLimits = DEFAULT,
) -> Description:
    """Read the document that `spec` names; raises `ReceiverError` if it cannot be read.

    Documents that it refers to are read from files below its folder or repository and
    below the folders in `allow_files`. With `allow_remote` they are also fetched by
    URL. A document from a URL cannot refer to files. `formats` maps names of formats to
    `off` or `offset-optional`. A document that exceeds `limits` is an error.
    """
    readings = format_readings.known(formats)
    if isinstance(spec, str) and _URL.match(spec):
        fetcher = _fetcher(limits, entry_is_remote=True)
        data = fetcher.fetch(spec)
        name = urlsplit(spec).path.rpartition("/")[2] or Redaction().target(spec)
        entry = documents.parse(data, name=name, uri=spec, limits=limits)
        access = _Retriever(fetcher if allow_remote else None, None, limits.size)
        return Description(entry, access, readings, limits)
    entry, folder = _local(spec, limits)
    folders = (files.reachable(folder), *(Path(each).resolve() for each in allow_files))
    further = _fetcher(limits, entry_is_remote=False) if allow_remote else None
    access = _Retriever(further, folders, limits.size)
    return Description(entry, access, readings, limits)


def _fetcher(limits: DocumentLimits, *, entry_is_remote: bool) -> Fetcher:
    from cbmock.sources.remote import Fetcher  # noqa: PLC0415 - 40 ms, few need it

    return Fetcher(entry_is_remote=entry_is_remote, largest=limits.size)


def _local(spec: Spec, limits: DocumentLimits) -> tuple[Document, Path]:
    """Return a local document, and the folder that it is in."""
    if isinstance(spec, os.PathLike):
        return _file(Path(spec), limits)
    if not isinstance(spec, str):
        folder = files.current()
        from cbmock.sources import apps  # noqa: PLC0415 - (as above)

        name = "openapi.json" if isinstance(spec, Mapping) else type(spec).__name__
        uri = (folder / "openapi.json").as_uri()
        return apps.from_object(spec, name=name, uri=uri), folder
    if spec == "-":
        folder = files.current()
        data = sys.stdin.buffer.read(limits.size + 1)
        if len(data) > limits.size:
            reason = f"is larger than {byte_sizes.shown(limits.size)}"
            raise DocumentError(reason, document="stdin")
        uri = (folder / "stdin").as_uri()
        return documents.parse(data, name="stdin", uri=uri, limits=limits), folder
    if _ATTRIBUTE.fullmatch(spec) and not os.path.exists(spec):  # noqa: PTH110 - it never raises
        from cbmock.sources import apps  # noqa: PLC0415 - (as above)

        folder = files.current()
        uri = (folder / "openapi.json").as_uri()
        return apps.from_attribute(spec, uri, str(folder)), folder
    return _file(Path(spec), limits)


def _file(path: Path, limits: DocumentLimits) -> tuple[Document, Path]:
    try:
        data = files.read(path, largest=limits.size)
    except ReceiverError as error:
        is_pipe = error.message == files.NO_FILE
        advice = "`-` reads a document from standard input." if is_pipe else None
        raise DocumentError(
            f"cannot be read: {error.message}", document=str(path), advice=advice
        ) from None
    # Remove `..`, because references back to the document have none. Unlike `resolve`,
    # this keeps symbolic links: other documents are beside the link.
    if not path.is_absolute():
        files.current()  # it may be gone
    absolute = Path(os.path.abspath(path))  # noqa: PTH100
    uri = absolute.as_uri()
    entry = documents.parse(data, name=path.name, uri=uri, limits=limits)
    return entry, absolute.parent


class _Retriever:
    """Reads the documents that a document may refer to; with `folders` None no file."""

    def __init__(
        self, fetcher: Fetcher | None, folders: tuple[Path, ...] | None, largest: int
    ) -> None:
        self._fetcher = fetcher
        self._folders = folders
        self._largest = largest

    def __call__(self, uri: str) -> bytes:
        """Return the bytes at a URI, or raise `ReceiverError`."""
        parts = urlsplit(uri)
        if parts.scheme == "file":
            return self._read(uri, parts.path)
        if self._fetcher is None or not _URL.match(uri):
            raise ReceiverError(
                f"{uri} is remote; only --allow-remote fetches what documents refer to"
                if _URL.match(uri)
                else f"{uri} is neither a file nor an HTTP URL"
            )
        return self._fetcher.fetch(uri)

    def _read(self, uri: str, written: str) -> bytes:
        from urllib.request import url2pathname  # noqa: PLC0415 - 40 ms, few need it

        if self._folders is None:
            raise ReceiverError(
                f"{uri} is a file, which a fetched document cannot reach"
            )
        path = Path(url2pathname(written))
        if not files.allowed(path, self._folders):
            raise ReceiverError(
                f"{path.name} is outside {self._folders[0]}; --allow-files DIR lets the "
                "document reach another folder"
            )
        try:
            return files.read(path, largest=self._largest)
        except ReceiverError as error:
            raise ReceiverError(f"{path.name}: {error.message}") from None
