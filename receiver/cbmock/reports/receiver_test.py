"""The contract test of a receiver as JUnit and as a page.

It decides how failures are shown. It must not know how they were found.
"""

from __future__ import annotations

from collections.abc import Iterator

from junitparser import TestCase

from cbmock.firing.contract_test import Failure, Results
from cbmock.reports import junit
from cbmock.reports.html.markup import LONGEST_BODY, as_text, document
from cbmock.reports.text import printable


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


def page(results: Results) -> str:
    """Write the results as a page: each failure with its request and its answer."""
    return document("cbmock test", _body(results))


def _body(results: Results) -> Iterator[str]:
    failures = "failure" if len(results.failures) == 1 else "failures"
    yield "<h1>cbmock test</h1>"
    yield (
        f"<p>{results.cases} cases, {len(results.failures)} {failures}, "
        f"seed {results.seed}</p>"
    )
    if results.stopped:
        yield "<p>The time was over before the end.</p>"
    for each in results.failures:
        yield from _failure(each)
    for text in results.skipped:
        yield f'<p class="dim">skipped: {as_text(text)}</p>'


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
