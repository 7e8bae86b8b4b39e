"""The Receiver: the external API in a test, with or without pytest.

It decides which methods a test has, and what is verified at its end. It must not know
pytest.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from cbmock import sources
from cbmock.contract.policy import SecurityMode
from cbmock.deliveries.settings import ConductGiven, settings
from cbmock.description.operations import DEFAULT_SCOPE, Operation, Scope
from cbmock.description.references import AS_DEFINED
from cbmock.mock.answering import OnViolation
from cbmock.mock.mock import Mock
from cbmock.server.limits import limits_of
from cbmock.signatures.signature import Signature
from cbmock.testing.addresses import ReceiverAddresses
from cbmock.testing.answers import ReceiverAnswers
from cbmock.testing.assertions import Assertions
from cbmock.testing.call_view import CallView
from cbmock.testing.firing import ReceiverFires
from cbmock.testing.handshaking import ReceiverHandshakes
from cbmock.testing.local_mock import LocalMock
from cbmock.testing.received import ReceivedCalls
from cbmock.testing.set_up import (
    DocumentOptions,
    HidingOptions,
    SenderOptions,
    mock_of,
)
from cbmock.testing.threads import in_thread
from cbmock.testing.transport import TlsGiven, Transport
from cbmock.testing.waiting import ReceiverWaits
from cbmock.testing.waits import block, blocked_loop, unblocked
from cbmock.testing.watching import ReceiverTriggers
from cbmock.violation_codes.table import ViolationCode
from cbmock.violations import Location

if TYPE_CHECKING:
    from cbmock.handshakes.expected import HandshakesGiven
    from cbmock.signatures.configured import Given
    from cbmock.sources import Spec
    from cbmock.testing.watched_server import WatchedServer


class Receiver(
    ReceiverAddresses,
    ReceiverAnswers,
    ReceivedCalls,
    ReceiverWaits,
    ReceiverTriggers,
    ReceiverHandshakes,
    ReceiverFires,
):
    """The external API of one OpenAPI document, on a server of its own.

    `with` or `async with` starts the server, and verifies the calls when it is left
    without an exception. `app` serves in this process without a server. Raises
    `ReceiverError` if an option is wrong.

    The document:

    - `spec`: a path, a URL, `module:attribute`, a dict, or an app with `.openapi()`.
    - `allow_remote`: fetch documents over HTTP that `spec` refers to.
    - `allow_files`: folders, besides its own, whose files `spec` may refer to.
    - `scope`: what is served besides callbacks and webhooks.
    - `formats`: how a format is checked: `{"time": "offset-optional"}`, or `"off"`.

    The server:

    - `host`, `port`, `uds`: the address to listen on (port 0 takes a free port), and
      the path of a Unix socket to listen on as well.
    - `public_url`: the URL to hand out instead of the server's own.
    - `tls`: serve https. True makes a throw-away certificate, which clients trust by
      `ca_file`; a path, or a pair of paths, is the certificate and its key.
    - `client_ca`: ask clients for a certificate issued by this authority (mutual TLS).
    - `http2`, `limits`: also speak HTTP/2; other limits, by name (`{"body": "1 MiB"}`).

    Checks and answers:

    - `on_violation`: the answer to an invalid request: a problem (`reject`, RFC 9457),
      the documented success (`accept`) or the documented error (`documented`).
    - `prefer`: let requests choose an answer (`Prefer: code=404, example=a`).
    - `strict`: report undocumented content as errors.
    - `security`: check the credentials of callbacks and webhooks (`explicit`), also
      those of the whole document (`inherit`), or none (`off`).
    - `secrets`: the expected credentials, by Security Scheme; by default from the
      environment (`CBMOCK_SECRET_<SCHEME>`).

    The sender; each for all operations, or a mapping from patterns of their names:

    - `signature`: the scheme by which requests must be signed: a name, a table or a
      `Signature`. `secret` is its secret, or several while keys rotate.
    - `handshake`: the questions to answer (`"slack"`), or several.
    - `identity`: the place of an event's id: `header x-id`, `path id` or `body #/id`.
    - `conduct`: the rules for retries and order: the name of a profile, or a table.

    What is shown. Values that are named like a credential are hidden:

    - `hidden_names`: further names of headers, parameters and form fields to hide.
    - `hide_form_fields`: also hide form fields that are named like a credential.
    - `show_secrets`: hide nothing.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_violation: OnViolation = "reject",
        public_url: str | None = None,
        allow_remote: bool = False,
        allow_files: Iterable[str | os.PathLike[str]] = (),
        scope: Scope = DEFAULT_SCOPE,
        security: SecurityMode = "explicit",
        secrets: Mapping[str, str] | None = None,
        strict: bool = False,
        prefer: bool = False,
        signature: Given | Mapping[str, Given] | None = None,
        secret: str | Sequence[str] = (),
        handshake: HandshakesGiven | Mapping[str, HandshakesGiven] | None = None,
        identity: str | Mapping[str, str] | None = None,
        conduct: ConductGiven | Mapping[str, ConductGiven] | None = None,
        tls: TlsGiven = False,
        client_ca: str | os.PathLike[str] | None = None,
        http2: bool = False,
        hidden_names: Iterable[str] = (),
        hide_form_fields: bool = False,
        show_secrets: bool = False,
        formats: Mapping[str, str] = AS_DEFINED,
        uds: str | os.PathLike[str] | None = None,
        limits: Mapping[str, float | str] = MappingProxyType({}),
    ) -> None:
        """Read the document; no socket is open yet."""
        mock = mock_of(
            spec,
            DocumentOptions(allow_remote, allow_files, scope, formats),
            SenderOptions(signature, secret, handshake),
            HidingOptions(hidden_names, hide_form_fields, show_secrets),
            on_violation=on_violation,
            public_url=public_url,
            security=security,
            secrets=secrets,
            strict=strict,
            prefer=prefer,
            known_clients=client_ca is not None,
        )
        self._address = host, port
        socket_path = None if uds is None else os.fspath(uds)
        transport = Transport(tls, client_ca, http2, socket_path)
        delivering = settings(identity, conduct)
        here = LocalMock(mock, public_url, delivering, transport, limits_of(limits))
        self._begin(CallView(here, None), self)

    def _begin(self, view: CallView, server: Receiver) -> None:
        self.server = server
        self._view = view
        self._scripts = []
        self._watched: list[WatchedServer] = []

    @functools.cached_property
    def _assertions(self) -> Assertions:  # type: ignore[override] # it can be written
        """What the test expects; made when it is first needed: many fixtures need nothing."""
        # The first one counts if two threads make one.
        own: dict[str, Assertions] = self.__dict__
        return own.setdefault("_expects", Assertions(self._view))

    @classmethod
    def at(
        cls, url: str, spec: Spec | None = None, *, access_token: str | None = None
    ) -> Receiver:
        """Return the Receiver of a running mock, at `url` as `cbmock serve` prints it.

        `spec` is the document that it serves; only `trigger=` needs it. `access_token` is
        the `--token` of a mock that listens beyond this machine.
        """
        from cbmock.testing.control_client import Remote  # noqa: PLC0415 - 5 ms, seldom used
        from cbmock.testing.remote_mock import RemoteMock  # noqa: PLC0415 - 5 ms, seldom used

        mock = None if spec is None else Mock(sources.describe(spec))
        found = object.__new__(cls)
        found._address = "", 0
        found._begin(CallView(RemoteMock(Remote(url, access_token), mock), None), found)
        return found

    def for_test(self, token: str) -> Receiver:
        """Return a Receiver on the same server that only sees the calls of one test.

        Those are the calls below its `url`, and from now on those without a token.
        """
        scoped = object.__new__(type(self))
        scoped._address = self._address
        backend = self._view.backend
        scoped._begin(CallView(backend, token), self.server)
        backend.begin(token)
        return scoped

    def end_test(self) -> None:
        """End what `for_test` started: its scripts are removed, later calls are late."""
        self._end_watched()
        token = self._view.token
        if token is not None:
            self._view.backend.end(token)

    def signed(
        self, scheme: Given, *, secret: str | Sequence[str] = (), **options: Any
    ) -> None:
        """Require signatures by `scheme` of this test's calls from now on.

        `options` change options of the scheme (`tolerance=60`).
        """
        if not isinstance(scheme, Signature):
            scheme = Signature(scheme, secret=secret, **options)
        self._view.backend.sign(self._view.token, scheme)

    # --- life ---

    def start(self) -> Self:
        """Start the server, if it is not running yet."""
        self._view.backend.start(*self._address)
        return self

    def stop(self) -> None:
        """Stop the server."""
        self._end_watched()
        self._view.backend.stop()

    def _end_watched(self) -> None:
        while self._watched:
            self._watched.pop().stop()

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Verify as at a test's end, unless an exception was raised; stop the server.

        Calls with the token of a `for_test` are verified by that test.
        """
        __tracebackhide__ = True
        try:
            if error is None:
                verdict = self._assertions.verify(blocked_loop, besides=self._others)
                block(verdict, self._view)
        finally:
            self.stop()

    async def __aenter__(self) -> Self:
        """Start the server; it has a thread and an event loop of its own."""
        return self.start()

    async def __aexit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Do what `with` does at its end, without blocking the event loop."""
        __tracebackhide__ = True
        try:
            if error is None:
                verdict = self._assertions.verify(besides=self._others)
                await unblocked(verdict, self._view)
        finally:
            await in_thread(lambda _: self.stop())

    @property
    def _others(self) -> Container[str]:
        """The tokens of calls that do not belong to this Receiver."""
        return self.tokens if self.token is None else ()

    # --- what is allowed ---

    def allow_violations(
        self,
        *codes: ViolationCode | Location,
        operation: str | Operation | None = None,
    ) -> None:
        """Allow violations in this test.

        `codes` are codes or locations of violations; without them all are allowed.
        `operation` limits it to the calls to one operation. A call that matches no
        operation has the code `unmatched` (location `url`), one with a wrong method
        `method`.
        """
        self._assertions.allow(codes, operation)

    def verify(self) -> None:
        """Check the test's expectations, and all calls against the contract.

        Waits for callbacks that a watched trigger made due and that have not come yet.
        Raises `AssertionError` for an expectation that is not met, or a violation that
        is not allowed.
        """
        __tracebackhide__ = True
        # Most tests are as they should be, which is seen at once.
        if "_expects" in self.__dict__ or not self._view.is_surely_valid:
            block(self._assertions.verify(blocked_loop), self._view)
