"""What mocks on one journal share besides calls: scripts, agreements with tests, rates, triggers.

It decides when the changes of other processes are read: after requests have arrived, and
before they are answered. So a change that was confirmed applies to every later
request. It must not know how changes are stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Container, Iterable, Mapping
from typing import Any

from cbmock.deliveries.attempt_memory import GRANTED
from cbmock.deliveries.rates import Grant
from cbmock.description.operations import Operation
from cbmock.journal.protocol import JournalFailure, SettingChange, SharedState
from cbmock.mock.mock import Mock
from cbmock.mock.responses import scripted_reply
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.server import agreements
from cbmock.server.control_target import ControlTarget
from cbmock.server.scripts import Script, Scripts
from cbmock.server.shared_triggers import TRIGGER, WATCHED, SharedTriggerLog

_SCRIPT, _BEGAN, _AGREED = "script", "began", "agreed"


class SharedScripts(Scripts):
    """Scripts that processes share; the number of replies counts over all of them."""

    def __init__(self, mock: Mock, state: SharedState) -> None:
        """Begin with none; `apply` adds those of other processes."""
        super().__init__(mock)
        self._state = state
        self._versions: dict[int, Script] = {}

    def put(
        self, operation: Operation, token: str | None, first: Iterable[Reply]
    ) -> Script:
        """Replace the script of an operation for this test."""
        replies = [each.record() for each in first]
        key = _script_key(operation.identity, token)
        value = {"operation": operation.identity, "token": token, "replies": replies}
        version = self._state.put(_SCRIPT, key, value)
        return self._shared(SettingChange(_SCRIPT, key, value, 0, version), operation)

    def remove(
        self, operation: Operation | None = None, token: str | None = None
    ) -> int:
        """Remove scripts in all processes; see `Scripts.remove`."""
        before = {*self._scripts}
        removed = super().remove(operation, token)
        for key in before - {*self._scripts}:
            self._state.put(_SCRIPT, _script_key(*key), None)
        return removed

    def all(self) -> tuple[Script, ...]:
        """Return all scripts, with what other processes have given of them."""
        with contextlib.suppress(JournalFailure):  # as far as is known here meanwhile
            for change in self._state.changes(0):
                script = self._versions.get(change.version)
                if script is not None:
                    script.go_to(change.taken)
        return super().all()

    def apply(self, change: SettingChange, operations: Mapping[str, Operation]) -> None:
        """Apply a change that a process, maybe this one, has written."""
        if change.value is None:
            with self._lock:
                self._scripts = {
                    key: script
                    for key, script in self._scripts.items()
                    if _script_key(*key) != change.key
                }
        elif change.value["operation"] in operations:
            self._shared(change, operations[change.value["operation"]])

    def _shared(self, change: SettingChange, operation: Operation) -> Script:
        value, version = change.value, change.version
        replies = map(scripted_reply.from_object, value["replies"])
        script = Script(
            operation,
            value["token"],
            replies,
            lambda: self._state.take(version),
            lambda at: self._begun(version, at),
        )
        script.go_to(change.taken)
        kept = {id(each) for each in self._scripts.values()}
        own = self._versions.items()
        self._versions = {at: each for at, each in own if id(each) in kept}
        self._versions[version] = script
        return self._keep(script)

    def _begun(self, version: int, at: float) -> None:
        with contextlib.suppress(JournalFailure):  # each begins by itself meanwhile
            self._state.put(_BEGAN, str(version), {"version": version, "at": at})

    def begin(self, value: Mapping[str, Any]) -> None:
        """Apply the time at which a process gave the first reply of a script."""
        script = self._versions.get(value["version"])
        if script is not None:
            script.begin(value["at"])


def _script_key(identity: str, token: str | None) -> str:
    return identity if token is None else f"{identity} {token}"


class Shared:
    """The shared settings of one application, as last read."""

    def __init__(self, app: ControlTarget, state: SharedState) -> None:
        """Begin with the current settings."""
        self._app, self.state = app, state
        self._version = 0
        self._is_fresh = False
        self._lock = threading.RLock()
        self._agreed: dict[str, dict[str, Any]] = {}

    def refresh(self) -> None:
        """Read changes, once in a turn of the event loop. Never raises.

        If the journal cannot be reached, the call is refused anyway.
        """
        if self._is_fresh:
            return
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().call_soon(self._age)
            self._is_fresh = True
        with contextlib.suppress(JournalFailure):
            self.reach(self.state.version())

    def reach(self, version: int) -> bool:
        """Read the changes up to a version; return whether there are any."""
        if version == self._version:
            return False
        self.load()
        return True

    def _age(self) -> None:
        self._is_fresh = False

    def load(self, *, again: bool = False) -> None:
        """Read the changes; with `again` all of them, after the document was replaced."""
        with self._lock:
            changes = self.state.changes(0 if again else self._version)
            if not changes:
                return
            operations = {each.identity: each for each in self._app.mock.operations}
            for change in changes:
                self._version = change.version
                self._apply(change, operations)
            if again:
                self._agree_again()

    def _apply(
        self, change: SettingChange, operations: Mapping[str, Operation]
    ) -> None:
        if change.kind in (_SCRIPT, _BEGAN):
            scripts = self._app.scripts
            if not isinstance(scripts, SharedScripts):
                return
            if change.kind == _SCRIPT:
                scripts.apply(change, operations)
            elif change.value is not None:
                scripts.begin(change.value)
        elif change.kind in (TRIGGER, WATCHED):
            log = self._app.triggers
            if isinstance(log, SharedTriggerLog):
                log.apply(change, operations)
        elif change.kind == GRANTED:
            (token, path), grant = change.value["url"], change.value["grant"]
            self._app.rates.learn((token, path), grant and Grant(*grant))
        elif change.value is None:
            self._agreed.pop(change.key, None)
            self._agree_again()
        elif change.key not in self._agreed:
            self._agreed[change.key] = change.value
            agreements.agree_if_known(self._app, change.value)

    # --- handshakes, answers and signatures ---

    def agree(self, kind: str, token: str | None, given: Mapping[str, Any]) -> None:
        """Write an agreement for all processes."""
        key = str(self.state.number("trigger"))
        value = {"kind": kind, "token": token, "given": dict(given)}
        self.state.put(_AGREED, key, value)
        self.load()

    def disagree(self, token: str | None, kinds: Container[str]) -> None:
        """Forget what one test has agreed of some kinds, None for all."""
        for key, each in list(self._agreed.items()):
            if token in (None, each["token"]) and each["kind"] in kinds:
                self.state.put(_AGREED, key, None)
        self.load()

    def _agree_again(self) -> None:
        agreements.agree_again(self._app, self._agreed.values())
