import json
import re

import pytest

from tests.support.invoices import DOCUMENT, SENDER

TESTS = """
from sender import *

def test_one(cbmock):
    send(cbmock)

def test_two(cbmock):
    send(cbmock, body={**EVENT, "paid": "<script>alert(1)</script>"})
    assert cbmock.calls[0].json == EVENT

def test_three(cbmock):
    send(cbmock, path="/nowhere")

def test_without():
    pass
"""


@pytest.fixture
def project(pytester):
    pytester.makefile(".json", openapi=json.dumps(DOCUMENT))
    pytester.makepyfile(sender=SENDER)
    pytester.makeini("[pytest]\ncbmock_spec = openapi.json\n")

    def run(*arguments, tests=TESTS):
        pytester.makepyfile(test_it=tests)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    return run


SUMMARY = [
    "invoice_notification POST: 1 call, 1 of 1 responses",
    "new-subscription POST: 0 calls, 0 of 1 responses",
    "    not seen: response 204",
    "covered: 2 of 4 items, 50 %",
    "    2 calls left out: invalid, ambiguous or unmatched",
]


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_what_the_tests_received_is_reported(project, pytester, workers):
    outcome = project(
        "--cbmock-cov", "--cbmock-report=out/r.json", "--cbmock-report=r.html", *workers
    )
    outcome.assert_outcomes(passed=2, failed=2)
    outcome.stdout.fnmatch_lines(
        [*SUMMARY, "report: out/r.json", "report: r.html"], consecutive=True
    )
    report = json.loads((pytester.path / "out/r.json").read_text())
    assert report["coverage"]["percent"] == 50.0
    tests = sorted(report["tests"], key=lambda each: each["test"])
    assert [(each["test"], each["outcome"]) for each in tests] == [
        ("test_it.py::test_one", "passed"),
        ("test_it.py::test_three", "failed"),
        ("test_it.py::test_two", "failed"),
    ]
    one, three, two = tests
    assert one["failure"] is None
    assert "matched no callback or webhook: " in three["failure"]
    assert [call["valid"] for call in two["calls"]] == [False]
    page = (pytester.path / "r.html").read_text()
    assert "test_it.py::test_two" in page
    assert "<script" not in page


AGAIN = """
from sender import *
def test_again(cbmock):
    cbmock.respond("invoice_notification", status=503).then(status=200)
    send(cbmock)
    send(cbmock)
"""


def test_the_report_judges_deliveries_by_the_conduct_of_the_file(project, pytester):
    once = """
[tool.cbmock.operations.invoice_notification]
conduct = {max-attempts = 1}
"""
    pytester.makepyprojecttoml(once)
    outcome = project("--cbmock-report=r.json", tests=AGAIN)
    outcome.assert_outcomes(failed=1)
    (test,) = json.loads((pytester.path / "r.json").read_text())["tests"]
    told = "2 attempts came; at most 1 are allowed"
    (delivery,) = test["deliveries"]
    assert (delivery["attempts"], delivery["delivered"]) == ([1, 2], True)
    assert [each["detail"] for each in delivery["violations"]] == [told]
    assert [call["valid"] for call in test["calls"]] == [True, False]
    assert told in [each["detail"] for each in test["calls"][1]["violations"]]


@pytest.mark.parametrize(
    ("limit", "status", "told"),
    [
        ("50", 0, "covered: 2 of 4 items, 50 %"),
        ("50.1", 1, "FAILED: coverage of 50 % *"),
    ],
)
def test_a_session_fails_below_the_coverage_that_is_required(
    project, limit, status, told
):
    outcome = project(
        f"--cbmock-cov-fail-under={limit}",
        tests="from sender import *\ndef test_one(cbmock):\n    send(cbmock)\n",
    )
    outcome.stdout.fnmatch_lines([told])
    assert outcome.ret == status


def test_a_session_without_the_fixture_covers_nothing(project):
    outcome = project("--cbmock-cov-fail-under=1", tests="def test_one():\n    pass\n")
    outcome.stdout.fnmatch_lines(["FAILED: no test used the fixture `cbmock`: *"])
    assert outcome.ret == 1


def test_a_report_of_an_unknown_kind_is_wrong_use(project):
    outcome = project("--cbmock-report=r.xml")
    outcome.stderr.fnmatch_lines(["*r.xml: name a file that ends in .json or .html"])
    assert outcome.ret == 4


def test_a_report_that_cannot_be_written_fails_the_session(project, pytester):
    (pytester.path / "taken").write_text("")
    outcome = project(
        "--cbmock-report=taken/r.json", tests="def test_one():\n    pass\n"
    )
    outcome.stdout.fnmatch_lines(["FAILED: taken/r.json: cannot be written: *"])
    assert outcome.ret == 1


TWO = "from sender import *\ndef test_two(cbmock):\n    send(cbmock)\n    assert 0\n"


@pytest.mark.parametrize(
    ("variable", "colours"), [("FORCE_COLOR", True), ("NO_COLOR", False)]
)
def test_sections_are_coloured_on_terminals_only(
    project, monkeypatch, variable, colours
):
    for each in ("PY_COLORS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(variable, "1")
    told = project(tests=TWO).stdout.str()
    assert ("invoice_notification: \x1b[32mok\x1b[0m, answered 200" in told) is colours
    assert (
        bool(re.search(r"invoice_notification: ok, answered 200", told)) is not colours
    )


def test_what_a_failure_tells_is_not_told_again_in_a_section(project):
    told = project(
        tests="def test_it(cbmock):\n    cbmock.wait_for('new-subscription', timeout=0)\n"
    ).stdout.str()
    assert " cbmock ----" not in told
    assert "- cbmock -" not in told


@pytest.mark.parametrize(
    "option",
    ["--cbmock-url", "--cbmock-report", "--cbmock-cov", "--cbmock-cov-fail-under"],
)
def test_an_option_is_documented(pytester, option):
    assert f"  {option}" in pytester.runpytest_inprocess("--help").stdout.str()
