"""One document: bytes read as JSON or YAML 1.2 into a tree, with its name and URI.

It decides what YAML scalars mean and what a syntax error says. It must not know
OpenAPI beyond the fields that identify a document, nor follow references.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import yaml

from receiver.errors import DocumentError

try:
    from yaml import CSafeLoader as _Parser
except ImportError:  # pragma: no cover - PyYAML built without libyaml
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A parsed document.

    `name` is how messages call it, `uri` where it was retrieved from, `tree` its
    content (strings, numbers, booleans, None, lists and dicts with string keys),
    `repeated_keys` the (line, key) of every mapping key that stood twice, `merge_keys`
    the lines of `<<`, which YAML 1.2 does not have, `text` what was read, None where an app made the tree, `is_json` whether that text is JSON.
    """

    name: str
    uri: str
    tree: Any
    repeated_keys: tuple[tuple[int, str], ...] = field(default=())
    text: str | None = field(default=None, repr=False)
    is_json: bool = False
    merge_keys: tuple[int, ...] = field(default=())

    @property
    def openapi(self) -> str | None:
        """The `openapi` field, where this is a root document.

        An unquoted `3.1` is a number in YAML and in JSON, and means what it shows.
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


def parse(data: bytes, *, name: str, uri: str) -> Document:
    """Read one document; `DocumentError` with the line where it cannot be read.

    JSON is tried first when the first character says so: it is many times faster, and
    YAML 1.2 is a superset of it anyway.
    """
    text = _decode(data, name)
    with _no_collection():
        if text.lstrip()[:1] in ("{", "["):
            try:
                return _json(text, name, uri)
            except json.JSONDecodeError as error:
                # A flow mapping may be YAML all the same.
                return _yaml(text, name, uri, or_else=_json_error(error, text, name))
            except (RecursionError, ValueError) as error:
                raise _unreadable(error, name) from None
        return _yaml(text, name, uri)


def _decode(data: bytes, name: str) -> str:
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


def _json(text: str, name: str, uri: str) -> Document:
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
    """Find the lines, which only the slow reader knows; nothing where it gives up."""
    try:
        return _yaml(text, "", "").repeated_keys
    except DocumentError:
        return ()


def _unreadable(error: Exception, name: str) -> DocumentError:
    """Name what no position can be given for: endless nesting, endless digits."""
    if isinstance(error, RecursionError):
        return DocumentError("is nested too deeply", document=name)
    return DocumentError("holds a number with too many digits", document=name)


def _json_error(error: json.JSONDecodeError, text: str, name: str) -> DocumentError:
    return DocumentError(
        f"is not JSON: {error.msg}",
        document=name,
        line=error.lineno,
        column=error.colno,
        excerpt=_line(text, error.lineno),
    )


def _line(text: str, number: int) -> str:
    # JSON ends its lines at "\n" only, libyaml at U+0085, U+2028 and U+2029 too; where
    # those stand, an excerpt may be of a line near by.
    lines = text.split("\n")
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking a growing tree again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# --- YAML 1.2 core schema (YAML 1.2.2 §10.3.2) -------------------------------------
# PyYAML speaks YAML 1.1, so only its events are used: `on`, `no`, `2020-01-01`, `22:30`
# and `1_000` stay the strings they look like. Its own composer overflows the C stack
# where a document is nested deeply.


def _integer(text: str) -> int:
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


def _number(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_TAG = "tag:yaml.org,2002:"
_CORE: dict[str, tuple[str, Callable[[str], Any]]] = {
    "null": (r"~|null|Null|NULL|", lambda _text: None),
    "bool": (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", _integer),
    "float": (
        (
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        _number,
    ),
}
_PLAIN = re.compile(
    "|".join(f"(?P<{kind}>{pattern})" for kind, (pattern, _) in _CORE.items())
)


def _scalar(event: yaml.ScalarEvent) -> Any:
    """Read a scalar: by its tag, else by its look where it is plain."""
    text: str = event.value
    if event.implicit[0]:
        found = _PLAIN.fullmatch(text)
        return text if found is None else _CORE[str(found.lastgroup)][1](text)
    kind = (event.tag or "").removeprefix(_TAG)
    if kind not in _CORE:
        return text
    pattern, read = _CORE[kind]
    if re.fullmatch(pattern, text) is None:
        raise _error(f"{text[:40]!r} is no {kind}", event)
    return read(text)


def _error(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


class _Construction:
    """Turns the events of one YAML stream into a tree: anchors shared, merges applied."""

    def __init__(self, parser: _Parser) -> None:
        self.repeated: list[tuple[int, str]] = []
        self.merges: list[int] = []
        self._next: Callable[[], Any] = parser.get_event
        # What is anchored and, of a scalar, its text; None while it is being read.
        self._anchors: dict[str, tuple[Any, str | None] | None] = {}

    def tree(self) -> Any:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        tree = self._build(self._next())
        self._next()
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise _error("a second document starts here", event)
        return tree

    def _build(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._anchored(event)[0]
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        text = None
        if isinstance(event, yaml.ScalarEvent):
            text = event.value
            value = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence()
        else:
            value = self._mapping()
        if event.anchor is not None:
            self._anchors[event.anchor] = value, text
        return value

    def _anchored(self, alias: yaml.AliasEvent) -> tuple[Any, str | None]:
        if alias.anchor not in self._anchors:
            raise _error(f"no anchor is called {alias.anchor!r}", alias)
        found = self._anchors[alias.anchor]
        if found is None:
            raise _error(f"the anchor {alias.anchor!r} contains itself", alias)
        return found

    def _sequence(self) -> list[Any]:
        items = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._build(event))
        return items

    def _mapping(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event)
            value = self._build(self._next())
            if _merges(event):
                self.merges.append(event.start_mark.line + 1)
                merged = {**_flattened(value), **merged}
                continue
            if key in own:
                self.repeated.append((event.start_mark.line + 1, key))
            own[key] = value
        return {**merged, **own} if merged else own

    def _key(self, event: Any) -> str:
        """Return the key's own text, so that `200:` and `on:` stay what they are."""
        text: str | None = None
        if isinstance(event, yaml.AliasEvent):
            text = self._anchored(event)[1]
        elif isinstance(event, yaml.ScalarEvent):
            text = event.value
            if event.anchor is not None:
                self._build(event)
        if text is None:
            raise _error("a mapping key that is no scalar", event)
        return text


def _merges(event: Any) -> bool:
    return (
        isinstance(event, yaml.ScalarEvent)
        and event.value == "<<"
        and event.implicit[0]
    )


def _flattened(value: Any) -> dict[str, Any]:
    """Return what `<<` brings in: of several mappings, the first that has a key."""
    merged: dict[str, Any] = {}
    for part in reversed(value if isinstance(value, list) else [value]):
        if isinstance(part, dict):
            merged.update(part)
    return merged


def _yaml(
    text: str, name: str, uri: str, *, or_else: DocumentError | None = None
) -> Document:
    try:
        construction = _Construction(_Parser(text))
        tree = construction.tree()
    except yaml.MarkedYAMLError as error:
        raise or_else or _yaml_error(error, text, name) from None
    except yaml.reader.ReaderError as error:
        raise or_else or _character_error(error, text, name) from None
    except (RecursionError, ValueError) as error:
        raise _unreadable(error, name) from None
    return Document(
        name,
        uri,
        tree,
        tuple(construction.repeated),
        text,
        merge_keys=tuple(construction.merges),
    )


def _yaml_error(error: yaml.MarkedYAMLError, text: str, name: str) -> DocumentError:
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    return DocumentError(
        f"is not YAML: {error.problem or error.context}",
        document=name,
        line=line,
        column=None if mark is None else mark.column + 1,
        excerpt=None if line is None else _line(text, line),
    )


def _character_error(
    error: yaml.reader.ReaderError, text: str, name: str
) -> DocumentError:
    before, _, _ = text.partition(chr(error.character))
    line = before.count("\n") + 1
    return DocumentError(
        f"is not YAML: the character {error.character:#04x} is not allowed",
        document=name,
        line=line,
        column=len(before) - (before.rfind("\n") + 1) + 1,
        excerpt=_line(text, line),
    )
