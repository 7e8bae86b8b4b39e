"""Reloading: a document that is read again while it is served.

It decides when: as soon as one of its files has changed. It must not know how the
document is used.
"""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from cbmock.errors import ReceiverError
from cbmock.mock.mock import Mock
from cbmock.reports.text import numbered, printable
from cbmock.server.app import App

_PAUSE = 0.3
"""Seconds between two checks of the files."""

Stamp = tuple[int, int] | None


@contextmanager
def reloading(
    app: App,
    make: Callable[[], Mock],
    play: Callable[[], None],
    say: Callable[[str], None],
) -> Iterator[None]:
    """Replace the mock's document when a file changes; calls are kept.

    While the document cannot be read, the previous one is served.
    """
    over = threading.Event()
    at_first = _as_read(app.mock)  # not by the thread, which may begin late

    def watch() -> None:
        files = at_first
        while not over.wait(_PAUSE):
            now = {file: _stamp(file) for file in files}
            if now == files:
                continue
            files = now
            try:
                mock = make()
                # A file that changes during the reading has changed since `now`.
                files = {each: now.get(each, at) for each, at in _stamps(mock).items()}
                _keep_what_is_read(mock, app.mock)
                app.replace_mock(mock)
                play()
            except ReceiverError as error:
                say(f"not reloaded: {printable(error.message)}")
            else:
                operations = numbered(len(mock.mounts), "operation")
                name = printable(mock.description.entry.name)
                say(f"reloaded {name}: {operations}")

    thread = threading.Thread(target=watch, name="cbmock-reload", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _keep_what_is_read(mock: Mock, before: Mock) -> None:
    """Raise the error if an operation that could be read before cannot be read now."""
    unread, known = mock.description.unread, before.description.unread
    for uri, error in unread.items():
        if uri not in known:
            raise error


def _stamps(mock: Mock) -> Mapping[Path, Stamp]:
    """Return the files of a document, each with the time of its last change.

    Files that it refers to are included, even if they cannot be read yet.
    """
    read = (document.uri for document in mock.description.documents)
    files = map(_file, (*read, *mock.description.unread))
    return {file: _stamp(file) for file in files if file is not None}


def _as_read(mock: Mock) -> Mapping[Path, Stamp]:
    """As `_stamps`, without the time of a file that has changed since it was read."""
    found = {**_stamps(mock)}
    for document in mock.description.documents:
        file = _file(document.uri)
        if file is not None and document.text is not None:
            with suppress(OSError):
                octets = file.read_bytes().removeprefix(codecs.BOM_UTF8)
                if octets != document.text.encode():
                    found[file] = None
    return found


def _file(uri: str) -> Path | None:
    parts = urlsplit(uri)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def _stamp(file: Path) -> Stamp:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
