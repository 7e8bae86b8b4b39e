"""Signals: how a process that serves is asked to end, and made to.

It decides when a signal ends the process at once. It must not know what serves.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

from cbmock.clocks import monotonic

_TWICE = 0.3
"""Seconds within which a signal may come twice: wrappers pass on what also reaches us."""
_MOMENT = 1.0
"""Seconds: where a signal interrupts no wait, this one looks for it so often."""
_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
)


def ending_at_signals(
    work: Callable[[], None],
    end: Callable[[], None],
    leave: Callable[[], None],
) -> None:
    """Do work, and call `end` at SIGINT, SIGTERM or SIGHUP; raise what the work raises.

    A second signal ends the process at once, after `leave`. The work is done by another
    thread: Python takes signals in the main thread alone, and not while a library holds
    that up.
    """
    signalled_at: float | None = None

    def at_signal(number: int, _frame: object) -> None:
        nonlocal signalled_at
        now = monotonic()
        if signalled_at is None:
            signalled_at = now
            end()
        elif now - signalled_at > _TWICE:
            try:
                leave()
            finally:
                os._exit(128 + number)

    # Some that start processes leave signals blocked.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    before = {
        each: signal.signal(each, at_signal)
        for each in _SIGNALS
        if not _is_ignored_by_nohup(each)
    }
    try:
        _done_beside(work)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _is_ignored_by_nohup(number: int) -> bool:
    """Return whether a signal is ignored on purpose.

    SIGINT is ignored in every command that a script starts with `&`.
    """
    is_hangup = number == getattr(signal, "SIGHUP", None)
    return is_hangup and signal.getsignal(number) is signal.SIG_IGN


def _done_beside(work: Callable[[], None]) -> None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised below, where it is waited for
            raised.append(error)

    thread = threading.Thread(target=run, name="cbmock-work", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_MOMENT)
    if raised:
        raise raised[0]
