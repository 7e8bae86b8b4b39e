"""Addresses: the URLs that a test hands out.

It decides under which URL an operation is served. It must not know what arrives there.
"""

from __future__ import annotations

from collections.abc import Container

from starlette.types import ASGIApp

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.testing.assertions import Assertions
from cbmock.testing.call_view import CallView


class ReceiverAddresses:
    """The part of a Receiver that is handed out: URLs, tokens and operations."""

    _view: CallView
    _assertions: Assertions

    @property
    def token(self) -> str | None:
        """The token in `url` that identifies this test's calls; None on the server itself."""
        return self._view.token

    @property
    def tokens(self) -> Container[str]:
        """The tokens of all tests that `for_test` has started on this server."""
        return self._view.backend.tokens

    @property
    def last_id(self) -> int:
        """The id of this test's last call; 0 before the first."""
        return self._view.backend.last_id(self._view.token)

    @property
    def app(self) -> ASGIApp:
        """The ASGI application, to be mounted behind an in-process transport."""
        return self._view.backend.app

    @property
    def url(self) -> str:
        """The URL to register; the sender's callbacks are recognised below it."""
        return self._view.url

    @property
    def ca_file(self) -> str:
        """The file of the certificate that clients must trust (with `tls=True`)."""
        return self._view.backend.ca_file

    def url_for(self, operation: str | Operation) -> str:
        """Return the URL to register for one operation: of its group, or of its webhook."""
        __tracebackhide__ = True
        found = self._at_one_url(operation)
        path = self._view.backend.path_of(found)
        if path is None:
            reason = found.error or "the mock does not serve it"
            message = f"{found.name} has no URL: {reason}"
            raise ReceiverError(message)
        return self.url + path

    def _at_one_url(self, operation: str | Operation) -> Operation:
        """Return an operation by name; if several methods share its URL, any of them."""
        __tracebackhide__ = True
        if isinstance(operation, str):
            backend = self._view.backend
            several = backend.names.all(operation)
            if len({backend.path_of(each) for each in several}) == 1:
                return several[0]
        return self.operation(operation)

    def target_of(self, url: str) -> str:
        """Return the request target at which a URL below this mock arrives."""
        return self._view.target_of(url)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every callback and webhook operation of the document."""
        return self._view.backend.operations

    def operation(self, name: str | Operation) -> Operation:
        """Return the operation with a name."""
        return self._assertions.operation(name)
