"""OperationFeatures: what a request carries, and what can tell one operation from another by it.

It decides what is looked at, so that hundreds of operations at one URL can be compared
without holding the request against each. It must not know which of them is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote_plus

from cbmock.contract.bodies import request_body
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.contract.contract import Contract
from cbmock.contract.parameters import raw_parameters
from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.schemas.schema import Schema
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http import json_text, media_types
from cbmock.http.content_codings import NotDecoded
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Request
from cbmock.mock.examples import as_text


class SentRequest:
    """What a request carries, read once for all candidates."""

    def __init__(self, request: Request) -> None:
        """Read when first needed."""
        self.request = request

    @cached_property
    def texts(self) -> dict[tuple[str, str], str]:
        """The texts of its parameters by location and name."""
        carried = raw_parameters.split_request(self.request, {})
        found = {("cookie", name): value for name, value in carried.cookies}
        for name, value in self.request.headers:
            found["header", name.lower()] = value.strip(" \t")
        for name, value in carried.query:
            found["query", unquote_plus(name)] = unquote_plus(value)
        return found

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        stated = self._stated
        charset = None if stated is None else stated.charset
        try:
            data = request_body.decoded_body(self.request)
            return json_text.read(data, charset=charset)[0] if data else None
        except (NotDecoded, NotJSON):
            return None

    @cached_property
    def media_type(self) -> MediaType | None:
        """The media type that the request states, else what the body looks like."""
        if self._stated is None and self.json is not None:
            return _JSON
        return self._stated

    @cached_property
    def _stated(self) -> MediaType | None:
        return media_types.parse(self.request.headers.get("content-type") or "")


_JSON = MediaType("application", "json")


class OperationFeatures:
    """What can tell an operation from others at one URL; read when first needed."""

    def __init__(self, contract: Contract) -> None:
        """Stand for the features of the contract's operation."""
        self.contract = contract

    @cached_property
    def constants(self) -> Mapping[tuple[str, str], str]:
        """The texts of parameters that have one allowed value, or one example."""
        only = (
            (each.identity, constant(each) or _shown(each))
            for each in self.contract.parameters
        )
        return {identity: as_text(value[0]) for identity, value in only if value}

    @cached_property
    def required(self) -> frozenset[tuple[str, str]]:
        """What the required parameters are called."""
        asked = (each for each in self.contract.parameters if each.required)
        return frozenset(each.identity for each in asked)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The documented media types."""
        body = self.contract.body
        return tuple(body.content) if isinstance(body, RequestBody) else ()

    @cached_property
    def _properties(self) -> dict[str, MemberRules]:
        return {}

    def specificity(self, sent: MediaType) -> int:
        """Return how closely a media type is named."""
        return _specificity(self.keys, sent)

    def schema(self, sent: SentRequest) -> Schema | None:
        """Return what a body of JSON is held against, if there is anything."""
        key = self._key(sent)
        body = self.contract.body
        return body.content[key] if key and isinstance(body, RequestBody) else None

    def properties(self, sent: SentRequest) -> MemberRules:
        """Return what is fixed about the members of a body of JSON."""
        key = self._key(sent)
        if key is None:
            return _NOTHING
        found = self._properties.get(key)
        if found is None:
            found = self._properties[key] = _properties(self.schema(sent))
        return found

    def fits(self, sent: SentRequest) -> bool:
        """Tell whether a body of JSON is valid; explains nothing, so that it is quick."""
        body = self.contract.body
        if not isinstance(body, RequestBody):
            return True  # none is documented, or it cannot be checked
        if not sent.request.body:
            return not body.required
        if self._key(sent) is None:
            return not body.content
        schema = self.schema(sent)
        try:
            return schema is None or schema.is_valid(sent.json)
        except UnresolvableReference:
            return True

    def _key(self, sent: SentRequest) -> str | None:
        return _chosen(self.keys, sent.media_type)


# Operations have the same few lists of media types, and senders send the same few.
@lru_cache(maxsize=1024)
def _chosen(keys: tuple[str, ...], sent: MediaType | None) -> str | None:
    return None if sent is None else media_types.choose(keys, sent)


@lru_cache(maxsize=1024)
def _specificity(keys: tuple[str, ...], sent: MediaType) -> int:
    return max((media_types.specificity(key, sent) for key in keys), default=0)


@dataclass(frozen=True, slots=True)
class MemberRules:
    """What the top of a schema says of members: constants, which are required.

    `known` are those that it names, where it allows no others.
    """

    constants: Mapping[str, Any]
    required: frozenset[str]
    known: frozenset[str] | None

    def unlike(self, value: Mapping[str, Any]) -> int:
        """Count the constants that a body has otherwise."""
        if not self.constants:
            return 0
        return sum(
            1
            for name, constant in self.constants.items()
            if name in value and value[name] != constant
        )

    def misfits(self, value: Mapping[str, Any]) -> int:
        """Count the required members that a body lacks, and those that it may not have."""
        strange = 0 if self.known is None else len(value.keys() - self.known)
        return len(self.required - value.keys()) + strange


_NOTHING = MemberRules({}, frozenset(), None)


def _properties(schema: Schema | None) -> MemberRules:
    """Read what every valid value has; what only an alternative says is left out."""
    constants: dict[str, Any] = {}
    required: set[str] = set()
    closed: list[frozenset[str]] = []
    if schema is None:
        return _NOTHING
    try:
        for part in _parts(schema.node, schema.description):
            asked = part.value.get("required")
            if isinstance(asked, list):
                required |= {each for each in asked if isinstance(each, str)}
            properties = part.get("properties")
            members = {} if properties is None else dict(properties.members())
            others = "patternProperties" in part.value
            if part.value.get("additionalProperties") is False and not others:
                closed.append(frozenset(members))
            for name, member in members.items():
                for inner in _parts(member, schema.description):
                    only = _only(inner.value)
                    if only:
                        constants[name] = only[0]
    except UnresolvableReference:
        return _NOTHING
    known = frozenset.intersection(*closed) if closed else None
    return MemberRules(constants, frozenset(required), known)


def _parts(node: Node, description: Description) -> Iterator[Node]:
    """Go through a schema and those that it always combines: `$ref` and `allOf`."""
    seen = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if part.place in seen or not isinstance(part.value, dict):
            continue
        seen.add(part.place)
        yield part
        reference = part.value.get("$ref")
        if isinstance(reference, str):
            waiting.append(description.follow(part, reference))
        combined = part.get("allOf")
        waiting += [] if combined is None else combined.items()


def _only(schema: Mapping[str, Any]) -> list[Any]:
    """Return the one value that a schema allows, in a list; else an empty one."""
    if "const" in schema:
        return [schema["const"]]
    stated = schema.get("enum")
    return stated if isinstance(stated, list) and len(stated) == 1 else []


def constant(parameter: Parameter) -> list[Any]:
    """Return, in a list, the one value that a parameter may have."""
    schema = parameter.schema
    try:
        parts = _parts(schema.node, schema.description) if schema else ()
        return next(filter(None, (_only(part.value) for part in parts)), [])
    except UnresolvableReference:
        return []


def _shown(parameter: Parameter) -> list[Any]:
    """Return, in a list, the one value that a parameter is shown with."""
    example = parameter.node.value.get("example")
    return [] if example is None else [example]
