"""Cases: the requests with which a receiver is tested, and the expected answers.

It decides what each phase sends. It must not know how requests are sent or how failures
are shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from cbmock import extras
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.description.broken_references import can_be_media_type
from cbmock.description.operations import Operation
from cbmock.firing import handshake_questions, variants
from cbmock.firing.answer import Answer
from cbmock.firing.broken import SIGNED, BrokenRequest
from cbmock.firing.broken_shots import BrokenShots
from cbmock.firing.documented_request import (
    Choices,
    DocumentedRequest,
    documented_request,
)
from cbmock.firing.handshake_questions import AskedQuestion
from cbmock.firing.parameter_variants import parameter_variants
from cbmock.firing.shots import Shot, ShotMaker
from cbmock.firing.variants import Variant
from cbmock.handshakes.agreed import holding
from cbmock.http.messages import Headers
from cbmock.mock.examples import ABSENT, examples
from cbmock.mock.mock import Mock
from cbmock.violations import Violation, errors

CasePhase = Literal[
    "examples", "coverage", "generated", "broken", "signatures", "handshakes"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request of a phase: `make` writes it for a receiver, and signs it then.

    `name` says how it differs from the plain request; `variant` is set if it can be
    made smaller. A broken request must be refused, any other accepted.
    """

    operation: Operation
    phase: CasePhase
    name: str
    make: Callable[[object], Shot]
    variant: Variant | None = None
    question: AskedQuestion | None = None

    def failure(self, answer: Answer) -> str | None:
        """Return how an answer differs from the expected one; None if it does not."""
        if self.must_be_refused:
            found = errors(answer.violations)
            return reason_of(found) if found else None
        if self.question is not None:
            found = errors(answer.violations)
            return reason_of(found) if found else self.question.failure(answer)
        return refusal(answer)

    @property
    def must_be_refused(self) -> bool:
        """Whether the receiver must refuse it."""
        if self.question is not None:
            return self.question.wanted is None
        return self.phase == "broken" or (
            self.phase == "signatures" and self.name != _ROTATED
        )


_ROTATED = "while secrets rotate"


def need_libraries(phases: Iterable[str]) -> None:
    """Raise `ReceiverError` if a library is missing that one of these phases needs."""
    if "generated" in phases:
        extras.need("hypothesis", "the phase `generated`")


def cases(
    maker: ShotMaker,
    operation: Operation,
    phase: CasePhase,
    *,
    most: int = 50,
    seed: int = 1,
) -> Iterator[Case]:
    """Yield the cases of a phase.

    `most` limits the number of generated bodies; four times as many changes of one
    place are made. `seed` reproduces generated bodies.
    """
    need_libraries([phase])
    match phase:
        case "examples":
            yield from _examples(maker, operation)
        case "coverage":
            yield from _of_variants(
                maker, operation, phase, _boundaries(maker, operation, 4 * most)
            )
        case "generated":
            found = _generated(maker, operation, most, seed)
            yield from _of_variants(maker, operation, phase, found)
        case "broken":
            yield from _broken(maker, operation, 4 * most)
        case "signatures":
            yield from _signatures(maker, operation)
        case "handshakes":
            yield from _handshakes(maker, operation)


def refusal(answer: Answer) -> str | None:
    """Say why a valid delivery was not accepted as documented; None if it was."""
    found = errors(answer.violations)
    if found:
        return reason_of(found)
    if answer.status is not None and not 200 <= answer.status < 300:  # noqa: PLR2004
        return f"a valid delivery was answered {answer.status}"
    return None


def reason_of(found: tuple[Violation, ...]) -> str:
    """Return the reason in one line."""
    return f"{found[0].where}: {found[0].detail}"


# --- each phase -------------------------------------------------------------------------


def _examples(maker: ShotMaker, operation: Operation) -> Iterator[Case]:
    for choices in _named_examples(maker, operation):
        if _is_valid(maker, operation, choices):
            yield Case(
                operation=operation,
                phase="examples",
                name=_example_name(choices),
                make=functools.partial(_documented, maker, operation, choices),
            )


def invalid_examples(maker: ShotMaker, operation: Operation) -> Iterator[str]:
    """Yield the documented examples that the document itself excludes: none is sent."""
    for choices in _named_examples(maker, operation):
        if not _is_valid(maker, operation, choices):
            yield _example_name(choices)


def _example_name(choices: Choices) -> str:
    named = [choices.example or "as documented", choices.media_type]
    return " as ".join(filter(None, named))


def _is_valid(maker: ShotMaker, operation: Operation, choices: Choices) -> bool:
    whole = documented_request(maker.mock, operation, choices)
    return variants.is_valid(maker.mock, operation, whole.request)


def _documented(
    maker: ShotMaker, operation: Operation, choices: Choices, to: object
) -> Shot:
    return maker.shot(operation, to, choices=choices)


def _named_examples(maker: ShotMaker, operation: Operation) -> Iterator[Choices]:
    """Yield the documented request, and each example of each media type."""
    for whole, choices in _of_each_media_type(maker, operation):
        yield choices
        if whole.described is not None:
            for name in examples(whole.described.node, maker.mock.description):
                if name:
                    yield replace(choices, example=name)


def _of_each_media_type(
    maker: ShotMaker, operation: Operation
) -> Iterator[tuple[DocumentedRequest, Choices]]:
    """Yield the documented request, then one of each other media type."""
    plain = documented_request(maker.mock, operation)
    yield plain, Choices()
    body = maker.mock.contract_of(operation).body
    if isinstance(body, RequestBody) and plain.media_type is not None:
        for key in body.content:
            if key != plain.media_type and can_be_media_type(key):
                choices = Choices(media_type=key)
                yield documented_request(maker.mock, operation, choices), choices


def _boundaries(maker: ShotMaker, operation: Operation, most: int) -> Iterator[Variant]:
    mock = maker.mock
    yield from islice(_of_parameters(mock, operation), most)
    for whole, _ in _of_each_media_type(maker, operation):
        full = variants.fullest(mock, operation, whole)
        yield Variant("every member", full)
        yield from variants.variants(mock, operation, full, most)


def _of_parameters(mock: Mock, operation: Operation) -> Iterator[Variant]:
    seen = {documented_request(mock, operation).request}
    for each in parameter_variants(mock, operation):
        request = each.whole.request
        if request not in seen and variants.is_valid(mock, operation, request):
            seen.add(request)
            way = "without" if each.value is ABSENT else "with another value of"
            yield Variant(f"{way} {each.parameter.name}", each.whole)


def _generated(
    maker: ShotMaker, operation: Operation, most: int, seed: int
) -> Iterator[Variant]:
    from cbmock.firing import generated  # noqa: PLC0415 - 500 ms, loads hypothesis

    whole = documented_request(maker.mock, operation)
    for number, other in enumerate(
        generated.requests(maker.mock, operation, whole, most=most, seed=seed), 1
    ):
        yield Variant(f"generated {number}", other)


def _of_variants(
    maker: ShotMaker,
    operation: Operation,
    phase: CasePhase,
    found: Iterable[Variant],
) -> Iterator[Case]:
    for each in found:
        yield case_of(maker, operation, phase, each)


def case_of(
    maker: ShotMaker, operation: Operation, phase: CasePhase, variant: Variant
) -> Case:
    """Return the case of one valid request."""

    def make(to: object) -> Shot:
        return maker.shot_of(operation, to, variant.whole)

    return Case(
        operation=operation,
        phase=phase,
        name=variant.place,
        make=make,
        variant=variant,
    )


def _broken(maker: ShotMaker, operation: Operation, most: int) -> Iterator[Case]:
    found = BrokenShots.prepared(maker, operation)
    for each in islice(found.ways(), most):

        def make(to: object, each: BrokenRequest = each) -> Shot:
            return found.shot(to, each)

        name = f"{each.kind} ({each.place})"
        yield Case(operation=operation, phase="broken", name=name, make=make)


def _signatures(maker: ShotMaker, operation: Operation) -> Iterator[Case]:
    if maker.signature_of(operation) is None:
        return
    yield from _badly_signed(maker, operation)
    yield Case(
        operation=operation,
        phase="signatures",
        name="no signature",
        make=lambda to: _unsigned(maker.shot(operation, to)),
    )
    good = maker.signature_of(operation)
    rotated = None if good is None else good.while_rotating()
    if rotated is not None:
        yield Case(
            operation=operation,
            phase="signatures",
            name=_ROTATED,
            make=lambda to: maker.shot(operation, to, signature=rotated),
        )


def _badly_signed(maker: ShotMaker, operation: Operation) -> Iterator[Case]:
    found = BrokenShots.prepared(maker, operation)
    for kind in sorted(SIGNED):
        # No shot if the scheme has no timestamp, or the request no body.
        for each in found.shots("http://receiver.test", [kind]):

            def make(to: object, kind: str = kind) -> Shot:
                return found.shots(to, [kind])[0]

            name = f"{kind} ({each.place})"
            yield Case(operation=operation, phase="signatures", name=name, make=make)


def _unsigned(good: Shot) -> Shot:
    assert good.signature is not None
    added = good.signature.sign(
        b"", timestamp=0, url=good.url, headers=[*good.request.headers]
    )
    own = {name.lower() for name, _ in added}
    fields = [pair for pair in good.request.headers if pair[0].lower() not in own]
    request = replace(good.request, headers=Headers.of(fields))
    return replace(good, request=request, kind="wrong-signature", place="no signature")


def _handshakes(maker: ShotMaker, operation: Operation) -> Iterator[Case]:
    for each in holding([operation], (), maker.mock.policy.handshakes):
        for question in handshake_questions.questions(each):
            yield Case(
                operation=operation,
                phase="handshakes",
                name=question.name,
                make=functools.partial(_asking, maker, operation, question),
                question=question,
            )


def _asking(
    maker: ShotMaker, operation: Operation, question: AskedQuestion, to: object
) -> Shot:
    return maker.question_shot(operation, to, question)
