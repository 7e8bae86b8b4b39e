"""Parametrized tests: one test for each case by which a receiver is tested.

It decides what `@cbmock.parametrize` takes. It must not know how cases are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from cbmock.errors import ReceiverError
from cbmock.firing.cases import CasePhase
from cbmock.testing.sender import Sender

if TYPE_CHECKING:
    from cbmock.signatures.configured import Given
    from cbmock.sources import Spec


def parametrize(
    operation: str | None = None,
    *,
    phase: CasePhase | Sequence[CasePhase] = "coverage",
    spec: Spec | None = None,
    signature: Given | None = None,
    secret: str | Sequence[str] = (),
    max_examples: int = 50,
    seed: int = 1,
    argument: str = "case",
) -> pytest.MarkDecorator:
    """Return a decorator that runs a test once for each case of a phase.

    The test gets the case as `case` and checks a receiver with it: `case.check(app)`.
    Without `operation` it gets the cases of every operation, without `spec` those of
    the session's document. The other arguments are those of `Sender` and of
    `Sender.cases`.
    """
    return pytest.mark.cbmock_cases(
        operation=operation,
        phase=phase,
        spec=spec,
        signature=signature,
        secret=secret,
        max_examples=max_examples,
        seed=seed,
        argument=argument,
    )


def generate(metafunc: pytest.Metafunc, default: Any, asked: Mapping[str, Any]) -> None:
    """Give a test its cases; `default` returns the document if the test names none."""
    spec = default() if asked["spec"] is None else asked["spec"]
    try:
        sender = Sender(spec, signature=asked["signature"], secret=asked["secret"])
        found = list(
            sender.cases(
                asked["operation"],
                asked["phase"],
                max_examples=asked["max_examples"],
                seed=asked["seed"],
            )
        )
    except ReceiverError as error:
        pytest.fail(f"cbmock: {error.message}", pytrace=False)
    metafunc.parametrize(asked["argument"], found, ids=[each.name for each in found])
