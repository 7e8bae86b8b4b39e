"""JUnit: a verification as the XML that CI systems read.

It decides what a test case is: each call, each violation of calls that were valid before,
each expectation, the coverage. It must not
know how the calls were judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from cbmock.mock.call import Call
from cbmock.reports.coverage import lines, required
from cbmock.reports.text import printable, verdict, violations
from cbmock.reports.verification import Verification


def xml(verification: Verification) -> bytes:
    """Write a verification as a JUnit document."""
    return document(f"cbmock verify {verification.document}", _cases(verification))


def document(name: str, cases: Iterable[TestCase]) -> bytes:
    """Write test cases as a JUnit document of one suite."""
    suite = TestSuite(printable(name))
    for case in cases:
        suite.add_testcase(case)
    suite.update_statistics()
    whole = JUnitXml("cbmock")
    whole.add_testsuite(suite)
    whole.update_statistics()
    found: bytes = whole.tostring()
    return found


def _cases(verification: Verification) -> Iterator[TestCase]:
    for call in verification.calls:
        yield _of_call(call)
    for group in verification.regressions:
        case = TestCase(printable(f"{group.name}: {group.rule}"), "no longer valid")
        yield failed(case, printable(str(group)), "regression")
    for sentence in verification.missing:
        yield failed(
            TestCase(printable(sentence), "triggers"),
            printable(sentence),
            "missing-callback",
        )
    for each in verification.expected:
        case = TestCase(printable(each.operation.name), "expectations")
        yield case if each.met else failed(case, printable(str(each)), "expected")
    if verification.required is not None:
        case = TestCase(f"at least {verification.required:g} %", "coverage")
        low = required(verification.coverage, verification.required)
        text = "\n".join(lines(verification.coverage))
        yield case if low is None else failed(case, low, "coverage", text)


def _of_call(call: Call) -> TestCase:
    name = "unmatched" if call.operation is None else call.operation.name
    # XML allows no control characters, not even escaped ones.
    case = TestCase(
        printable(f"{call.id} {call.method} {call.target[:500]}"),
        printable(name),
        call.duration,
    )
    if call.valid:
        return case
    lines = [*violations(call.violations)]
    return failed(case, lines[0], verdict(call), "\n".join(lines))


def failed(case: TestCase, message: str, kind: str, text: str = "") -> TestCase:
    """Return a test case that failed, `text` below its message."""
    failure = Failure(message, kind)
    failure.text = text
    case.result = [failure]
    return case
