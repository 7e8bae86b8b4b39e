"""What the samples' tests share: the message of a failure, held against a file."""

import os
import re

import pytest

# A project of Django sets up the whole process: its tests run in one of their own.
collect_ignore = [] if "DJANGO_SETTINGS_MODULE" in os.environ else ["django-orders"]

VARYING = {
    r"\+\d+\.\d{3} s": "+0.004 s",
    r"127\.0\.0\.1(:|%3A)\d+": r"127.0.0.1\g<1>49152",
    r"((?:/|%2F)t(?:/|%2F)[\w-]+)-[0-9a-f]{6}\b": r"\1-2b2a9f",
    r"\d{4}-\d\d-\d\dT[\d:]+Z": "2026-11-22T14:00:00Z",
    r"\bcall \d+(?=, which)": "call 1",
    r"the gap before was \d\.\d+ s": "the gap before was 0.8 s",
    r"(?<!which )came \d\.\d+ s after": "came 0.02 s after",
    r"\b\d{4}\.\d+ s old": "3600.257 s old",
    r"'1\d{9}'": "'1795000000'",
}
"""What differs from run to run: moments, ports, tokens, ids."""


def steady(text):
    for pattern, constant in VARYING.items():
        text = re.sub(pattern, constant, text)
    return text + "\n"


@pytest.fixture
def fails_as(request):
    """Hold what an assertion fails with against failures/<name>.txt.

    A file that is missing is written, and the test fails until somebody has read it.
    """

    def fails_as(name, assertion, *arguments, **options):
        with pytest.raises(AssertionError) as red:
            assertion(*arguments, **options)
        file = request.path.parent / "failures" / f"{name}.txt"
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_text(steady(str(red.value)), encoding="utf-8")
            pytest.fail(f"{file} was missing; read what is in it now")
        assert steady(str(red.value)) == file.read_text(encoding="utf-8")

    return fails_as
