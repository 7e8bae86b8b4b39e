"""The cost of `Mock.receive` with 1, 100 and 10,000 operations, each at its own URL.

Prints microseconds per call and, in brackets, the ratio to the cost with one operation.
Only the ratios of one run are meaningful. The last lines are for one URL that receives all
events, where every operation is a candidate.

    python benchmarks/operations.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

COUNTS = (1, 100, 10_000)
AT_ONE_URL = (1, 100, 500)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}},
}
JSON = Headers.of([("content-type", "application/json")])


def posted(properties: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a path item that takes JSON."""
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], **(properties or {})}}
    content = {"application/json": {"schema": schema}}
    responses = {"204": {"description": "Taken."}}
    return {"post": {"requestBody": {"content": content}, "responses": responses}}


def document(**fields: Any) -> Mock:
    """Return the mock of a document with these fields."""
    info = {"title": "Operations", "version": "1"}
    return Mock(sources.describe({"openapi": "3.1.0", "info": info, **fields}))


def webhooks(count: int, **members: Callable[[int], Any]) -> Mock:
    """Return the mock of so many webhooks; `members` are further ones of their bodies."""
    return document(
        webhooks={
            f"event{n}": posted({name: of(n) for name, of in members.items()})
            for n in range(count)
        }
    )


def keys(count: int, key: str) -> Mock:
    """Return the mock of one callback for each `@` of a key, all of one operation."""
    callbacks = {
        f"event{n}": {key.replace("@", str(n)): posted()} for n in range(count)
    }
    return document(
        paths={"/s": {"post": {"operationId": "s", "callbacks": callbacks}}}
    )


def parents(count: int) -> Mock:
    """Return the mock of so many operations with one callback each, of the same key."""
    key = "{$request.body#/url}"
    paths = {
        f"/s{n}": {
            "post": {"operationId": f"s{n}", "callbacks": {"done": {key: posted()}}}
        }
        for n in range(count)
    }
    return document(paths=paths)


BODY = {"id": 1}
# (what, the mock, the target of the last operation, the body)
DISTINCT: tuple[tuple[str, Callable[[int], Mock], str, Any], ...] = (
    ("a webhook at its URL", webhooks, "/webhooks/event@", BODY),
    ("a webhook's URL that ends with /", webhooks, "/webhooks/event@/", BODY),
    ("a callback at its URL", parents, "/callbacks/s@/url", BODY),
    (
        "a tail below the URL handed out",
        lambda n: keys(n, "{$request.body#/url}/event@"),
        "/callbacks/s/url/event@",
        BODY,
    ),
    (
        "a tail below the client's own URL",
        lambda n: keys(n, "{$request.body#/url}/event@"),
        "/own/event@",
        BODY,
    ),
    (
        "a tail that ends with a value",
        lambda n: keys(n, "{$request.body#/url}/event@/{$request.body#/id}"),
        "/own/event@/7",
        BODY,
    ),
    (
        "a value that is empty",
        lambda n: keys(n, "{$request.body#/url}/event@/{$request.body#/id}"),
        "/own/event@/",
        BODY,
    ),
    (
        "a value inside a segment",
        lambda n: keys(n, "{$request.body#/url}/event@-{$request.body#/id}"),
        "/own/event@-7",
        BODY,
    ),
    (
        "a query that tells events apart",
        lambda n: keys(n, "{$request.body#/url}?event=e@"),
        "/own?event=e@",
        BODY,
    ),
    (
        "a literal URL",
        lambda n: keys(n, "https://host.example/event@"),
        "/event@",
        BODY,
    ),
    ("a miss among webhooks", webhooks, "/webhooks/evnt@", BODY),
    (
        "a miss among callbacks",
        lambda n: keys(n, "{$request.body#/url}/event@/{$request.body#/id}/x"),
        "/own/evnt@/7",
        BODY,
    ),
)
SHARED: tuple[tuple[str, Callable[[int], Mock], str, Any], ...] = (
    (
        "one URL, by the event's name",
        lambda n: webhooks(n, type=lambda _: {"type": "string"}),
        "/webhooks",
        {"id": 1, "type": "event@"},
    ),
    (
        "one URL, by a constant",
        lambda n: webhooks(n, kind=lambda number: {"const": f"k{number}"}),
        "/webhooks",
        {"id": 1, "kind": "k@"},
    ),
    (
        "one URL, by the schema",
        lambda n: webhooks(
            n, more=lambda number: {"minimum": number, "maximum": number}
        ),
        "/webhooks",
        {"id": 1, "more": "@"},
    ),
    (
        "one URL, a body that fits none",
        lambda n: webhooks(
            n, more=lambda number: {"minimum": number, "maximum": number}
        ),
        "/webhooks",
        {"id": "no", "more": -1},
    ),
)


def microseconds(mock: Mock, target: str, body: Any, rounds: int) -> float:
    """Return what one call costs: the fastest of several rounds."""
    request = Request("POST", target, JSON, json.dumps(body).encode())
    mock.receive(request, id=1, now=0.0)
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        calls = 0
        while (took := time.perf_counter() - began) < 0.1:  # noqa: PLR2004 - seconds
            mock.receive(request, id=1, now=0.0)
            calls += 1
        best = min(best, took / calls)
    return best * 1e6


def last(value: Any, number: int) -> Any:
    """Put the number of the last operation in the place of each `@`."""
    if isinstance(value, dict):
        return {name: last(each, number) for name, each in value.items()}
    if value == "@":
        return number
    return value.replace("@", str(number)) if isinstance(value, str) else value


def main() -> None:
    """Measure all and print a line for each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    for measured, counts in ((DISTINCT, COUNTS), (SHARED, AT_ONE_URL)):
        print(f"{'operations':35}", *(f"{count:>16,}" for count in counts))
        for what, made, target, body in measured:
            costs = [
                microseconds(
                    made(count), last(target, count - 1), last(body, count - 1), rounds
                )
                for count in counts
            ]
            shown = (f"{cost:8.0f} ({cost / costs[0]:5.1f})" for cost in costs)
            print(f"{what:35}", *shown)


if __name__ == "__main__":
    main()
