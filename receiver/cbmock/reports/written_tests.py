"""Generated tests: each failure of a receiver as a runnable pytest case.

It decides the content of the files. It must not know how failures were found. Secrets
are not written: the tests read them from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from cbmock.contract.security.redaction import HIDDEN, Redaction
from cbmock.firing.results import Failure, Results

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_ENVIRONMENT = "env:"
_SECRET = "CBMOCK_SECRET"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class SetUp:
    """The set-up of the tests, as the user wrote it.

    `secrets` are references; any other than `env:NAME` is read from `CBMOCK_SECRET`.
    `credentials` are the texts, as sent, that must not be written.
    """

    spec: str
    to: str
    signature: str | None = None
    secrets: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()


def modules(results: Results, set_up: SetUp) -> dict[str, str]:
    """Return test modules by file name, one for each operation with failures."""

    def name(failure: Failure) -> str:
        return failure.operation.qualified

    found: dict[str, str] = {}
    for operation, failures in groupby(sorted(results.failures, key=name), key=name):
        file = f"test_{_word(operation)}.py"
        if file in found:
            file = f"test_{_word(operation)}_{len(found)}.py"
        found[file] = "".join(_module(set_up, list(failures)))
    return found


def _word(text: str) -> str:
    return _UNSAFE.sub("_", text).strip("_").lower() or "operation"


def _module(set_up: SetUp, failures: Sequence[Failure]) -> Iterator[str]:
    yield '"""What the receiver answered wrong, as `cbmock test` wrote it."""\n\n'
    yield "import os\n\nimport cbmock\n\n"
    if Redaction().target(set_up.to) == set_up.to:
        yield f'TO = os.environ.get("CBMOCK_TO", {set_up.to!r})\n'
    else:
        yield 'TO = os.environ["CBMOCK_TO"]  # it holds a credential\n'
    yield f"SENDER = cbmock.Sender({set_up.spec!r}"
    if set_up.signature is not None:
        secrets = ", ".join(_secret(each) for each in set_up.secrets)
        yield f", signature={set_up.signature!r}, secret=[{secrets}]"
    yield ")\n"
    for number, each in enumerate(failures, 1):
        yield from _test(each, number, set_up.credentials)


def _secret(written: str) -> str:
    name = _SECRET
    if written.startswith(_ENVIRONMENT):
        name = written.removeprefix(_ENVIRONMENT)
    return f"os.environ[{name!r}]"


def _test(failure: Failure, number: int, credentials: tuple[str, ...]) -> Iterator[str]:
    yield f"\n\ndef test_{_word(failure.phase)}_{number}():\n"
    for line in failure.reason.splitlines() or [""]:
        yield f"    # {_comment(line)}\n"
    operation = failure.operation.qualified
    if failure.phase in {"conduct", "signatures", "handshakes"}:
        yield (
            f"    results = SENDER.test(TO, {operation!r}, phases=[{failure.phase!r}])\n"
            "    assert [each.reason for each in results.failures] == []\n"
        )
        return
    request = failure.answer.request
    yield f"    SENDER.check(\n        {operation!r},\n        TO,\n        headers=[\n"
    for name, value in request.headers:
        # `check` reads a hidden value from the environment.
        shown = HIDDEN if any(each in value for each in credentials) else value
        yield f"            {(name, shown)!r},\n"
    yield f"        ],\n        body={request.body!r},\n"
    tail = failure.answer.tail
    if tail and not any(each in tail for each in credentials):
        yield f"        tail={tail!r},\n"
    if failure.phase == "broken":
        yield "        must_be_refused=True,\n"
    yield "    )\n"


def _comment(line: str) -> str:
    return "".join(each if each.isprintable() else "�" for each in line)[:200]
