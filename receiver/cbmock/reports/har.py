"""HAR 1.2: calls as an archive that browser tools and proxies read.

It decides how a call becomes an entry. It must not know where calls come from. A binary
body is written in base64, and its comment says so. What HAR has no field for is in fields
of our own, named like those of a record after `_`, as HAR allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import harfile

from cbmock.journal.har import BASE64, HELD, NOT_WHOLE, TARGET, target_in
from cbmock.mock.call import Call, dumps

_HTTP = "HTTP/1.1"
_BODY_SIZE = {"part": -1, "nothing": 0}


def archive(calls: Iterable[Call], version: str) -> str:
    """Write calls as an archive of cbmock `version`, an entry a line; credentials stay hidden."""
    entries = ",\n".join(dumps(_entry(call, call.record())) for call in calls)
    creator = dumps({"name": "cbmock", "version": version})
    head = f'"version": "{harfile.HAR_VERSION}", "creator": {creator}'
    return f'{{"log": {{{head}, "entries": [\n{entries}\n]}}}}'


def _entry(call: Call, record: Mapping[str, Any]) -> dict[str, Any]:
    response, milliseconds = record["response"], record["duration_ms"]
    headers = {name.lower(): value for name, value in response["headers"]}
    answer = harfile.Response(
        status=response["status"],
        statusText=_phrase(response["status"]),
        httpVersion=_HTTP,
        headers=_fields(response["headers"]),
        content=harfile.Content(
            size=len(call.response.body),
            mimeType=headers.get("content-type", ""),
            text=response["body"],
        ),
        redirectURL=headers.get("location", ""),
        # HAR's own word for a size that nobody knows is -1.
        bodySize=_BODY_SIZE.get(call.sent, len(call.response.body)),
        comment=NOT_WHOLE.get(call.sent),
    )
    timings = harfile.Timings(send=0, wait=milliseconds, receive=0)
    operation = call.operation
    return {
        "startedDateTime": record["received_at"],
        "time": milliseconds,
        "request": _request(call, record["request"]),
        "response": answer.asdict(),
        "timings": timings.asdict(),
        "cache": {},
        **({} if operation is None else {"comment": operation.qualified}),
        **{f"_{name}": value for name, value in record.items() if name not in HELD},
    }


def _request(call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
    # Query and host come from the record, in which their secrets are hidden.
    host = next(
        (value for name, value in request["headers"] if name.lower() == "host"), ""
    )
    target = request["target"]
    url = f"{call.request.scheme}://{host or 'localhost'}{target}"
    query = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    written = harfile.Request(
        method=request["method"],
        url=url,
        httpVersion=_HTTP,
        headers=_fields(request["headers"]),
        queryString=[harfile.Record(*pair) for pair in query],
        postData=_posted(call, request),
        bodySize=len(call.request.body),
    )
    # Not every target and host is a part of a URL: `*`, `/a#b`.
    own = {} if target_in(url) == target else {TARGET: target}
    return {**written.asdict(), **own}


def _posted(call: Call, request: Mapping[str, Any]) -> harfile.PostData | None:
    if not call.request.body:
        return None
    encoded = request["body_base64"]
    return harfile.PostData(
        mimeType=call.request.headers.get("content-type") or "",
        text=request["body"] if encoded is None else encoded,
        comment=None if encoded is None else BASE64,
    )


def _fields(headers: Iterable[tuple[str, str]]) -> list[harfile.Record]:
    return [harfile.Record(name, value) for name, value in headers]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
