"""Responses: what the external API answers, as its document says.

It decides the status, media type, headers and body of an answer (OAS 3.1.1 §4.8.16). It
must not know how requests are checked.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from cbmock.contract.parameters import parameter
from cbmock.contract.schemas.schema import Schema
from cbmock.description import schema_resources
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.http.messages import Headers, Response
from cbmock.mock.examples import ABSENT, examples, unquoted
from cbmock.mock.generation import serialization
from cbmock.mock.generation.body_writer import written
from cbmock.mock.responses import negotiation
from cbmock.violations import Violation

NO_CONTENT = Response(204)
_MOST_ANSWERS = 64
BODILESS = (204, 205, 304)
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

if TYPE_CHECKING:
    from cbmock.lint.findings import Finding

_TELLING = frozenset({"const", "default", "enum", "example", "examples"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSelection:
    """Which documented answer is wanted; what is left out, the document decides.

    `example` is the name of one of its examples. `dynamic` leaves all examples aside;
    the same `seed` then gives the same body, and others give others where there are any.
    """

    status: int | None = None
    example: str | None = None
    dynamic: bool = False
    seed: int = 0


ANY = ResponseSelection()


class DocumentedResponse(NamedTuple):
    """A documented answer.

    `acceptable` is False where the sender's `Accept` takes none of `offered`, the media
    types that are documented for it; then it is of the first of them.
    """

    response: Response
    offered: tuple[str, ...] = ()
    acceptable: bool = True
    violations: tuple[Violation, ...] = ()


class NotDocumented(ReceiverError):
    """An answer that is wanted and that the document does not have."""

    def __init__(self, message: str, wanted: str, known: tuple[str, ...]) -> None:
        """Keep what was wanted and what there is."""
        super().__init__(message)
        self.wanted = wanted
        self.known = known


class UnknownExample(NotDocumented):
    """A name that no example of the response has; `known` are those that it has."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Say which names would have worked."""
        names = tuple(dict.fromkeys(known))
        named = ", ".join(repr(each) for each in names if each)
        message = f"no example is named {name!r}. " + (
            f"Use one of: {named}." if named else "The response has no examples."
        )
        super().__init__(message, name, names)


class UnknownStatus(NotDocumented):
    """A status that nothing is documented for; `known` are the codes there are."""

    def __init__(self, status: int, known: Iterable[str]) -> None:
        """Say which codes would have worked."""
        codes = tuple(known)
        message = f"no response is documented for {status}. " + (
            f"Use one of: {', '.join(codes)}."
            if codes
            else "The operation has no responses."
        )
        super().__init__(message, str(status), codes)


class Responses:
    """The documented answers of one operation; each is built once."""

    def __init__(self, operation: Operation, description: Description) -> None:
        """Stand for the operation's Responses Object."""
        self._operation = operation
        self._description = description
        self._default: tuple[Response, tuple[Violation, ...]] | None = None
        # Bounded, for senders may think up as many values of `Accept` as they like.
        self.answer = functools.lru_cache(maxsize=_MOST_ANSWERS)(self._answer)

    def success(self) -> Response:
        """Answer as documented: the lowest 2xx, else `default` as 200, else 204."""
        return self.default()[0]

    def default(self) -> tuple[Response, tuple[Violation, ...]]:
        """Return the documented success, and a warning where it cannot be generated."""
        if self._default is None:
            answer = self._answer()
            self._default = answer.response, answer.violations
        return self._default

    @functools.cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The faults of its examples, which are served all the same; read when asked.

        So are schemas for which nothing can be generated, with the reason.
        """
        from cbmock.lint import examples as lint  # noqa: PLC0415 - it serves already

        told = lint.response_example_findings(self._operation, self._description)
        return tuple(chain(told, self._empty()))

    def _empty(self) -> Iterator[Finding]:
        from cbmock.lint.findings import finding  # noqa: PLC0415 - (the same)
        from cbmock.lint.message_contents import response_contents  # noqa: PLC0415 - it serves already
        from cbmock.mock.generation.schema_samples import NoSample, sample  # noqa: PLC0415 - (the same)

        for each in response_contents(self._operation, self._description):
            schema = each.node.get("schema") if each.key is not None else None
            if schema is None or examples(each.node, self._description):
                continue
            try:
                sample(self._schema(schema))
            except NoSample as error:
                detail = (
                    f"an empty body is answered, no value was found: {error.reason}"
                )
                yield finding(schema, "no-sample", detail)
            except ReceiverError:
                continue  # a reference without a target, which lint tells of

    def _answer(
        self, wanted: ResponseSelection = ANY, accept: str | None = None
    ) -> DocumentedResponse:
        """Return the answer that is wanted, in the media type that `accept` prefers.

        `answer` is this with a memory. Raises `NotDocumented`: `UnknownStatus` where the
        document has nothing for the status, `UnknownExample` where its response has none
        of that name.
        """
        status, node = self._chosen(wanted.status)
        if node is not None:
            return self._build(status, node, wanted, accept)
        if wanted.example is not None:
            raise UnknownExample(wanted.example, ())
        return DocumentedResponse(NO_CONTENT)

    @property
    def codes(self) -> tuple[str, ...]:
        """The statuses that are listed: `200`, `4xx`, `default`."""
        return tuple(self._codes())

    def documented(self, status: int, accept: str | None = None) -> Response | None:
        """Answer with a status: as its code says, its range, or `default`."""
        try:
            return self.answer(ResponseSelection(status=status), accept).response
        except UnknownStatus:
            return None

    def refusal(self, status: int, accept: str | None = None) -> Response | None:
        """Answer a violation with the documented error that comes closest to it."""
        candidates = tuple(dict.fromkeys((status, 422, 400)))
        explicit = [each for each in candidates if str(each) in self._codes()]
        for candidate in (*explicit, *candidates):
            found = self.documented(candidate, accept)
            if found is not None:
                return found
        return None

    # --- which Response Object ---

    def _codes(self) -> dict[str, Node]:
        node = self._operation.node
        responses = None if node is None else node.get("responses")
        if responses is None:
            return {}
        codes = {code.lower(): each for code, each in responses.members()}
        return {code: each for code, each in codes.items() if _CODE.fullmatch(code)}

    def _chosen(self, status: int | None) -> tuple[int, Node | None]:
        codes = self._codes()
        if status is None:
            # Digits sort before `2xx`, which is answered as 200.
            lowest = min((code for code in codes if code.startswith("2")), default=None)
            if lowest is None:
                return 200, codes.get("default")
            return int(lowest.replace("xx", "00")), codes[lowest]
        for code in (str(status), f"{status // 100}xx", "default"):
            if code in codes:
                return status, codes[code]
        raise UnknownStatus(status, codes)

    # --- its body and headers ---

    def _build(
        self,
        status: int,
        referenced: Node,
        wanted: ResponseSelection,
        accept: str | None,
    ) -> DocumentedResponse:
        try:
            node = self._description.resolve(referenced)
        except UnresolvableReference:
            return DocumentedResponse(
                Response(status, Headers.of([("content-length", "0")]))
            )
        headers = list(self._headers(node))
        if status in BODILESS or status < 200:  # noqa: PLR2004 - 1xx has none
            if wanted.example is not None:
                raise UnknownExample(wanted.example, ())
            return DocumentedResponse(Response(status, Headers.of(headers)))
        content = self._content(node, wanted.example)
        chosen = negotiation.choose(content, accept)
        body = b""
        if content:
            key, sent = chosen or (next(iter(content)),) * 2
            media_type, body = written(sent, self._body(content[key], wanted))
            headers.append(("content-type", _field(media_type)))
        headers.append(("content-length", str(len(body))))
        response = Response(status, Headers.of(headers), body)
        return DocumentedResponse(
            response, tuple(content), chosen is not None or not content
        )

    def _headers(self, node: Node) -> Iterator[tuple[str, str]]:
        for name, referenced in _members(node.get("headers")):
            if name.lower() in _FRAMING or not _TOKEN.fullmatch(name):
                continue
            try:
                header = self._description.resolve(referenced)
                value = self._header(header)
            except ReceiverError:
                continue
            if value is not ABSENT:
                read = parameter.header_parameter(name, header, self._description)
                yield name, serialization.text(read, value)

    def _header(self, header: Node) -> Any:
        """Return a header's value if it has one of its own or is required."""
        if not isinstance(header.value, dict):
            return ABSENT
        carrier = next(
            (each for _, each in _members(header.get("content"))),
            header,
        )
        carrier = self._description.resolve(carrier)
        for example in examples(carrier, self._description).values():
            return example
        schema = carrier.get("schema")
        if schema is None:
            return ABSENT
        stated = schema_resources.resolve(self._description, schema).value
        telling = stated.keys() & _TELLING if isinstance(stated, dict) else ()
        if telling or header.value.get("required"):
            return _sampled(self._schema(schema))
        return ABSENT

    def _schema(self, node: Node) -> Schema:
        return Schema(node, self._description, waived="readOnly")

    def _content(self, node: Node, example: str | None) -> dict[str, Node | None]:
        """Return the Media Type Objects, of an example by name those that have it."""
        found: dict[str, Node | None] = {}
        named: dict[str, dict[str, Any]] = {}
        for key, referenced in _members(node.get("content")):
            try:
                found[key] = media_type = self._description.resolve(referenced)
            except UnresolvableReference:
                found[key] = None
            else:
                named[key] = examples(media_type, self._description)
        if example is None:
            return found
        having = {key: each for key, each in found.items() if example in named[key]}
        if not having:
            known = (name for names in named.values() for name in names)
            raise UnknownExample(example, known)
        return having

    def _body(self, media_type: Node | None, wanted: ResponseSelection) -> Any:
        """Return an example of the media type, else of its schema, else a sample."""
        if media_type is None:
            return ABSENT
        stated = media_type.get("schema")
        schema = None if stated is None else self._schema(stated)
        if not wanted.dynamic or schema is None:
            for name, example in examples(media_type, self._description).items():
                if wanted.example in (None, name):
                    return unquoted(example, schema)
        if schema is None:
            return ABSENT
        try:
            return _sampled(schema, examples=not wanted.dynamic, seed=wanted.seed)
        except ReceiverError:
            return ABSENT


def _members(node: Node | None) -> Iterator[tuple[str, Node]]:
    return iter(()) if node is None else node.members()


def _sampled(schema: Schema, **how: Any) -> Any:
    from cbmock.mock.generation.schema_samples import sample  # noqa: PLC0415 - 15 ms, many have examples

    return sample(schema, **how)


def _field(text: str) -> str:
    """Leave out of a field's value what may not stand there (RFC 9110 §5.5)."""
    return _CONTROL.sub(" ", text).strip()
