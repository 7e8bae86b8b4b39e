"""Responses: what the external API answers, as its document says.

It decides the status, media type, headers and body of an answer (OAS 3.1.1 §4.8.16). It
must not know how requests are checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from receiver.contract.schemas import Schema
from receiver.description.operations import Operation
from receiver.description.references import Description, Node
from receiver.errors import ReceiverError, UnresolvableReference
from receiver.http import Headers, Response
from receiver.mock.contents import written
from receiver.mock.examples import ABSENT, examples, unquoted
from receiver.mock.samples import sample

NO_CONTENT = Response(204)
_BODILESS = (204, 205, 304)
_CODE = re.compile(r"[1-5](?:[0-9][0-9]|xx)|default")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

# What says how content travels is not the document's to say, nor what it is coded with:
# the content that is sent is in no coding.
_FRAMING = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "keep-alive",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

_TELLING = frozenset({"const", "default", "enum", "example", "examples"})


class UnknownExample(ReceiverError):
    """A name that no example of the response has; `known` are those that it has."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        """Say which names would have worked."""
        named = ", ".join(repr(each) for each in known if each)
        super().__init__(
            f"no example is named {name!r}. "
            + (f"Use one of: {named}." if named else "The response has no examples.")
        )
        self.name = name
        self.known = known


class Responses:
    """The documented answers of one operation; each is built once."""

    def __init__(self, operation: Operation, description: Description) -> None:
        """Stand for the operation's Responses Object."""
        self._operation = operation
        self._description = description
        self._built: dict[tuple[int, str | None] | None, Response | None] = {}

    def success(self) -> Response:
        """Answer as documented: the lowest 2xx, else `default` as 200, else 204."""
        if None not in self._built:
            self._built[None] = self._success()
        return self._built[None] or NO_CONTENT

    def documented(self, status: int, example: str | None = None) -> Response | None:
        """Answer with a status: as its code says, its range, or `default`.

        `example` is the name of one of its media type's examples; `UnknownExample` where
        there is none of that name.
        """
        wanted = status, example
        if wanted not in self._built:
            node = self._entry(status)
            self._built[wanted] = (
                None if node is None else self._build(status, node, example)
            )
        return self._built[wanted]

    def refusal(self, status: int) -> Response | None:
        """Answer a violation with the documented error that comes closest to it."""
        candidates = tuple(dict.fromkeys((status, 422, 400)))
        explicit = [each for each in candidates if str(each) in self._codes()]
        for candidate in (*explicit, *candidates):
            found = self.documented(candidate)
            if found is not None:
                return found
        return None

    @property
    def codes(self) -> tuple[str, ...]:
        """The documented codes: `200`, `4xx`, `default`."""
        return tuple(self._codes())

    # --- which Response Object ---

    def _codes(self) -> dict[str, Node]:
        node = self._operation.node
        responses = None if node is None else node.get("responses")
        if responses is None:
            return {}
        codes = {code.lower(): each for code, each in responses.members()}
        return {code: each for code, each in codes.items() if _CODE.fullmatch(code)}

    def _entry(self, status: int) -> Node | None:
        codes = self._codes()
        for code in (str(status), f"{status // 100}xx", "default"):
            if code in codes:
                return codes[code]
        return None

    def _success(self) -> Response | None:
        codes = self._codes()
        # Digits sort before `2xx`, which is answered as 200.
        lowest = min((code for code in codes if code.startswith("2")), default=None)
        if lowest is not None:
            return self._build(int(lowest.replace("xx", "00")), codes[lowest])
        if "default" in codes:
            return self._build(200, codes["default"])
        return None

    # --- its body and headers ---

    def _build(
        self, status: int, referenced: Node, example: str | None = None
    ) -> Response:
        try:
            node = self._description.resolve(referenced)
        except UnresolvableReference:
            return Response(status, Headers.of([("content-length", "0")]))
        headers = list(self._headers(node))
        body = b""
        if status not in _BODILESS and status >= 200:  # noqa: PLR2004 - 1xx has none
            content = self._content(node, example)
            if content is not None:
                media_type, body = content
                headers.append(("content-type", _field(media_type)))
            headers.append(("content-length", str(len(body))))
        return Response(status, Headers.of(headers), body)

    def _headers(self, node: Node) -> Iterator[tuple[str, str]]:
        headers = node.get("headers")
        for name, referenced in () if headers is None else headers.members():
            if name.lower() in _FRAMING or not _TOKEN.fullmatch(name):
                continue
            try:
                value = self._header(self._description.resolve(referenced))
            except ReceiverError:
                continue
            if value is not ABSENT:
                yield name, _field(_simple(value))

    def _header(self, header: Node) -> Any:
        """Return a header's value if it has one of its own or is required."""
        if not isinstance(header.value, dict):
            return ABSENT
        for example in examples(header, self._description).values():
            return example
        schema = header.get("schema")
        if schema is None:
            return ABSENT
        stated = self._description.resolve(schema).value
        telling = stated.keys() & _TELLING if isinstance(stated, dict) else ()
        if telling or header.value.get("required"):
            return sample(self._schema(schema))
        return ABSENT

    def _schema(self, node: Node) -> Schema:
        return Schema(node, self._description, waived="readOnly")

    def _content(self, node: Node, example: str | None) -> tuple[str, bytes] | None:
        content = node.get("content")
        for key, referenced in () if content is None else content.members():
            try:
                media_type = self._description.resolve(referenced)
            except UnresolvableReference:
                return written(key, ABSENT)
            return written(key, self._body(media_type, example))
        return None

    def _body(self, media_type: Node, wanted: str | None) -> Any:
        """Return an example of the media type, else of its schema, else a sample."""
        stated = media_type.get("schema")
        schema = None if stated is None else self._schema(stated)
        named = examples(media_type, self._description)
        if wanted is not None and wanted not in named:
            raise UnknownExample(wanted, tuple(named))
        for name, example in named.items():
            if wanted in (None, name):
                return unquoted(example, schema)
        if schema is None:
            return ABSENT
        try:
            return sample(schema)
        except ReceiverError:
            return ABSENT


def _field(text: str) -> str:
    """Leave out of a field's value what may not stand there (RFC 9110 §5.5)."""
    return _CONTROL.sub(" ", text).strip()


def _simple(value: Any) -> str:
    """Write a header's value in the `simple` style (OAS 3.1.1 §4.8.21)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_simple, value))
    if isinstance(value, dict):
        return ",".join(f"{name},{_simple(each)}" for name, each in value.items())
    return "" if value is None else str(value)
