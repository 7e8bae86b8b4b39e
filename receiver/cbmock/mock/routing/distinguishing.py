"""Distinguishing: the parts of a request by which operations at one URL differ.

It decides which parts are compared, so that hundreds of operations at one URL can be
distinguished without checking the request against each. It must not know which is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote_plus

from cbmock.contract.bodies import readers, request_body
from cbmock.contract.bodies.payload import Payload
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.contract.contract import Contract
from cbmock.contract.parameters import raw_parameters
from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.schemas.schema import Schema
from cbmock.errors import UnresolvableReference
from cbmock.http import json_text, media_types
from cbmock.http.content_codings import NotDecoded
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Request
from cbmock.mock.examples import as_text
from cbmock.mock.routing.member_rules import (
    MemberRules,
    SentMembers,
    always,
    rules_of,
    values_of,
)


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
        """The body as JSON; None if it is not JSON."""
        stated = self._stated
        charset = None if stated is None else stated.charset
        try:
            data = request_body.decoded_body(self.request)
            return json_text.read(data, charset=charset)[0] if data else None
        except (NotDecoded, NotJSON):
            return None

    @cached_property
    def members(self) -> SentMembers:
        """The members of the body: of a JSON object, a form, or an XML element."""
        stated = self._stated
        if stated is None or stated.is_json:
            return SentMembers(self.json)
        try:
            data = request_body.decoded_body(self.request)
        except NotDecoded:
            return SentMembers(None)
        read = readers.reader(stated)(Payload(data=data, media_type=stated))
        return SentMembers(read.value, are_texts=True, is_form=stated.is_form)

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
    """What can distinguish an operation from others at one URL; read when first needed."""

    def __init__(self, contract: Contract) -> None:
        """Keep the contract of the operation."""
        self.contract = contract

    @cached_property
    def constants(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The texts of parameters that have one value in each branch, or one example."""
        only = (
            (each.identity, _fixed(each) or _shown(each))
            for each in self.contract.parameters
        )
        return {
            identity: frozenset(map(as_text, values))
            for identity, values in only
            if values
        }

    @cached_property
    def listed(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The texts of parameters whose values are listed, however many."""
        found = ((each.identity, _values(each)) for each in self.contract.parameters)
        several = {identity: frozenset(map(as_text, v)) for identity, v in found if v}
        return {**several, **self.constants}

    @cached_property
    def shown_only(self) -> frozenset[tuple[str, str]]:
        """The parameters among the constants that only an example states."""
        stated = self.contract.parameters
        return frozenset(each.identity for each in stated if not _fixed(each))

    def spelling(self, identity: tuple[str, str]) -> str:
        """Return a parameter's name as the document spells it."""
        stated = self.contract.parameters
        names = (each.name for each in stated if each.identity == identity)
        return next(names, identity[1])

    @cached_property
    def required(self) -> frozenset[tuple[str, str]]:
        """The locations and names of the required parameters."""
        required = (each for each in self.contract.parameters if each.required)
        return frozenset(each.identity for each in required)

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
        """Return the schema that a JSON body is checked against, if there is one."""
        key = self._key(sent)
        body = self.contract.body
        return body.content[key] if key and isinstance(body, RequestBody) else None

    def properties(self, sent: SentRequest) -> MemberRules:
        """Return the rules for the members of a body."""
        key = self._key(sent)
        if key is None:
            return MemberRules()
        found = self._properties.get(key)
        if found is None:
            found = self._properties[key] = rules_of(self.schema(sent))
        return found

    def fits(self, sent: SentRequest) -> bool:
        """Return whether a JSON body is valid, without explaining why not, which is slow."""
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


def constant(parameter: Parameter) -> list[Any]:
    """Return, in a list, the one value that a parameter may have."""
    values = _fixed(parameter)
    return values if len(values) == 1 else []


def _fixed(parameter: Parameter) -> list[Any]:
    """Return the values of a parameter that each branch of its schema has one of."""
    values = _values(parameter)
    return [] if len(values) > _branches(parameter.schema) else list(values)


def _values(parameter: Parameter) -> tuple[Any, ...]:
    """Return the values that a parameter's schema lists."""
    schema = parameter.schema
    return () if schema is None else values_of(schema.node, schema.description) or ()


def _branches(schema: Schema | None) -> int:
    """Count the alternatives of a schema, at least one."""
    if schema is None:
        return 1
    try:
        parts = list(always(schema.node, schema.description))
    except UnresolvableReference:
        return 1
    listed = (part.value.get(name) for part in parts for name in ("oneOf", "anyOf"))
    return max((len(each) for each in listed if isinstance(each, list)), default=1)


def _shown(parameter: Parameter) -> list[Any]:
    """Return, in a list, the one value that a parameter is shown with."""
    example = parameter.node.value.get("example")
    return [] if example is None else [example]
