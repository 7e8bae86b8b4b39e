"""One document: bytes read as JSON or YAML 1.2 into a tree, with its name and URI.

It decides whether a text is JSON or YAML. It must not know OpenAPI beyond the fields that
identify a document or follow references.
"""

from __future__ import annotations

import codecs
import functools
import gc
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urljoin

import jiter

from cbmock.description.limits import DEFAULT, DocumentLimits
from cbmock.errors import DocumentError, line_of

T = TypeVar("T")
_BYTE_ORDER_MARK = codecs.BOM_UTF8


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A parsed document.

    `name` is its name in messages, `uri` where it was retrieved from, `tree` its content
    (strings, numbers, booleans, None, lists and dicts with string keys). `repeated_keys`
    are the (line, key) of every repeated mapping key, `merge_keys` the lines of `<<`, which
    YAML 1.2 does not have. `text` is the text that was read, None if an app made the tree;
    `is_json` says whether that text is JSON. `derived` is what `kept` functions made of it.
    """

    name: str
    uri: str
    tree: Any
    repeated_keys: tuple[tuple[int, str], ...] = field(default=())
    text: str | None = field(default=None, repr=False)
    is_json: bool = False
    merge_keys: tuple[int, ...] = field(default=())
    derived: dict[object, Any] = field(default_factory=dict, repr=False)

    @property
    def openapi(self) -> str | None:
        """The `openapi` field, if this is a root document.

        An unquoted `3.1` is a number in YAML and JSON; it is read as the version 3.1.
        """
        version = self.tree.get("openapi") if isinstance(self.tree, dict) else None
        return str(version) if isinstance(version, str | float) else None

    @property
    def base(self) -> str:
        """The URI that relative references resolve against (OAS 3.2 `$self`)."""
        itself = self.tree.get("$self") if isinstance(self.tree, dict) else None
        if not isinstance(itself, str):
            return self.uri
        try:
            return urljoin(self.uri, itself.partition("#")[0])
        except ValueError:  # no URI, such as `http://[`
            return self.uri


def kept(derive: Callable[[Document], T]) -> Callable[[Document], T]:
    """Keep what a function derives from a document as long as the document itself.

    A cache of the process would keep both.
    """

    @functools.wraps(derive)
    def known(document: Document) -> T:
        derived = document.derived
        if derive not in derived:
            derived[derive] = derive(document)
        found: T = derived[derive]
        return found

    return known


def dollars(text: str) -> Iterator[int]:
    """Yield where a text has a `$`: to search for one character is ten times as fast."""
    at = text.find("$")
    while at >= 0:
        yield at
        at = text.find("$", at + 1)


def parse(
    data: bytes, *, name: str, uri: str, limits: DocumentLimits = DEFAULT
) -> Document:
    """Read one document; raises `DocumentError` with the line if it cannot be read.

    JSON is tried first if the first character suggests it, because it is many times faster,
    and YAML 1.2 is a superset of it.
    """
    text = _decode(data, name)
    with _no_collection():
        if text.lstrip()[:1] in ("{", "["):
            try:
                return _json(data.removeprefix(_BYTE_ORDER_MARK), text, name, uri)
            except json.JSONDecodeError as error:
                # A flow mapping may be YAML all the same.
                failure = _json_error(error, text, name)
                return _yaml(text, name, uri, limits, or_else=failure)
            except (RecursionError, ValueError) as error:
                raise _unreadable(error, name) from None
        return _yaml(text, name, uri, limits)


def _decode(data: bytes, name: str) -> str:
    if b"\0" in data[:4]:  # no text begins so in UTF-8
        raise DocumentError(
            "begins with null bytes, as UTF-16 and UTF-32 do",
            document=name,
            advice="Save the document as UTF-8.",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # `error.object` is `data` without a byte order mark.
        before = error.object[: error.start]
        raise DocumentError(
            f"byte {error.object[error.start]:#04x} is not UTF-8",
            document=name,
            line=before.count(b"\n") + 1,
            column=len(before.rpartition(b"\n")[2].decode()) + 1,
            advice="Save the document as UTF-8.",
        ) from None


def _json(data: bytes, text: str, name: str, uri: str) -> Document:
    try:
        # The standard reader explains whatever jiter refuses, repeated names too.
        tree = jiter.from_json(data, catch_duplicate_keys=True)
    except ValueError:
        return _json_with_care(text, name, uri)
    return Document(name, uri, tree, (), text, is_json=True)


def _json_with_care(text: str, name: str, uri: str) -> Document:
    repeated = False

    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        members = dict(pairs)
        repeated = repeated or len(members) < len(pairs)
        return members

    tree = json.loads(text, object_pairs_hook=read)
    repeated_keys = _repeated(text) if repeated else ()
    return Document(name, uri, tree, repeated_keys, text, is_json=True)


def _repeated(text: str) -> tuple[tuple[int, str], ...]:
    """Find the lines with the slow reader; empty if that cannot read the text."""
    try:
        return _yaml(text, "", "").repeated_keys
    except DocumentError:
        return ()


def _yaml(
    text: str,
    name: str,
    uri: str,
    limits: DocumentLimits = DEFAULT,
    *,
    or_else: DocumentError | None = None,
) -> Document:
    from cbmock.description import yaml_text  # noqa: PLC0415 - 20 ms, few need it

    try:
        text, read = yaml_text.tolerant(text, name, most_aliased=limits.aliases)
        tree, repeated, merges = read
    except DocumentError as error:
        raise or_else or error from None
    except (RecursionError, ValueError) as error:
        raise _unreadable(error, name) from None
    return Document(name, uri, tree, repeated, text, merge_keys=merges)


def _unreadable(error: Exception, name: str) -> DocumentError:
    """Return the error for nesting or digits without end, which has no position."""
    if isinstance(error, RecursionError):
        return DocumentError("is nested too deeply", document=name)
    return DocumentError("holds a number with too many digits", document=name)


def _json_error(error: json.JSONDecodeError, text: str, name: str) -> DocumentError:
    return DocumentError(
        f"is not JSON: {error.msg}",
        document=name,
        line=error.lineno,
        column=error.colno,
        excerpt=line_of(text, error.lineno),
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking over a growing tree repeatedly."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
