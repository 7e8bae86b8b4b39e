"""The control API's endpoints for the live page: operations, rows, counts, documents.

It decides the shapes of these answers, which `control.openapi.json` describes. It must not
know how they are shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cbmock.description.documents import Document
from cbmock.firing.documented_request import documented_request
from cbmock.http.json_text import as_json_body
from cbmock.journal.known_ids import KnownIds
from cbmock.journal.waiting import CallFilter
from cbmock.mock.call import Call
from cbmock.mock.responses.findings import all_findings
from cbmock.reports import coverage_counter, source_lines
from cbmock.reports.operation_list import listing
from cbmock.reports.summary import summary
from cbmock.server.control_target import ControlTarget
from cbmock.server.query_parameters import (
    LONGEST_NUMBER,
    among,
    every,
    number,
    numbers,
    wanted,
)
from cbmock.server.record_response import RecordResponse, made_in_a_thread

_NO_ID = 10**LONGEST_NUMBER - 1
"""A number that no call has as its id."""
_MOST_ROWS = 500
_MOST_LINES = 2_000


def routes(app: ControlTarget) -> list[Route]:
    """Return the routes below `/_cbmock/api`."""
    api = _Page(app)
    return [
        Route("/operations", api.operations),
        Route("/coverage", api.coverage),
        Route("/calls/counts", api.counts),
        Route("/calls/ids", api.ids),
        Route("/calls/summaries", api.summaries),
        Route("/findings", api.findings),
        Route("/source", api.source),
        Route("/examples/{operation:path}", api.example),
    ]


class _Page:
    def __init__(self, app: ControlTarget) -> None:
        self._app = app
        self._findings: list[dict[str, Any]] | None = None

    async def operations(self, request: Request) -> Response:
        """Return the operations, each with the URL to hand out for it."""
        mock = self._app.mock
        base = self._app.base_url or str(request.base_url).rstrip("/")
        found = listing(mock, base)
        found["operations"] = [
            {"identity": operation.identity, **each}
            for operation, each in zip(
                mock.operations, found["operations"], strict=True
            )
        ]
        return RecordResponse(found)

    async def coverage(self, request: Request) -> Response:
        """Return what the calls that match show of the document."""
        calls, is_wanted = among(request, self._app), wanted(request)
        before = number(request, "before", _NO_ID)

        def seen() -> dict[str, Any]:
            found = filter(is_wanted, self._each(calls, before))
            return coverage_counter.measure(found, self._app.mock).record()

        return await made_in_a_thread(seen)

    async def counts(self, request: Request) -> Response:
        """Return how many calls each operation got, and how many were valid.

        `last_id` is the id of the last call that is counted.
        """
        calls, journal = among(request, self._app), self._app.journal
        counted = await asyncio.to_thread(
            journal.counts, after=calls.after, token=calls.token
        )
        names = {each.identity: each.name for each in self._app.mock.operations}
        found = [
            {
                "operation": names.get(identity, identity),
                "identity": identity,
                "received": received,
                "valid": valid,
            }
            for identity, (received, valid) in counted.by_operation.items()
            if calls.operation in (None, identity)
        ]
        return RecordResponse({"counts": found, "last_id": counted.last_id})

    async def ids(self, request: Request) -> Response:
        """Return the ids of all calls that match, in order, and rows of the newest.

        Calls up to `up_to` are all there; one after it may still come. `came` counts all calls
        that were not deleted: one that comes meanwhile may be counted and not listed, never
        the reverse, which would hide a deletion.
        """
        calls, is_wanted = among(request, self._app), wanted(request)
        newest = min(number(request, "newest", 0), _MOST_ROWS)

        def found() -> dict[str, Any]:
            journal = self._app.journal
            up_to = KnownIds(journal).up_to
            if is_wanted is every:
                ids = journal.ids(
                    after=calls.after, operation=calls.operation, token=calls.token
                )
            else:
                ids = [call.id for call in self._each(calls) if is_wanted(call)]
            rows = self._rows(ids[len(ids) - newest :])
            came = len(journal) + journal.dropped
            return {"ids": ids, "calls": rows, "up_to": up_to, "came": came}

        return await made_in_a_thread(found)

    def _rows(self, ids: Iterable[int]) -> list[dict[str, Any]]:
        kept = filter(None, map(self._app.journal.get, ids))
        return [summary(each) for each in kept]

    async def summaries(self, request: Request) -> Response:
        """Return the rows of calls by their ids, or between two ids, both excluded."""
        if "ids" in request.query_params:
            ids = numbers(request, "ids", _MOST_ROWS)
            return await made_in_a_thread(lambda: {"calls": self._rows(ids)})
        calls, is_wanted = among(request, self._app), wanted(request)
        most = calls.after + _MOST_ROWS + 1
        most = min(number(request, "before", most), most)

        def found() -> dict[str, Any]:
            rows = map(summary, filter(is_wanted, self._each(calls, most)))
            return {"calls": list(rows)}

        return await made_in_a_thread(found)

    def _each(self, calls: CallFilter, before: int = _NO_ID) -> Iterator[Call]:
        found = self._app.journal.each(
            after=calls.after, operation=calls.operation, token=calls.token
        )
        return takewhile(lambda call: call.id < before, found)

    async def findings(self, _request: Request) -> Response:
        """Return the findings of the document; it is checked once."""
        if self._findings is None:
            self._findings = await asyncio.to_thread(self._lint)
        return RecordResponse({"findings": self._findings})

    def _lint(self) -> list[dict[str, Any]]:
        mock = self._app.mock
        found = all_findings(mock.description, mock.operations)
        return [each.record() for each in found]

    async def source(self, request: Request) -> Response:
        """Return lines of a document, around one of them."""
        named = request.query_params.get("document")
        pointer = request.query_params.get("pointer")
        if pointer is not None:
            named = pointer.partition("#")[0]
        documents = self._app.mock.description.documents
        names = [each.name for each in documents]
        found = next((each for each in documents if named in (None, each.name)), None)
        if found is None:
            raise HTTPException(404, f"there is no document {named!r}")
        lines = source_lines.lines_of(found)
        around = min(number(request, "around", _MOST_LINES), _MOST_LINES)
        line = number(request, "line", 1)
        if pointer is not None:
            line = _line(found, pointer) or 1
        first = max(line - around, 1)
        shown = lines[first - 1 : line + around]
        return RecordResponse(
            {
                "document": found.name,
                "documents": names,
                "line": line,
                "first": first,
                "lines": shown,
                "total": len(lines),
            }
        )

    async def example(self, request: Request) -> Response:
        """Return a documented request to an operation, at its URL."""
        mock = self._app.mock
        operation = mock.names.find(request.path_params["operation"])
        made = await asyncio.to_thread(documented_request, mock, operation)
        body, encoded = as_json_body(made.request.body)
        base = urlsplit(self._app.base_url or str(request.base_url))
        return RecordResponse(
            {
                "method": made.request.method,
                "url": f"{base.scheme}://{base.netloc}{made.request.target}",
                "headers": [list(pair) for pair in made.request.headers],
                "body": body,
                "body_base64": encoded,
            }
        )


def _line(document: Document, pointer: str) -> int | None:
    try:
        return source_lines.line_of(document, pointer)
    except ValueError as error:
        raise HTTPException(400, f"pointer={pointer[:50]!r}: {error}") from None
