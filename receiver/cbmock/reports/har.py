"""HAR 1.2: calls as an archive that browser tools and proxies read.

It decides how a call becomes an entry. It must not know where calls come from. A binary
body is written in base64, and its comment says so.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import harfile

from cbmock.journal.har import BASE64, NOT_WHOLE
from cbmock.mock.call import Call

_HTTP = "HTTP/1.1"
_BODY_SIZE = {"part": -1, "nothing": 0}


def archive(calls: Iterable[Call], version: str) -> str:
    """Write calls as an archive of cbmock `version`; credentials stay hidden."""
    # Built in memory first, because an incomplete archive is invalid.
    whole = io.StringIO()
    creator = harfile.Creator("cbmock", version)
    with harfile.HarFile(whole, creator=creator) as found:
        for call in calls:
            _add(found, call, call.record())
    return whole.getvalue()


def _add(archive: harfile.HarFile, call: Call, record: Mapping[str, Any]) -> None:
    request, response = record["request"], record["response"]
    milliseconds = record["duration_ms"]
    # Query and host come from the record, in which their secrets are hidden.
    host = next(
        (value for name, value in request["headers"] if name.lower() == "host"), ""
    )
    url = f"{call.request.scheme}://{host or 'localhost'}{request['target']}"
    archive.add_entry(
        startedDateTime=record["received_at"],
        time=milliseconds,
        request=harfile.Request(
            method=request["method"],
            url=url,
            httpVersion=_HTTP,
            headers=_fields(request["headers"]),
            queryString=[
                harfile.Record(*pair)
                for pair in parse_qsl(urlsplit(url).query, keep_blank_values=True)
            ],
            postData=_posted(call, request),
            bodySize=len(call.request.body),
        ),
        response=harfile.Response(
            status=response["status"],
            statusText=_phrase(response["status"]),
            httpVersion=_HTTP,
            headers=_fields(response["headers"]),
            content=harfile.Content(
                size=len(call.response.body),
                mimeType=call.response.headers.get("content-type") or "",
                text=response["body"],
            ),
            redirectURL=call.response.headers.get("location") or "",
            # HAR's own word for a size that nobody knows is -1.
            bodySize=_BODY_SIZE.get(call.sent, len(call.response.body)),
            comment=NOT_WHOLE.get(call.sent),
        ),
        timings=harfile.Timings(send=0, wait=milliseconds, receive=0),
        comment=None if call.operation is None else call.operation.qualified,
    )


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
