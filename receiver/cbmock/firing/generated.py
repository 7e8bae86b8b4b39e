"""Generated requests: drawn by hypothesis, and shrunk to the smallest that fails.

It decides how failures are searched for and shrunk. It must not know what fails. Needs
the extra `openapi-receiver[fire]`.
"""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, configuration
from hypothesis import strategies as st
from hypothesis.errors import Flaky, HypothesisWarning, Unsatisfiable
from hypothesis.strategies import DrawFn, SearchStrategy

from cbmock.description.operations import Operation
from cbmock.firing import variants
from cbmock.firing.documented_request import DocumentedRequest
from cbmock.firing.strategies import bodies
from cbmock.mock.mock import Mock

_MOST_CAUSES = 10
_AT_ONCE = ((256, 128), (1024, 32), (4096, 8))
"""How many bodies are drawn in one example, by the length of one with all members: more in
one are more often different, but an example has room for some 8 KB only."""
_MOST_FAILED = 4
"""After how many examples without room for their bodies fewer are drawn in one."""
_MOST_FAILED_OF_ONE = 100


class _NoRoomError(BaseException):
    """The bodies of no example were drawn; hypothesis takes an `Exception` for a failure."""


class _Failed(Exception):
    """A request fails: hypothesis then searches for a smaller one."""


def requests(
    mock: Mock, operation: Operation, whole: DocumentedRequest, *, most: int, seed: int
) -> list[DocumentedRequest]:
    """Return generated valid requests, all different.

    Many bodies are drawn in one example, because the overhead of an example is larger
    than the cost of a body. If they do not fit into one example, fewer are drawn.
    """
    found: dict[bytes, DocumentedRequest] = {}
    strategy = _strategy(whole)
    if strategy is None:
        return []
    length = len(variants.fullest(mock, operation, whole).request.body)
    for at_once in [*(many for longest, many in _AT_ONCE if length <= longest), 1]:
        examples = 1 + -(-(most - len(found)) // at_once)

        def keep(values: list[Any]) -> None:
            # Not ended by an exception: hypothesis writes the example of each, in seconds.
            for value in values if len(found) < most else ():
                request = variants.valid_with(mock, operation, whole, value)
                if request is not None and len(found) < most:
                    found.setdefault(request.request.body, request)

        several = _several(strategy, at_once)
        with contextlib.suppress(_NoRoomError):
            _run(several, keep, (Phase.generate,), most=examples, seed=seed)
        if len(found) >= most:
            break
    return list(found.values())


def _several(strategy: SearchStrategy[Any], at_once: int) -> SearchStrategy[list[Any]]:
    """Draw several bodies; `_NoRoomError` if there was no room a few times."""
    failed, most = 0, _MOST_FAILED if at_once > 1 else _MOST_FAILED_OF_ONE

    @st.composite
    def bodies(draw: DrawFn) -> list[Any]:
        nonlocal failed
        if failed > most:
            raise _NoRoomError
        failed += 1
        values = [draw(strategy) for _ in range(at_once)]
        failed -= 1
        return values

    return bodies()


def smallest_failures(
    mock: Mock,
    operation: Operation,
    whole: DocumentedRequest,
    check: Callable[[DocumentedRequest], str | None],
    *,
    most: int,
    seed: int,
) -> Iterator[DocumentedRequest]:
    """Return the smallest failing request for each cause.

    `check` returns the cause, None if the request does not fail; it is called for each
    request that is tried. The same `seed` tries the same requests.
    """
    known: set[str] = set()
    strategy = _strategy(whole)
    if strategy is None:
        return

    def tried(value: Any) -> None:
        request = variants.valid_with(mock, operation, whole, value)
        if request is not None:
            search(request)

    for _ in range(_MOST_CAUSES):
        search = _ShrinkingSearch(check, known)
        phases = (Phase.generate, Phase.shrink)
        _run(strategy, tried, phases, most=most, seed=seed)
        if search.cause is None or search.smallest is None:
            return
        known.add(search.cause)
        yield search.smallest


class _ShrinkingSearch:
    """The search for one cause: the first one that is not known yet."""

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
    strategy: SearchStrategy[Any],
    each: Callable[[Any], None],
    phases: tuple[Phase, ...],
    *,
    most: int,
    seed: int,
) -> None:
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
        each(value)

    # A receiver may fail now and then, and the time may be over amid a search.
    expected = contextlib.suppress(_Failed, Flaky, Unsatisfiable)
    with _without_traces(), expected:
        case()


def _strategy(whole: DocumentedRequest) -> SearchStrategy[Any] | None:
    schema = variants.body_schema(whole)
    return None if schema is None else bodies(schema)


@contextlib.contextmanager
def _without_traces() -> Iterator[None]:
    """Keep hypothesis from writing files into the user's folder, and from warning."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", HypothesisWarning)
                yield
        finally:
            configuration.set_hypothesis_home_dir(None)
