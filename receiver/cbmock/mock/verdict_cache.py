"""Verdict cache: calls without violations, for requests that differ only in their body.

It decides which requests share a verdict: those for the same operation that agree in
everything the verdict depends on, except the body. If the body of one is wrong, only the
body of the next has to be checked. It must not know what makes a request valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from cbmock.contract.bodies.fast_check import FastCheck, exact_value
from cbmock.contract.bodies.request_body import ContentLabel, fast_check_of
from cbmock.contract.contract import VerdictKey
from cbmock.contract.security.hidden_names import is_signature_field
from cbmock.http import plain_json
from cbmock.http.messages import HeaderForm, Request
from cbmock.http.plain_json import NotPlain
from cbmock.mock.routing import event_names
from cbmock.mock.routing.open_folders import ANY
from cbmock.mock.routing.ranking import Choice, ContractOf, Ranking
from cbmock.mock.routing.router import Router
from cbmock.mock.routing.routes import Candidate, Route
from cbmock.mock.routing.targets import LONGEST_TARGET, without_token

if TYPE_CHECKING:
    from cbmock.signatures.fast_check import SignatureFastCheck

_MOST = 512
"""The size of the cache, besides two entries for each operation. It is bounded because
senders that never repeat a request must not fill the memory."""

_MOST_NAMES = 512
_LONGEST_NAME = 128

_Key = tuple[Any, ...]


class CachedVerdict(NamedTuple):
    """The call of a valid request; `fast_check` checks whether another body is valid too.

    `common` are the fields that the next call shares with it, and `label` is that of its
    content. `is_surely_signed` checks the signature if one is configured. `reads` are the
    header fields whose values the verdict depends on, and `url` says whether it depends on
    the URL too; `token` was in its URL. `others` are the verdicts for other events of the
    same head, by what the body says of its event.
    """

    common: Mapping[str, Any]
    label: ContentLabel
    fast_check: FastCheck
    is_surely_signed: SignatureFastCheck | None = None
    reads: frozenset[bytes] = frozenset()
    url: bool = True
    token: str | None = None
    others: dict[str | None, CachedVerdict] | None = None

    def of_body(self, body: bytes) -> CachedVerdict | None:
        """Return the verdict of a request with this body, if it is valid too."""
        is_plain = True
        try:
            value = plain_json.read(body)
        except NotPlain:
            is_plain = False
            try:
                value = exact_value(body)
            except ValueError:
                return None
        found: CachedVerdict | None = self
        if self.others is not None:
            found = self.others.get(event_names.action(value))
            if found is not None and self.token is not None:
                found = found._replace(token=self.token)
        if found is not None and found.fast_check(value):
            return found
        if is_plain:
            # It is read again, to say what is wrong.
            plain_json.keep(body, value, None if found is None else found.fast_check)
        return None


class VerdictCache:
    """Valid requests by what their verdicts depend on; no result depends on its content."""

    def __init__(
        self, router: Router, ranking: Ranking, contract_of: ContractOf
    ) -> None:
        """Start empty, for requests to the routes of a router."""
        self._router = router
        self._ranking = ranking
        self._contract_of = contract_of
        self._most = _MOST + 2 * len(router.routes)
        self._reads: dict[int, _KeyFields] = {}
        self._known: dict[_Key, CachedVerdict] = {}
        self._heads: dict[_Key, ContentLabel] = {}
        self._of_many: dict[_UrlOfMany, _KeyFields] = {}
        self._same: dict[_HeadKey, _SameHead] = {}
        self._by_values: dict[tuple[_HeadKey, tuple[bytes, ...]], CachedVerdict] = {}

    def find(self, request: Request) -> CachedVerdict | None:
        """Return the verdict of a request like this one, if this body is valid too."""
        form, target, token = request.headers.form, request.target, None
        is_short = len(target) <= LONGEST_TARGET
        if is_short:
            token, target = without_token(target)
        head = id(form), target, request.method
        same, folders = self._same.get(head), self._router.open_folders
        if same is None and is_short and folders is not None:
            head = id(form), folders.alike(target), request.method
            same = self._same.get(head)
        _, places, found = same or _NOTHING
        if places:
            found = self._by_values.get((head, _values(request, places)))
        if found is None:
            found = self._like(request)
            if found is None:
                return None
            if form is not None and is_short and ANY not in target:
                if found.url or not self._router.has_alike(request):
                    head = id(form), target, request.method
                self._keep(head, form, request, found)
        if token is not None:
            found = found._replace(token=token)
        return found.of_body(request.body)

    def _keep(
        self, head: _HeadKey, form: HeaderForm, request: Request, found: CachedVerdict
    ) -> None:
        """Keep a verdict for the same head: by its form, and by what varies and counts."""
        if len(self._by_values) >= self._most or len(self._same) >= self._most:
            self._by_values.clear()
            self._same.clear()
        # Keeps a reference to the form, so that its id is not reused.
        if form.varying.isdisjoint(found.reads):
            self._same[head] = form, (), found
            return
        counts, names = form.varying & found.reads, request.headers.raw
        places = tuple([at for at, (name, _) in enumerate(names) if name in counts])
        same = self._same.setdefault(head, (form, places, None))
        if same[1] == places:
            self._by_values[head, _values(request, places)] = found

    def label(
        self, candidates: tuple[Candidate, ...], request: Request
    ) -> ContentLabel | None:
        """Return the label of a request's content if nothing else of it can be wrong."""
        candidate = candidates[0]
        reads = self._reads.get(id(candidate.route))
        if reads is None or candidate.violations or len(candidates) > 1:
            return None
        key = _key(candidate.route, request, reads)
        known = self._known.get(key)
        return self._heads.get(key) if known is None else known.label

    def _like(self, request: Request) -> CachedVerdict | None:
        """Find a request with the same of everything that its verdict depends on."""
        routed = self._router.find(request)
        if not routed.candidates or routed.candidates[0].violations:
            return None
        route = routed.candidates[0].route
        if len(routed.candidates) == 1:
            reads = self._reads.get(id(route))
        else:
            reads = self._of_many.get(_place(request))
        if reads is None:
            return None
        found = self._known.get(_key(route, request, reads))
        if found is None or routed.token is None:
            return found
        return found._replace(token=routed.token)

    def learn(
        self,
        candidates: tuple[Candidate, ...],
        choice: Choice,
        request: Request,
        common: Mapping[str, Any] | None,
    ) -> None:
        """Remember a request whose URL and headers gave no violation.

        With `common`, its body gave none either.
        """
        if common is None and len(candidates) > 1:
            return
        contract = self._contract_of(choice.candidate.operation)
        label = contract.label(request)
        fast_check = None if label is None else fast_check_of(label)
        if label is None or fast_check is None or len(request.target) > LONGEST_TARGET:
            return
        found = None
        if common is not None:
            found = CachedVerdict(common, label, fast_check, contract.is_surely_signed)
        if found is not None and len(candidates) > 1:
            self._learn_of_many(candidates, choice, request, found)
        elif contract.verdict_key is not None:
            self._learn(candidates[0], request, contract.verdict_key, found or label)

    def _learn(
        self,
        candidate: Candidate,
        request: Request,
        parts: VerdictKey,
        found: CachedVerdict | ContentLabel,
    ) -> None:
        reads = self._reads.get(id(candidate.route))
        if reads is None or reads.key != parts:
            reads = self._reads[id(candidate.route)] = _KeyFields(parts)
        key = _key(candidate.route, request, reads)
        if isinstance(found, ContentLabel):
            self._make_room(self._heads)
            self._heads[key] = found
        else:
            self._make_room(self._known)
            self._known[key] = found._replace(reads=parts.values, url=parts.url)

    def _learn_of_many(
        self,
        candidates: tuple[Candidate, ...],
        choice: Choice,
        request: Request,
        found: CachedVerdict,
    ) -> None:
        """Remember a request to one of several operations, if its head says to which."""
        place = _place(request)
        reads = self._of_many.get(place)
        parts = self._ranking.key_of_head(candidates, choice, request)
        if parts is None:
            return
        if reads is None:
            self._make_room(self._of_many)
            reads = self._of_many[place] = _KeyFields(parts)
        key = _key(candidates[0].route, request, reads)
        known = self._known.get(key)
        others = {} if known is None or known.others is None else known.others
        self._make_room(others)
        found = found._replace(reads=parts.values, url=parts.url)
        others[event_names.action(choice.verdict.body)] = found
        self._make_room(self._known)
        self._known[key] = found._replace(others=others)

    def _make_room(self, memory: dict[Any, Any]) -> None:
        if len(memory) >= self._most:
            memory.clear()


_HeadKey = tuple[int, str, str]
"""The id of a form of headers, a target without token, and a method."""

_UrlOfMany = tuple[str, str, str | None]
"""A method, a target and a host: they decide which operations a request may be for."""

_SameHead = tuple[HeaderForm | None, tuple[int, ...], CachedVerdict | None]
"""The places of the fields whose varying values decide; the verdict, if there are none."""

_NOTHING: _SameHead = None, (), None


def _place(request: Request) -> _UrlOfMany:
    return request.method, request.target, request.headers.get("host")


def _values(request: Request, places: tuple[int, ...]) -> tuple[bytes, ...]:
    raw = request.headers.raw
    return tuple([raw[at][1] for at in places])


class _KeyFields:
    """The parts of a request that are in its key; field names are looked up once."""

    def __init__(self, key: VerdictKey) -> None:
        self.key = key
        self._kinds: dict[bytes, tuple[bytes | None, bool]] = {}

    def kind(self, name: bytes) -> tuple[bytes | None, bool]:
        """Return a field's name in the key, or None, and whether its value counts too."""
        found = self._kinds.get(name)
        if found is None:
            lower, by_value = name.lower(), name.lower() in self.key.values
            counts = lower in self.key.presence or is_signature_field(lower)
            found = (lower if by_value or counts else None), by_value
            if len(self._kinds) >= _MOST_NAMES:
                self._kinds.clear()
            if len(name) <= _LONGEST_NAME:
                self._kinds[name] = found
        return found


def _key(route: Route, request: Request, reads: _KeyFields) -> _Key:
    """Return what a verdict depends on; fields of different names may change places."""
    kind = reads.kind
    fields = []
    for name, value in request.headers.raw:
        known, by_value = kind(name)
        if known is not None:
            fields.append((known, value if by_value else b""))
    fields.sort(key=_name)
    target = ""
    if reads.key.url:
        _, target = without_token(request.target)  # no verdict depends on the token
    return id(route), request.method, target, *fields


_name = itemgetter(0)
