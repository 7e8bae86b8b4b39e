"""Documented responses: what the external API answers, as its document says.

It decides the status, media type, headers and body of an answer (OAS 3.1.1 §4.8.16). It
must not know how requests are checked.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cbmock.contract.bodies.media_type_object import MediaTypeObject
from cbmock.contract.schemas.schema import Schema
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.http import media_types
from cbmock.http.messages import Headers, Response
from cbmock.mock.examples import ABSENT, examples
from cbmock.mock.generation.body_writer import write_body
from cbmock.mock.responses import missing_parts, negotiation, response_body
from cbmock.mock.responses.response_body import (
    NotGenerated,
    described_response,
)
from cbmock.mock.responses.response_headers import headers_of, members
from cbmock.violations import Violation

NO_CONTENT = Response(204)
_MOST_ANSWERS = 64
BODILESS = (204, 205, 304)
_CODE = re.compile(r"[1-5](?:[0-9][0-9]|xx)|default")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


if TYPE_CHECKING:
    from cbmock.lint.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSelection:
    """Which documented answer to give; the document decides what is left open.

    `example` is the name of one of its examples. `dynamic` ignores all examples; then
    the same `seed` gives the same body, and other seeds give other bodies if there are any.
    """

    status: int | None = None
    example: str | None = None
    dynamic: bool = False
    seed: int = 0


ANY = ResponseSelection()


class DocumentedResponse(NamedTuple):
    """A documented answer.

    `acceptable` is False if the sender's `Accept` excludes all of `offered`, the documented
    media types; then the answer is of the first of them. `not_generated` is the reason why
    there is no body although one is documented; `violations` then report it.
    """

    response: Response
    offered: tuple[str, ...] = ()
    acceptable: bool = True
    violations: tuple[Violation, ...] = ()
    not_generated: str = ""


class NotDocumented(ReceiverError):
    """An answer was selected that the document does not have."""

    def __init__(self, message: str, selected: str, known: tuple[str, ...]) -> None:
        """Keep what was selected and what there is."""
        super().__init__(message)
        self.selected = selected
        self.known = known


class UnknownExample(NotDocumented):
    """A name that no example of the response has; `known` are those that it has."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """List the known names in the message."""
        names = tuple(dict.fromkeys(known))
        named = ", ".join(repr(each) for each in names if each)
        message = f"no example is named {name!r}. " + (
            f"Use one of: {named}." if named else "The response has no examples."
        )
        super().__init__(message, name, names)


class UnknownStatus(NotDocumented):
    """A status that nothing is documented for; `known` are the codes there are."""

    def __init__(self, status: int, known: Iterable[str]) -> None:
        """List the known statuses in the message."""
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
        """Keep the operation; its Responses Object is read when needed."""
        self._operation = operation
        self._description = description
        self._default: tuple[Response, tuple[Violation, ...]] | None = None
        # Bounded, because senders may send any number of different `Accept` values.
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
        """The findings on what is answered; computed when first needed."""
        from cbmock.mock.responses.findings import response_findings  # noqa: PLC0415 - 200 ms, it serves already

        return response_findings(self._operation, self._description)

    def _answer(
        self, selection: ResponseSelection = ANY, accept: str | None = None
    ) -> DocumentedResponse:
        """Return the selected answer, in the media type that `accept` prefers.

        `answer` is the cached form. If the selection leaves the status open and no body can
        be generated for it, another documented success is used, else 204. Raises
        `NotDocumented`: `UnknownStatus` if the status is not documented, `UnknownExample` if
        the response has no example of that name.
        """
        status, node = self._chosen(selection.status)
        if node is None:
            if selection.example is not None:
                raise UnknownExample(selection.example, ())
            return DocumentedResponse(NO_CONTENT)
        first = self._build(status, node, selection, accept)
        if not first.not_generated:
            return first
        found = first
        if selection.status is None and selection.example is None:
            found = self._another(status, selection, accept)
        missing = missing_parts.missing_body(
            status, node, first.not_generated, instead=found.response.status
        )
        return found._replace(violations=(missing, *found.violations))

    def _another(
        self, status: int, selection: ResponseSelection, accept: str | None
    ) -> DocumentedResponse:
        """Return another documented success whose body can be generated, else 204."""
        for code, node in sorted(self._codes().items()):
            other = int(code.replace("xx", "00")) if code != "default" else 0
            if code.startswith("2") and other != status:
                found = self._build(other, node, selection, accept)
                if not found.not_generated:
                    return found
        return DocumentedResponse(NO_CONTENT)

    @property
    def codes(self) -> tuple[str, ...]:
        """The statuses that are listed: `200`, `4xx`, `default`."""
        return tuple(self._codes())

    def documented(self, status: int, accept: str | None = None) -> Response | None:
        """Return the answer documented for a status: by its code, its range, or `default`."""
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

    def schema(self, status: int, content_type: str) -> Schema | None:
        """Return the schema documented for a status and media type, if there is one."""
        try:
            _, node = self._chosen(status)
            if node is None:
                return None
            content = self._content(self._description.resolve(node), None)
        except (UnknownStatus, UnresolvableReference):
            return None
        sent = media_types.parse(content_type)
        key = None if sent is None else media_types.choose(content, sent)
        described = None if key is None else content[key]
        if not isinstance(described, MediaTypeObject) or described.shape is None:
            return None
        return described.shape.schema

    def is_automatic(self, code: str) -> bool:
        """Return whether a framework adds this response to every operation."""
        node: Any = self._codes()[code].value
        for name in ("content", "application/json", "schema", "$ref"):
            node = node.get(name) if isinstance(node, dict) else None
        return isinstance(node, str) and node.endswith("/HTTPValidationError")

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
        selection: ResponseSelection,
        accept: str | None,
    ) -> DocumentedResponse:
        try:
            node = self._description.resolve(referenced)
        except UnresolvableReference as error:
            empty = Response(status, Headers.of([("content-length", "0")]))
            return DocumentedResponse(empty, not_generated=error.message)
        described = list(headers_of(node, self._description))
        headers = [
            (each.name, each.text) for each in described if each.text is not None
        ]
        violations = tuple(
            missing_parts.missing_header(each.name, node, each.not_generated)
            for each in described
            if each.not_generated
        )
        if status in BODILESS or status < 200:  # noqa: PLR2004 - 1xx has none
            if selection.example is not None:
                raise UnknownExample(selection.example, ())
            empty = Response(status, Headers.of(headers))
            return DocumentedResponse(empty, violations=violations)
        content = self._content(node, selection.example)
        chosen = negotiation.choose(content, accept)
        media_type, body, reason = "", b"", ""
        if content:
            key, sent = chosen or (next(iter(content)),) * 2
            others = [] if accept else [(each, each) for each in content if each != key]
            media_type, body, reason = self._body(
                [(key, sent), *others], content, selection
            )
            headers.append(("content-type", _field(media_type)))
        headers.append(("content-length", str(len(body))))
        response = Response(status, Headers.of(headers), body)
        acceptable = chosen is not None or not content
        offered = tuple(content)
        return DocumentedResponse(response, offered, acceptable, violations, reason)

    def _body(
        self,
        keys: list[tuple[str, str]],
        content: dict[str, MediaTypeObject | UnresolvableReference],
        selection: ResponseSelection,
    ) -> tuple[str, bytes, str]:
        """Write a body of the first media type that one can be generated for.

        Returns the media type and the body; where there is none, the first type, no body,
        and why.
        """
        reasons = []
        for key, sent in keys:
            described = content[key]
            if isinstance(described, UnresolvableReference):
                reasons.append(described.message)
                continue
            try:
                value = response_body.value_of(
                    sent,
                    described,
                    example=selection.example,
                    dynamic=selection.dynamic,
                    seed=selection.seed,
                )
            except NotGenerated as error:
                reasons.append(error.reason)
                continue
            return *write_body(sent, value, described), ""
        return *write_body(keys[0][1], ABSENT), reasons[0]

    def _content(
        self, node: Node, example: str | None
    ) -> dict[str, MediaTypeObject | UnresolvableReference]:
        """Return the Media Type Objects; with `example`, only those that have it."""
        found: dict[str, MediaTypeObject | UnresolvableReference] = {}
        named: dict[str, dict[str, Any]] = {}
        for key, referenced in members(node.get("content")):
            try:
                media_type = self._description.resolve(referenced)
            except UnresolvableReference as error:
                found[key] = error
            else:
                found[key] = described_response(media_type, self._description)
                named[key] = examples(media_type, self._description)
        if example is None:
            return found
        having = {
            key: each for key, each in found.items() if example in named.get(key, ())
        }
        if not having:
            known = (name for names in named.values() for name in names)
            raise UnknownExample(example, known)
        return having


def _field(text: str) -> str:
    """Remove characters that a field value must not have (RFC 9110 §5.5)."""
    return _CONTROL.sub(" ", text).strip()
