"""The contract test of a receiver as JUnit and as a page.

It decides how failures are shown. It must not know how they were found.
"""

from __future__ import annotations

from collections.abc import Iterator

from junitparser import Skipped, TestCase

from cbmock.firing.results import Failure, Results
from cbmock.reports import junit
from cbmock.reports.html.markup import LONGEST_BODY, as_text, document
from cbmock.reports.text import printable

_STOPPED = "The time was over before the end."


def xml(results: Results) -> bytes:
    """Write the results as a JUnit document: a test case for each failure."""
    return junit.document("cbmock test", _cases(results))


def _cases(results: Results) -> Iterator[TestCase]:
    if not results.failures:
        yield TestCase(f"{results.cases} cases", "cbmock test")
    for each in results.failures:
        name = printable(f"{each.phase}: {each.reason}")
        case = TestCase(name, printable(each.operation.name))
        reason, line = printable(each.reason), printable(each.answer.shown_curl)
        yield junit.failed(case, reason, each.phase, line)
    for left in results.skipped:
        yield _skipped(left.operation.name, left.reason)
    if results.stopped:
        yield _skipped("cbmock test", _STOPPED)


def _skipped(operation: str, reason: str) -> TestCase:
    case = TestCase(printable(reason), printable(operation))
    case.result = [Skipped(printable(reason))]
    return case


def page(results: Results) -> str:
    """Write the results as a page: each failure with its request and its answer."""
    return document("cbmock test", _body(results))


def _body(results: Results) -> Iterator[str]:
    yield "<h1>cbmock test</h1>"
    yield f"<p>{results.summary}</p>"
    if results.stopped:
        yield f"<p>{_STOPPED}</p>"
    for each in results.failures:
        yield from _failure(each)
    for left in results.skipped:
        yield f'<p class="dim">skipped: {as_text(str(left))}</p>'


def _failure(failure: Failure) -> Iterator[str]:
    answer = failure.answer
    name, phase = as_text(failure.operation.name), as_text(failure.phase)
    yield (
        f'<details><summary><span class="bad">failed</span> {name} '
        f'<span class="dim">{phase}, {failure.count} times</span> '
        f"{as_text(failure.reason)}</summary>"
    )
    yield f"<pre>{as_text(answer.shown_curl)}</pre>"
    status = "no response" if answer.status is None else str(answer.status)
    fields = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    whole = "\n".join((status, fields, "", answer.text[:LONGEST_BODY]))
    yield f"<pre>{as_text(whole)}</pre></details>"
