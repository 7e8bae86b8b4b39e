"""The contract of one operation: what a request to it must look like.

It decides the order of the checks and joins their results. It must not know how the
operation was found or what is answered.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from cbmock.contract.bodies import event_mode, request_body
from cbmock.contract.bodies.request_body import (
    CheckedBody,
    ContentLabel,
    RequestBody,
)
from cbmock.contract.parameters import parameter, parameter_values, raw_parameters
from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.policy import DEFAULT, Policy
from cbmock.contract.security import requirements, signing
from cbmock.contract.security.requirements import Requirements
from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.errors import UnresolvableReference
from cbmock.http.messages import Headers, Request
from cbmock.violations import Location, Violation

if TYPE_CHECKING:
    from cbmock.signatures.fast_check import SignatureFastCheck
    from cbmock.signatures.signature import Signature

# The order of violations, stable for snapshots.
_POSITION = {location: at for at, location in enumerate(get_args(Location))}


_NOTHING: Mapping[tuple[str, str], Any] = MappingProxyType({})


class CheckResult(NamedTuple):
    """The values of a request, and its violations.

    `parameters` are the values by (location, name), `body` the parsed content (None
    if it was missing or unreadable), `media_type` the key that it was read by.
    """

    parameters: Mapping[tuple[str, str], Any] = _NOTHING
    body: Any = None
    media_type: str | None = None
    violations: tuple[Violation, ...] = ()


class VerdictKey(NamedTuple):
    """The parts of a request, besides its body, that the verdict depends on.

    Header fields by value or by presence (names in lower case), and the URL.
    """

    values: frozenset[bytes]
    presence: frozenset[bytes]
    url: bool


def _lower(names: Iterable[str]) -> frozenset[bytes]:
    return frozenset(name.lower().encode("latin-1", "replace") for name in names)


class Contract:
    """What the document requires of requests to one operation; read when first needed."""

    def __init__(
        self,
        operation: Operation,
        description: Description,
        policy: Policy = DEFAULT,
    ) -> None:
        """Check requests to an operation as strictly as the policy says."""
        self.operation = operation
        self.policy = policy
        self._description = description

    @functools.cached_property
    def security(self) -> Requirements:
        """The Security Requirements that apply."""
        if self.operation.node is None:
            return ()
        return requirements.requirements_of(
            self.operation.node, self._description, self.policy
        )

    @functools.cached_property
    def signature(self) -> Signature | None:
        """The signature that requests must carry, if one is configured."""
        return signing.operation_signature(self.operation, self.policy)

    def check_signature(
        self, request: Request, now: float | None, signature: Signature | None = None
    ) -> tuple[Violation, ...]:
        """Check a request's signature, by `signature` or by the one that is configured."""
        wanted = signature or self.signature
        if wanted is None:
            return ()
        return signing.check(wanted, request, self.policy, now)

    @property
    def is_surely_signed(self) -> SignatureFastCheck | None:
        """The fast check of the signature that is configured; None if none is."""
        return None if self.signature is None else signing.fast_check(self.signature)

    def unchecked_signature(self, request: Request) -> tuple[Violation, ...]:
        """Warn of a signed request if no signature is configured to check it with."""
        return () if self.signature is not None else signing.unchecked(request)

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The documented parameters that apply."""
        node, item = self.operation.node, self.operation.path_item
        if node is None or item is None:
            return ()
        return parameter.parameters_of(node, item, self._description)

    @property
    def empty_variables(self) -> frozenset[str]:
        """The variables of the path whose empty value is written as empty (OAS 3.2.1 §4.12.6)."""
        return frozenset(
            each.name
            for each in self.parameters
            if each.location == "path" and each.style in ("label", "matrix")
        )

    @functools.cached_property
    def body(self) -> RequestBody | UnresolvableReference | None:
        """The documented body, or why it cannot be read."""
        if self.operation.node is None:
            return None
        try:
            return request_body.request_body_of(
                self.operation.node, self.operation.method or "", self._description
            )
        except UnresolvableReference as error:
            return error

    @functools.cached_property
    def verdict_key(self) -> VerdictKey | None:
        """What the verdict on a request depends on besides its body.

        None if it depends on more: on the time (tokens expire), or on undocumented
        fields.
        """
        schemes = [scheme for schemes in self.security for scheme in schemes]
        if self.policy.strict or any(scheme.expires for scheme in schemes):
            return None
        names = {
            "accept",
            "authorization",
            "content-encoding",
            "content-type",
            "cookie",
        }
        names |= {str(scheme.value.get("name")) for scheme in schemes}
        headers = [each for each in self.parameters if each.location == "header"]
        free = {each.name for each in headers if each.free}
        names |= {each.name for each in headers} - free
        locations = {each.location for each in self.parameters}
        return VerdictKey(
            values=_lower(names),
            # An event never shares a verdict with a request that is not an event.
            presence=_lower({*free, *event_mode.FIELDS}) - _lower(names),
            url=bool(schemes or locations & {"path", "query", "querystring"}),
        )

    def label(self, request: Request) -> ContentLabel | None:
        """Return the label of content that is read by it alone, as of most requests."""
        if not isinstance(self.body, RequestBody) or event_mode.mode_of(request):
            return None
        return request_body.label_of(self.body, request)

    def check(
        self, request: Request, path: Mapping[str, str], *, now: float | None = None
    ) -> CheckResult:
        """Check a request; never raises.

        `path` are the raw texts of the URL's variables by name. `now` is the current time
        in seconds since the epoch, by which tokens expire.
        """
        values: Mapping[tuple[str, str], Any] = {}
        violations: tuple[Violation, ...] = ()
        if self.security:
            violations = requirements.check(
                self.security,
                request,
                self.policy,
                now=now,
                signed=self.signature is not None,
            )
        if self.parameters:
            raw = raw_parameters.split_request(request, path)
            values, found = parameter_values.check(self.parameters, raw)
            violations += found
            if self._has_querystring:
                from cbmock.contract.bodies import querystring  # noqa: PLC0415 - 0.6 ms, few need it

                whole, found = querystring.check(self.parameters, request.query)
                values = {**values, **whole}
                violations += found
        content = self.content(request)
        violations += content.violations
        if violations and event_mode.mode_of(request) is not None:
            from cbmock.contract.bodies import cloudevents  # noqa: PLC0415 - 20 ms, few need it

            violations = cloudevents.without_known(violations)
        if self.policy.strict:
            violations += self._undocumented(request, path, content)
        if len(violations) > 1:
            violations = ordered(violations)
        return CheckResult(values, content.value, content.media_type, violations)

    def check_content(self, request: Request, label: ContentLabel) -> CheckResult:
        """Check a request of whose URL and headers it is known that they are valid."""
        content = request_body.check_labelled(label, request.body)
        found = content.violations
        if len(found) > 1:
            found = ordered(found)
        return CheckResult(_NOTHING, content.value, content.media_type, found)

    @functools.cached_property
    def _has_querystring(self) -> bool:
        return any(each.location == "querystring" for each in self.parameters)

    def _undocumented(
        self, request: Request, path: Mapping[str, str], content: CheckedBody
    ) -> tuple[Violation, ...]:
        from cbmock.contract import strict  # noqa: PLC0415 - 20 ms, few need it

        schemes = (scheme for schemes in self.security for scheme in schemes)
        keys = [scheme.query_name for scheme in schemes]
        found = strict.in_query(
            self.parameters,
            raw_parameters.split_request(request, path),
            filter(None, keys),
        )
        if isinstance(self.body, RequestBody) and content.media_type is not None:
            shape = self.body.media_type_object(content.media_type).shape
            if shape is not None:
                found += strict.in_body(shape, content.value)
        return found

    def check_body(self, body: bytes, media_type: str | None) -> tuple[Violation, ...]:
        """Check a body alone; never raises.

        Without `media_type` it is read as the first documented one.
        """
        if media_type is None and isinstance(self.body, RequestBody):
            media_type = next(iter(self.body.content), None)
        fields = [] if media_type is None else [("content-type", media_type)]
        request = Request(self.operation.method or "", "/", Headers.of(fields), body)
        return ordered(self.content(request).violations)

    def content(self, request: Request) -> CheckedBody:
        """Check a request's body."""
        if isinstance(self.body, UnresolvableReference):
            return CheckedBody(violations=(_unreadable(self.body),))
        mode = event_mode.mode_of(request)
        if mode is not None:
            from cbmock.contract.bodies import cloudevents  # noqa: PLC0415 - 20 ms, few need it

            place = self.operation.pointer
            return cloudevents.check(self.body, request, mode, place=place)
        return request_body.check(self.body, request, place=self.operation.pointer)


def ordered(violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """Sort by location, then pointer, then code."""
    return tuple(
        sorted(
            violations,
            key=lambda each: (
                _POSITION[each.location],
                each.pointer or "",
                each.name or "",
                each.code,
            ),
        )
    )


def _unreadable(error: UnresolvableReference) -> Violation:
    return Violation(
        location="body",
        pointer="#",
        code="unreadable-schema",
        detail=f"the body was not checked: {error.message}",
        severity="warning",
        schema=error.pointer,
    )
