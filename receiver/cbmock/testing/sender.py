"""The Sender: the API of a document, which fires at receivers, with or without pytest.

It decides which parts of a delivery a test can choose. It must not know pytest or how
requests are made.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cbmock import sources
from cbmock.contract.policy import Policy
from cbmock.contract.security.redaction import HIDDEN
from cbmock.description.operations import DEFAULT_SCOPE, Operation, Scope
from cbmock.firing.answer import Answer
from cbmock.firing.cases import Case, CasePhase, cases, reason_of, refusal
from cbmock.firing.contract_test import ContractTest, Plan
from cbmock.firing.documented_request import Choices
from cbmock.firing.results import PHASES, Phase, Results
from cbmock.firing.sender import ShotSender, run
from cbmock.firing.shots import changes, signed
from cbmock.handshakes.expected import HandshakesGiven, configured
from cbmock.http.messages import Headers
from cbmock.mock.mock import Mock
from cbmock.signatures.signature import Signature
from cbmock.violations import errors

if TYPE_CHECKING:
    from cbmock.signatures.configured import Given
    from cbmock.sources import Spec


class Sender:
    """The API of one OpenAPI document, which sends its callbacks and webhooks.

    `spec`, `allow_remote`, `allow_files`, `scope`, `signature`, `secret` and
    `handshake` are those of `Receiver`. A receiver is the URL that it registered, an
    ASGI or WSGI application (which needs no socket), or `module:app`. `{name}` in it
    stands for the webhook's name. Needs the extra `openapi-receiver[fire]`.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        signature: Given | Mapping[str, Given] | None = None,
        secret: str | Sequence[str] = (),
        handshake: HandshakesGiven | None = None,
        allow_remote: bool = False,
        allow_files: Iterable[str | os.PathLike[str]] = (),
        scope: Scope = DEFAULT_SCOPE,
    ) -> None:
        """Read the document; nothing is sent yet."""
        description = sources.describe(
            spec, allow_remote=allow_remote, allow_files=allow_files
        )
        policy = Policy(
            secrets=sources.secrets(description),
            handshakes=configured(
                handshake, (secret,) if isinstance(secret, str) else secret
            ),
        )
        mock = Mock(description, scope=scope, policy=policy)
        self._sends = ShotSender(mock, signature=signature, secret=secret)

    @classmethod
    def from_mock(cls, mock: Mock) -> Sender:
        """Return the Sender of a document that has already been read."""
        found = object.__new__(cls)
        found._sends = ShotSender(mock)
        return found

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every callback and webhook operation of the document."""
        return self._sends.mock.operations

    def fire(
        self,
        operation: str | Operation,
        to: object,
        *,
        example: str | None = None,
        set: Mapping[str, Any] | None = None,
        values: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        seed: int = 0,
        id: str | None = None,
        signature: Given | None = None,
        secret: str | Sequence[str] = (),
        within: float | None = None,
    ) -> Answer:
        """Send one documented delivery, and judge the answer.

        `example` is the name of a documented example, `seed` selects a generated body.
        `set` sets members of the body by JSON Pointer (`{"#/id": 7}`), `values` are
        those of the key's expressions (`{"request.body#/id": "7"}`). `signature` and
        `secret` replace the Sender's for this delivery; `id` is its identity. The
        answer must come within `within` seconds. The result has the answer's
        `violations`. Raises `ReceiverError` if the set-up is wrong.
        """
        __tracebackhide__ = True
        return run(
            self.firing(
                operation,
                to,
                example=example,
                set=set,
                values=values,
                headers=headers,
                seed=seed,
                id=id,
                signature=signature,
                secret=secret,
                within=within,
            )
        )

    async def firing(
        self,
        operation: str | Operation,
        to: object,
        *,
        example: str | None = None,
        set: Mapping[str, Any] | None = None,
        values: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        seed: int = 0,
        id: str | None = None,
        signature: Given | None = None,
        secret: str | Sequence[str] = (),
        within: float | None = None,
    ) -> Answer:
        """Do what `fire` does in the running event loop, which an application may need."""
        __tracebackhide__ = True
        shot = self._sends.shot(
            operation,
            to,
            choices=Choices(
                example=example,
                values=_named(values or {}),
                changes=changes(set or {}),
                seed=seed,
            ),
            headers=_pairs(headers),
            id=id,
            signature=_signature(signature, secret),
        )
        return (await self._sends.send([shot], to, within=within))[0]

    def check(
        self,
        operation: str | Operation,
        to: object,
        *,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        tail: str | None = None,
        must_be_refused: bool = False,
        within: float | None = None,
    ) -> Answer:
        """Send these headers and this body to the documented URL, with a new signature.

        `tail` is the rest of the URL after the registered one, if it is not as
        documented. A value `***` stands for the documented credential of that header, which is read
        from the environment. The answer must be documented, and a 2xx, or a 4xx with
        `must_be_refused`; otherwise raises `AssertionError`. `cbmock test
        --write-tests` writes such calls.
        """
        __tracebackhide__ = True
        plain = self._sends.shot(operation, to, tail=tail)
        own = plain.request.headers
        fields = (
            (name, (own.get(name) or "") if value == HIDDEN else value)
            for name, value in headers
        )
        request = replace(plain.request, headers=Headers.of(fields), body=body)
        kind = "broken" if must_be_refused else None
        shot = signed(replace(plain, request=request, kind=kind), time.time())
        answer = run(self._sends.send([shot], to, within=within))[0]
        found = errors(answer.violations)
        reason = reason_of(found) if found else None
        if reason is None and not must_be_refused:
            reason = refusal(answer)
        if reason is not None:
            raise AssertionError(
                f"{shot.operation.name}: {reason}\n{answer.shown_curl}"
            )
        return answer

    def cases(
        self,
        operation: str | Operation | None = None,
        phase: CasePhase | Sequence[CasePhase] = "coverage",
        *,
        max_examples: int = 50,
        seed: int = 1,
    ) -> Iterator[ReceiverCase]:
        """Yield the cases with which `cbmock test` tests a receiver in these phases.

        Without `operation`, the cases of every operation that the API sends.
        """
        found = self._found(operation)
        for each in (phase,) if isinstance(phase, str) else phase:
            for one in found:
                for case in cases(self._sends, one, each, most=max_examples, seed=seed):
                    yield ReceiverCase(self._sends, case)

    def _found(self, operation: str | Operation | None) -> list[Operation]:
        if operation is None:
            return [each.operation for each in self._sends.mock.mounts]
        if isinstance(operation, str):
            return [self._sends.mock.names.find(operation)]
        return [operation]

    def test(
        self,
        to: object,
        *operations: str,
        phases: Sequence[Phase] = PHASES,
        max_examples: int = 50,
        max_time: float | None = None,
        seed: int = 1,
        within: float | None = None,
        effect: Callable[[], Any] | None = None,
    ) -> Results:
        """Test a receiver as `cbmock test` does; the failures are in the result.

        `effect` returns the receiver's state (such as a count of rows), which a
        repeated delivery must not change.
        """
        plan = Plan(
            operations=operations,
            phases=tuple(phases),
            max_examples=max_examples,
            max_time=max_time,
            seed=seed,
            within=within,
            effect=effect,
        )
        return ContractTest(self._sends, to, plan).run()


@dataclass(frozen=True, slots=True)
class ReceiverCase:
    """One request with which receivers are tested."""

    _sends: ShotSender
    _case: Case

    @property
    def operation(self) -> Operation:
        """The operation that is sent."""
        return self._case.operation

    @property
    def phase(self) -> CasePhase:
        """The phase that it belongs to."""
        return self._case.phase

    @property
    def name(self) -> str:
        """The operation, and where the request differs from the documented one."""
        return f"{self._case.operation.name}: {self._case.name}"

    @property
    def must_be_refused(self) -> bool:
        """Whether it violates the contract, so that a 4xx is expected."""
        return self._case.must_be_refused

    def fire(self, to: object, *, within: float | None = None) -> Answer:
        """Send it to a receiver, and judge the answer."""
        __tracebackhide__ = True
        shot = self._case.make(to)
        return run(self._sends.send([shot], to, within=within))[0]

    def check(self, to: object, *, within: float | None = None) -> Answer:
        """Send it; raises `AssertionError` for an answer that is not as expected."""
        __tracebackhide__ = True
        answer = self.fire(to, within=within)
        reason = self._case.failure(answer)
        if reason is not None:
            message = f"{self.name}: {reason}\n{answer.shown_curl}"
            raise AssertionError(message)
        return answer


def _named(values: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("$"): value for name, value in values.items()}


def _pairs(
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
) -> tuple[tuple[str, str], ...]:
    return tuple(headers.items() if isinstance(headers, Mapping) else headers)


def _signature(given: Given | None, secret: str | Sequence[str]) -> Any:
    if given is None or isinstance(given, Signature):
        return given
    return Signature(given, secret=secret)
