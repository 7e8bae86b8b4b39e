"""Reads calls and operations from the JSON records that `Call.record` writes.

It decides what a valid record is. It must not know where records come from. A record does
not contain the document itself, nor the bytes of an answer that are not UTF-8.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, get_args

from cbmock.description import callback_keys
from cbmock.description.documents import Document
from cbmock.description.operations import Operation, Parent
from cbmock.description.path_items import PathItem
from cbmock.description.references import Node
from cbmock.description.source_pointer import SourcePointer
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Request, Response
from cbmock.journal import har
from cbmock.mock.call import Call, Outcome, Scripted, reference
from cbmock.mock.faults import Fault, Sent
from cbmock.violations import Location, Severity, Violation

_OUTCOMES = get_args(Outcome)
_LOCATIONS = get_args(Location)
_SEVERITIES = get_args(Severity)
_FAULTS = get_args(Fault)
_SENT = get_args(Sent)
_SCHEMES = ("http", "https")

Ending = Literal["unchecked", "required", "cut short"]
"""Whether each run of `serve` must have its last line: not checked, yes, or explicitly
no. If no, the last line may be incomplete."""


class NoRecord(ReceiverError):
    """The JSON is not the record of a call; `reason` says why."""

    def __init__(self, reason: str) -> None:
        """Build the message."""
        super().__init__(f"not a record of a call: {reason}")
        self.reason = reason


class Records:
    """Reads records; maps each operation to the equal one among `known`.

    Operations are compared by their place in the document. The file's name is ignored,
    because the document may have been served from another folder.
    """

    def __init__(self, known: Iterable[Operation] = ()) -> None:
        """Index the operations of the document."""
        self._known: dict[tuple[Any, ...], Operation] = {}
        self._named: dict[tuple[Any, ...], Operation] = {}
        self.know(known)

    def know(self, operations: Iterable[Operation]) -> None:
        """Index those of another version, too; a record's ids say of which it is."""
        for each in operations:
            record = reference(each)
            self._known[_key(record)] = self._named[_key(record), *_ids(record)] = each

    def operation(self, record: Mapping[str, Any]) -> Operation:
        """Return the operation that a record names; raises `NoRecord`."""
        try:
            key = _key(record)
            named = self._named.get((key, *_ids(record)))
            if named is None and key not in self._known:
                self._known[key] = _operation(record)
            return named or self._known[key]
        except (KeyError, TypeError, AttributeError) as error:
            raise NoRecord(f"{error!r} in the operation") from None

    def call(self, record: Any) -> Call:
        """Return the call that was recorded; raises `NoRecord`."""
        if not isinstance(record, Mapping):
            raise NoRecord("it is not an object")
        try:
            return self._call(record)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise NoRecord(repr(error)) from None

    def _call(self, record: Mapping[str, Any]) -> Call:
        operation = record["operation"]
        answer = record["response"]
        return Call(
            id=int(record["id"]),
            token=record["token"],
            received_at=datetime.fromisoformat(record["received_at"]).timestamp(),
            outcome=_one_of(_OUTCOMES, record["outcome"]),
            operation=None if operation is None else self.operation(operation),
            violations=tuple(map(violation, record["violations"])),
            candidates=tuple(map(self.operation, record["candidates"])),
            decided_by=record.get("decided_by", "url"),
            decided_between=tuple(
                map(self.operation, record.get("decided_between", ()))
            ),
            request=_request(record["request"]),
            response=Response(
                int(answer["status"]),
                Headers.of(map(tuple, answer["headers"])),
                answer["body"].encode("utf-8", "surrogatepass"),
            ),
            duration=record["duration_ms"] / 1000,
            scripted=_scripted(record.get("scripted")),
            sent=_one_of(_SENT, answer.get("sent", "whole")),
            signature_checked=record.get("signature") in ("good", "wrong"),
            **_attempt(record.get("delivery")),
        )


def _attempt(record: Mapping[str, Any] | None) -> dict[str, Any]:
    if record is None:
        return {}
    identity = record["identity"]  # None if it follows from the request
    event = None if identity is None else str(identity)
    return {"event": event, "attempt": int(record["attempt"])}


def calls(
    text: str, known: Iterable[Operation] = (), *, ending: Ending = "unchecked"
) -> tuple[Call, ...]:
    """Read a journal's text: JSON lines, an array, the response of `GET calls`, or HAR.

    Among JSON lines, other lines are skipped: the output of `cbmock serve --format
    json` may be mixed with a sender's output. Raises `NoRecord`.
    """
    records = Records(known)
    return tuple(map(records.call, _listed(text, ending)))


def _listed(text: str, ending: Ending) -> list[Any]:
    try:
        whole = json.loads(text)
    except ValueError:
        return _of_runs(_of_lines(text, ending), ending)
    if har.is_har(whole):
        try:
            return list(har.records(whole))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise NoRecord(f"{error!r} in the archive") from None
    if isinstance(whole, dict) and isinstance(whole.get("calls"), list):
        found: list[Any] = whole["calls"]
        return found
    return whole if isinstance(whole, list) else _of_runs([whole], ending)


def _of_lines(text: str, ending: Ending) -> list[Any]:
    found = []
    lines = [each for each in text.split("\n") if each.lstrip().startswith("{")]
    if "\0" in text and ending == "required":
        raise NoRecord(
            "the journal holds NUL bytes, which a machine that lost its power leaves "
            "instead of lines; --allow-cut-short takes what is there"
        )
    for number, line in enumerate(lines, 1):
        try:
            found.append(json.loads(line))
        except ValueError as error:
            if ending == "cut short" and 1 < number == len(lines):
                break
            raise NoRecord(f"{error} in {line[:60]!r}") from None
    if not found:
        raise NoRecord(
            f"{text.strip()[:60]!r} is not JSON" if text.strip() else "it is empty"
        )
    return found


def _of_runs(lines: list[Any], ending: Ending) -> list[Any]:
    """Return the calls of one or more runs of `serve`, each of which must be complete.

    Each run begins with `{"event": "listening", ...}` and uses the ids from 1. It ends
    with `{"event": "ended", "calls": ...}` if it was not cut short.
    """
    found: list[Any] = []
    run: list[Any] | None = None
    numbered = True
    for line in lines:
        event = line.get("event") if isinstance(line, dict) else None
        if event == "listening":
            _check_cut_short(run, ending, numbered=numbered)
            # In a database, ids continue those of other runs, or belong to several
            # mocks.
            run, numbered = [], line.get("journal") != "database"
        elif event == "ended":
            _check_complete(run, line.get("calls"))
            run = None
        elif event == "dropped":
            count = line.get("calls")
            raise NoRecord(f"the journal is incomplete: {count} calls were not written")
        elif event is None:
            found.append(line)
            if run is not None:
                run.append(line.get("id"))
    _check_cut_short(run, ending, numbered=numbered)
    return found


def _check_complete(ids: list[Any] | None, count: Any) -> None:
    if ids is not None and len(ids) != count:
        reason = f"{len(ids)} of {count} calls are there"
        raise NoRecord(f"the journal is incomplete: {reason}")


def _check_cut_short(ids: list[Any] | None, ending: Ending, *, numbered: bool) -> None:
    if ids is not None and ending == "required":
        raise NoRecord(
            "the journal is cut short: the last line of `serve`, "
            '{"event": "ended", …}, is missing; --allow-cut-short takes what is there'
        )
    if not numbered:
        return
    there = {each for each in ids or () if isinstance(each, int)}
    missing = next((at for at in range(1, max(there, default=0)) if at not in there), 0)
    if missing:
        raise NoRecord(f"the journal is incomplete: call {missing} is missing")


def _scripted(record: Mapping[str, Any] | None) -> Scripted | None:
    if record is None:
        return None
    fault = record["fault"]
    acted = None if fault is None else _one_of(_FAULTS, fault)
    return Scripted(record["delay_ms"] / 1000, acted)


def _request(record: Mapping[str, Any]) -> Request:
    return Request(
        record["method"],
        record["target"],
        Headers.of(map(tuple, record["headers"])),
        _body(record),
        _one_of(_SCHEMES, record.get("scheme", "http")),
    )


def _body(record: Mapping[str, Any]) -> bytes:
    encoded = record.get("body_base64")
    if encoded is not None:
        try:
            return base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise NoRecord(f"body_base64: {error}") from None
    text: str = record.get("body") or ""
    return text.encode("utf-8", "surrogatepass")


def violation(record: Mapping[str, Any]) -> Violation:
    """Return the violation that was recorded."""
    schema, line = record["schema"], record.get("line")
    return Violation(
        schema=schema if line is None else SourcePointer.recorded(schema, line),
        location=_one_of(_LOCATIONS, record["location"]),
        code=record["code"],
        detail=record["detail"],
        severity=_one_of(_SEVERITIES, record["severity"]),
        **{
            name: record.get(name)
            for name in ("name", "pointer", "expected", "received")
        },
    )


def _one_of(allowed: tuple[Any, ...], value: Any) -> Any:
    if value not in allowed:
        raise NoRecord(f"{value!r} is not one of {', '.join(allowed)}")
    return value


# --- operations -------------------------------------------------------------------------


def _key(record: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what identifies an operation, without the document's name."""
    parent = record["parent"] or {}
    return (
        record["pointer"].partition("#")[2],
        *(record[name] for name in ("kind", "name", "method", "expression")),
        parent.get("method"),
        parent.get("path"),
    )


def _ids(record: Mapping[str, Any]) -> tuple[Any, Any]:
    parent = record["parent"] or {}
    return record["operation_id"], parent.get("operation_id")


def _operation(record: Mapping[str, Any]) -> Operation:
    parent, expression = record["parent"], record["expression"]
    unread = Node(None, Document(record["pointer"].partition("#")[0], "", None))
    return Operation(
        kind=record["kind"],
        name=record["name"],
        method=record["method"],
        operation_id=record["operation_id"],
        expression=expression,
        pointer=record["pointer"],
        parent=None
        if parent is None
        else Parent(**parent, node=unread, path_item=PathItem({})),
        direction=record.get("direction", "inbound"),
        referenced=record.get("referenced", True),
        error=record.get("error"),
        key=None if expression is None else callback_keys.parse(expression),
    )
