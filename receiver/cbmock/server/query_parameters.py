"""Query parameters: the filters for calls in a request to the control API.

It decides how they are read, and which are refused with `ReceiverError`. It must not
know what the calls are needed for.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request

from cbmock.errors import ReceiverError
from cbmock.journal.waiting import CallFilter, CallPredicate
from cbmock.mock.call import Call
from cbmock.reports.summary import search
from cbmock.server.control_target import ControlTarget

LONGEST_NUMBER = 18
"""The most digits of a number that fits into 64 bits."""
_LONGEST_WAIT = 3600.0


def among(request: Request, app: ControlTarget) -> CallFilter:
    """Read the filters for which a journal has an index."""
    given, operation = request.query_params, None
    if "operation" in given:
        operation = app.mock.names.find_readable(given["operation"]).identity
    return CallFilter(number(request, "after", 0), operation, given.get("token"))


def every(_call: Call) -> bool:
    """Return True: the predicate where there are no filters."""
    return True


def wanted(request: Request) -> CallPredicate:
    """Read the filters for which each call is looked at; `every` if there are none."""
    given, valid = request.query_params, flag(request, "valid")
    text, pointer = given.get("text", ""), given.get("pointer")
    if not text and pointer is None:
        return every if valid is None else lambda call: call.valid is valid
    try:
        return search(
            valid=valid, text=text, pointer=pointer, equals=given.get("equals")
        )
    except ValueError as error:
        raise ReceiverError(f"pointer={pointer!r:.50}: {error}") from None


def resumed(request: Request, app: ControlTarget) -> CallFilter:
    """Read the filters of a stream, which may go on from `Last-Event-ID`."""
    found, last = among(request, app), request.headers.get("last-event-id")
    if last is None or not last.isdecimal() or len(last) > LONGEST_NUMBER:
        return found
    return replace(found, after=int(last))


def most_at_once(request: Request, wanted: CallPredicate) -> int | None:
    """Read how many calls a stream describes at once; None if all, as where each is read."""
    if "most" not in request.query_params or wanted is not every:
        return None
    return number(request, "most", 0)


def number(request: Request, name: str, default: int) -> int:
    """Read an integer that is not negative."""
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or len(text) > LONGEST_NUMBER:
        message = f"{name}={text[:50]!r} is not an integer"
        raise ReceiverError(message)
    return int(text)


def numbers(request: Request, name: str, most: int) -> list[int]:
    """Read at most so many integers, with commas between them."""
    texts = request.query_params.get(name, "").split(",", most)
    if len(texts) > most or not all(
        each.isdecimal() and len(each) <= LONGEST_NUMBER for each in texts
    ):
        message = f"{name} must be at most {most} integers with commas between them"
        raise ReceiverError(message)
    return [int(each) for each in texts]


def seconds(request: Request, name: str, default: float) -> float:
    """Read a number of seconds, at most an hour."""
    text = request.query_params.get(name, str(default))
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= _LONGEST_WAIT:
        message = f"{name}={text[:50]!r} must be between 0 and 3600 seconds"
        raise ReceiverError(message)
    return found


def flag(request: Request, name: str) -> bool | None:
    """Read true or false; None if it is not given."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if text not in ("true", "false"):
        message = f"{name}={text[:50]!r} must be true or false"
        raise ReceiverError(message)
    return text == "true"
