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

from cbmock.contract.bodies.request_body import RequestBody
from cbmock.description.operations import Operation
from cbmock.firing import broken, handshake_questions, variants
from cbmock.firing.answer import Answer
from cbmock.firing.broken import SIGNED
from cbmock.firing.documented_request import (
    Choices,
    documented_request,
)
from cbmock.firing.handshake_questions import AskedQuestion
from cbmock.firing.shots import Shot, ShotMaker
from cbmock.firing.variants import Variant
from cbmock.handshakes.agreed import holding
from cbmock.http.messages import Headers
from cbmock.mock.examples import examples
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
    chosen = [Choices(), *(Choices(example=name) for name in _names(maker, operation))]
    for choices in chosen:

        def make(to: object, choices: Choices = choices) -> Shot:
            return maker.shot(operation, to, choices=choices)

        name = choices.example or "as documented"
        yield Case(operation=operation, phase="examples", name=name, make=make)


def _names(maker: ShotMaker, operation: Operation) -> list[str]:
    body = maker.mock.contract_of(operation).body
    whole = documented_request(maker.mock, operation)
    if not isinstance(body, RequestBody) or whole.media_type is None:
        return []
    node = body.media_type_object(whole.media_type).node
    return [name for name in examples(node, maker.mock.description) if name]


def _boundaries(maker: ShotMaker, operation: Operation, most: int) -> Iterator[Variant]:
    mock = maker.mock
    full = variants.fullest(mock, operation, documented_request(mock, operation))
    yield Variant("every member", full)
    yield from variants.variants(mock, operation, full, most)


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
    whole = documented_request(maker.mock, operation)
    for each in islice(broken.broken(maker.mock, operation, whole), most):

        def make(to: object, each: broken.BrokenRequest = each) -> Shot:
            changed = replace(whole, request=each.request)
            shot = maker.shot_of(operation, to, changed)
            return replace(shot, kind=each.kind, place=each.place)

        name = f"{each.kind} ({each.place})"
        yield Case(operation=operation, phase="broken", name=name, make=make)


def _signatures(maker: ShotMaker, operation: Operation) -> Iterator[Case]:
    if maker.signature_of(operation) is None:
        return
    for kind in sorted(SIGNED):
        yield from _badly_signed(maker, operation, kind)
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


def _badly_signed(maker: ShotMaker, operation: Operation, kind: str) -> Iterator[Case]:
    def make(to: object) -> Shot:
        return maker.broken_shots(operation, to, kinds=[kind])[0]

    try:
        place = make("http://receiver.test").place
    except IndexError:  # no timestamp in the scheme, or no body in the request
        return
    name = f"{kind} ({place})"
    yield Case(operation=operation, phase="signatures", name=name, make=make)


def _unsigned(good: Shot) -> Shot:
    assert good.signature is not None
    own = {
        name.lower() for name, _ in good.signature.sign(b"", timestamp=0, url=good.url)
    }
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
