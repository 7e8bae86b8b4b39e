"""Sources: the document as users name it, read into a description.

It decides what SPEC means: a path, a URL, `-`, `module:attribute`, an app or a dict. It is
the one place that opens files and fetches documents. It must not know what is done with
them.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cbmock.description import documents
from cbmock.description.documents import Document
from cbmock.description.references import Description
from cbmock.errors import DocumentError, ReceiverError

Spec = str | os.PathLike[str] | Mapping[str, Any] | object
"""A path, a URL, `-`, `module:attribute`, a dict, or an app that has `.openapi()`."""

_LARGEST = 64 * 2**20
_CHUNK = 2**16
_TIMEOUT = 20.0
"""Seconds until a server must have begun, or gone on, to answer."""
_PATIENCE = 60.0
"""Seconds for a whole document."""
_ATTRIBUTE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(?:\(\))?")


def describe(spec: Spec, *, allow_remote: bool = False) -> Description:
    """Read what `spec` names; `ReceiverError` says what is wrong with it.

    Documents that it refers to are read from files, with `allow_remote` also fetched.
    """
    return Description(_entry(spec), retrieve_any if allow_remote else retrieve)


def _entry(spec: Spec) -> Document:
    if isinstance(spec, Mapping):
        return _tree(spec, name="openapi.json")
    if isinstance(spec, os.PathLike):
        return _file(Path(spec))
    if isinstance(spec, str):
        return _named(spec)
    return _app(spec, name=type(spec).__name__)


def _named(spec: str) -> Document:
    if spec == "-":
        data = sys.stdin.buffer.read()
        return documents.parse(data, name="stdin", uri=_in_folder("stdin"))
    if re.match(r"https?://", spec):
        data = _fetch(spec)
        name = urlsplit(spec).path.rpartition("/")[2] or spec
        return documents.parse(data, name=name, uri=spec)
    if _ATTRIBUTE.fullmatch(spec) and not Path(spec).exists():
        return _app(_attribute(spec), name=spec)
    return _file(Path(spec))


def _in_folder(name: str) -> str:
    """Return the URI that relative references of a nameless document start from."""
    return (Path.cwd() / name).as_uri()


def _file(path: Path) -> Document:
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise DocumentError(
            f"cannot be read: {_reason(error)}", document=str(path)
        ) from None
    # Without `..`, as references back to it have none; unlike `resolve`, this leaves
    # links alone, beside which the neighbours lie.
    absolute = Path(os.path.abspath(path))  # noqa: PTH100
    return documents.parse(data, name=path.name, uri=absolute.as_uri())


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _attribute(spec: str) -> object:
    """Import `module:attribute` with the working directory in reach, as uvicorn does."""
    module_name, _, attribute = spec.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found: object = importlib.import_module(module_name)
    except ImportError as error:
        raise DocumentError(
            f"cannot be imported: {error}",
            document=spec,
            advice="Name a module that Python finds from this folder.",
        ) from error
    except Exception as error:  # the user's own module may raise anything
        raise DocumentError(
            f"cannot be imported: {type(error).__name__}: {error}", document=spec
        ) from error
    for name in attribute.removesuffix("()").split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise DocumentError(
                f"module {module_name} has no attribute {attribute!r}", document=spec
            ) from None
    if attribute.endswith("()") and callable(found):
        return _called(found, name=spec)
    return found


def _called(function: Callable[[], object], *, name: str) -> object:
    try:
        return function()
    except Exception as error:  # the user's own function may raise anything
        raise DocumentError(
            f"cannot be built: {type(error).__name__}: {error}", document=name
        ) from error


def _app(app: object, *, name: str) -> Document:
    if isinstance(app, Mapping):
        return _tree(app, name=name)
    openapi = getattr(app, "openapi", None)
    if not callable(openapi):
        raise DocumentError(
            f"is a {type(app).__name__} without an openapi() method",
            document=name,
            advice="Name an app such as FastAPI's, a dict, or a file.",
        )
    return _tree(_called(openapi, name=name), name=name)


def _tree(content: object, *, name: str) -> Document:
    """Make JSON of Python objects: `200:` may be a number there, a date a date."""
    try:
        tree = json.loads(json.dumps(content, default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise DocumentError(f"is not JSON: {error}", document=name) from None
    return Document(name, _in_folder("openapi.json"), tree)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    message = f"a {type(value).__name__} stands in it"
    raise TypeError(message)


def retrieve(uri: str) -> bytes:
    """Read a document that another one refers to: local files only."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        message = (
            f"{uri} is remote; only --allow-remote fetches what documents refer to"
        )
        raise ReceiverError(message)
    from urllib.request import url2pathname  # noqa: PLC0415 - 40 ms, few need it

    path = Path(url2pathname(parts.path))
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        message = f"{path.name}: {_reason(error)}"
        raise ReceiverError(message) from None


def retrieve_any(uri: str) -> bytes:
    """Read a document that another one refers to, from a file or over HTTP."""
    return _fetch(uri) if re.match(r"https?:", uri) else retrieve(uri)


def _fetch(url: str) -> bytes:
    """Fetch a document within a size and a time."""
    import http.client  # noqa: PLC0415 - 40 ms, few need it
    import urllib.error  # noqa: PLC0415 - (the same)
    import urllib.request  # noqa: PLC0415 - (the same)

    until = time.monotonic() + _PATIENCE
    try:
        request = urllib.request.Request(  # noqa: S310 - the scheme is http or https
            url, headers={"Accept": "application/json, application/yaml, */*;q=0.5"}
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            data = b""
            while chunk := answer.read1(_CHUNK):
                data += chunk
                if len(data) > _LARGEST:
                    raise DocumentError("is larger than 64 MiB", document=url)
                if time.monotonic() > until:
                    raise DocumentError("takes too long to fetch", document=url)
    except (OSError, ValueError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        reason = " ".join(str(error).split())
        raise DocumentError(f"cannot be fetched: {reason}", document=url) from None
    return data


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

    Of a file the newline at its end is left out, which editors add.
    """
    kind, colon, name = written.partition(":")
    if colon and kind == "env":
        if name not in os.environ:
            raise ReceiverError(f"secret {written}: the variable {name} is not set")
        return os.environ[name]
    if colon and kind == "file":
        try:
            return Path(name).read_text(encoding="utf-8").removesuffix("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ReceiverError(f"secret {written}: cannot be read: {error}") from None
    return written
