"""Generated requests: what hypothesis thinks of, and the smallest that fails.

It decides how a failure is searched for and made smaller. It must not know what fails.
Needs the extra `openapi-receiver[fire]`.
"""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, configuration
from hypothesis.errors import HypothesisWarning, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from cbmock.description.operations import Operation
from cbmock.firing import variants
from cbmock.firing.documented_request import DocumentedRequest
from cbmock.firing.strategies import bodies
from cbmock.mock.mock import Mock

_MOST_CAUSES = 10


class _Failed(Exception):
    """What tells hypothesis that a request fails."""


def requests(
    mock: Mock, operation: Operation, whole: DocumentedRequest, *, most: int, seed: int
) -> list[DocumentedRequest]:
    """Return generated valid requests, each different from the others."""
    found: dict[bytes, DocumentedRequest] = {}

    def keep(request: DocumentedRequest) -> None:
        found.setdefault(request.request.body, request)

    _run(mock, operation, whole, keep, (Phase.generate,), most=most, seed=seed)
    return list(found.values())


def smallest_failures(
    mock: Mock,
    operation: Operation,
    whole: DocumentedRequest,
    check: Callable[[DocumentedRequest], str | None],
    *,
    most: int,
    seed: int,
) -> Iterator[DocumentedRequest]:
    """Give for each cause the smallest request that fails by it.

    `check` returns the cause, None where there is none; it is asked for each request that
    is tried. The same `seed` tries the same requests.
    """
    known: set[str] = set()
    for _ in range(_MOST_CAUSES):
        search = _ShrinkingSearch(check, known)
        phases = (Phase.generate, Phase.shrink)
        _run(mock, operation, whole, search, phases, most=most, seed=seed)
        if search.cause is None or search.smallest is None:
            return
        known.add(search.cause)
        yield search.smallest


class _ShrinkingSearch:
    """The search for one cause: the first that is met and not known yet."""

    def __init__(
        self, check: Callable[[DocumentedRequest], str | None], known: set[str]
    ) -> None:
        self._check = check
        self._known = known
        self.cause: str | None = None
        self.smallest: DocumentedRequest | None = None

    def __call__(self, request: DocumentedRequest) -> None:
        cause = self._check(request)
        if cause is None or cause in self._known:
            return
        self.cause = self.cause or cause
        if cause == self.cause:
            self.smallest = request
            raise _Failed


def _run(
    mock: Mock,
    operation: Operation,
    whole: DocumentedRequest,
    each: Callable[[DocumentedRequest], None],
    phases: tuple[Phase, ...],
    *,
    most: int,
    seed: int,
) -> None:
    strategy = _strategy(mock, operation, whole)
    if strategy is None:
        return

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=most,
        database=None,
        deadline=None,
        derandomize=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
    )
    @hypothesis.given(strategy)
    def case(value: Any) -> None:
        request = variants.valid_with(mock, operation, whole, value)
        if request is not None:
            each(request)

    with _without_traces(), contextlib.suppress(_Failed, Unsatisfiable):
        case()


def _strategy(
    mock: Mock, operation: Operation, whole: DocumentedRequest
) -> SearchStrategy[Any] | None:
    schema = variants.body_schema(mock, operation, whole)
    return None if schema is None else bodies(schema)


@contextlib.contextmanager
def _without_traces() -> Iterator[None]:
    """Let hypothesis write nothing into the user's folder, and warn of nothing."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", HypothesisWarning)
                yield
        finally:
            configuration.set_hypothesis_home_dir(None)
