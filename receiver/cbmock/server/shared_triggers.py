"""Triggers that several processes share: each process also knows those of the others.

It decides how a trigger is written for them. Its credentials are hidden as in calls,
otherwise no call would match the URL where it is due. It must not know when changes are
read.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from cbmock.description.operations import Operation
from cbmock.http.messages import Headers, Request, Response
from cbmock.journal import records
from cbmock.journal.protocol import SettingChange, SharedState
from cbmock.triggers.key_evaluation import Exchange
from cbmock.triggers.log import DueCallback, Trigger, TriggerLog
from cbmock.triggers.missing_policy import MissingPolicy

TRIGGER, WATCHED = "trigger", "watched"
_EVERY = ""


class SharedTriggerLog(TriggerLog):
    """A log of triggers that writes its changes for other processes, and reads theirs."""

    def __init__(self, state: SharedState, *args: Any, **options: Any) -> None:
        """Begin with none; `apply` adds those of other processes."""
        super().__init__(*args, **options)
        self._state = state

    def _next_id(self) -> int:
        return self._state.number(TRIGGER)

    def _keep(self, trigger: Trigger) -> None:
        shown = trigger.shown
        super()._keep(shown)
        self._state.put(TRIGGER, str(trigger.id), _record(shown))

    def _complete(self, ended: Trigger) -> None:
        shown = ended.shown
        super()._complete(shown)
        self._state.put(TRIGGER, str(ended.id), _record(shown))

    def clear(self, *, token: str | None = None) -> int:
        """Delete all triggers, or those of one token, in all processes; return the count."""
        before = self.seen()
        deleted = super().clear(token=token)
        for each in {each.id for each in before} - {each.id for each in self.seen()}:
            self._state.put(TRIGGER, str(each), None)
        return deleted

    def watch(self, token: str | None, after: int) -> None:
        """State that every exchange of a test after call `after` is observed."""
        super().watch(token, after)
        value = {"token": token, "after": after}
        self._state.put(WATCHED, _EVERY if token is None else f"={token}", value)

    def apply(self, change: SettingChange, operations: Mapping[str, Operation]) -> None:
        """Apply a change that a process, maybe this one, has written."""
        value = change.value
        if change.kind == WATCHED:
            if value is not None:
                super().watch(value["token"], value["after"])
            return
        id = int(change.key)
        known = self._found.get(id)
        if value is None:
            with self._lock:
                self._found.pop(id, None)
        elif known is None or known.under_way:
            found = replace(_trigger(id, value, operations), redaction=self.redaction)
            with self._lock:
                self.last_id = max(self.last_id, id)
                super()._keep(found)
            if not found.under_way:
                super()._complete(found)


def _record(trigger: Trigger) -> dict[str, Any]:
    exchange = trigger.exchange
    response = exchange.response
    return {
        "token": trigger.token,
        "seen_at": trigger.seen_at,
        "after": trigger.after,
        "under_way": trigger.under_way,
        "ended_at": trigger.ended_at,
        "times": trigger.times,
        "policy": asdict(trigger.policy),
        "url": exchange.url,
        "unread": sorted(exchange.unread),
        "request": {
            "method": exchange.request.method,
            "target": exchange.request.target,
            **_message(exchange.request),
        },
        "response": None
        if response is None
        else {"status": response.status, **_message(response)},
        "due": [
            {
                "operation": each.operation.identity,
                "urls": each.urls,
                "exact": each.exact,
                "violations": [one.record() for one in each.violations],
            }
            for each in trigger.due
        ],
    }


def _message(message: Request | Response) -> dict[str, Any]:
    body = base64.b64encode(message.body).decode("ascii")
    return {"headers": [*message.headers], "body": body}


def _trigger(
    id: int, record: Mapping[str, Any], operations: Mapping[str, Operation]
) -> Trigger:
    """Return the written trigger, without callbacks that this document does not have."""
    asked, answer = record["request"], record["response"]
    request = Request(asked["method"], asked["target"], *_read(asked))
    response = None if answer is None else Response(answer["status"], *_read(answer))
    due = tuple(
        DueCallback(
            operations[each["operation"]],
            tuple(each["urls"]),
            each["exact"],
            tuple(map(records.violation, each["violations"])),
        )
        for each in record["due"]
        if each["operation"] in operations
    )
    return Trigger(
        id=id,
        token=record["token"],
        seen_at=record["seen_at"],
        after=record["after"],
        exchange=Exchange(
            record["url"], request, response, frozenset(record["unread"])
        ),
        due=due,
        under_way=record["under_way"],
        ended_at=record["ended_at"],
        policy=MissingPolicy(**record["policy"]),
        times=record["times"],
    )


def _read(message: Mapping[str, Any]) -> tuple[Headers, bytes]:
    fields = ((name, value) for name, value in message["headers"])
    return Headers.of(fields), base64.b64decode(message["body"])
