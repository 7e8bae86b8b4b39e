from __future__ import annotations

import base64

import pytest
from cbmock.contract.contract import Contract
from cbmock.contract.policy import Policy
from cbmock.description.discovery import discover
from cbmock.http.messages import Headers, Request
from cbmock.violations import Violation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents import OPERATION, describe
from tests.support.jwt_tokens import token
from tests.support.rows import each_row
from tests.support.secured_contracts import SCHEMES, contract

NOW = 1_800_000_000.0


def check(requirements, fields=(), *, target="/", root=None, now=NOW, **policy):
    found = contract(requirements, root, Policy(**policy))
    request = Request("POST", target, Headers.of(fields))
    return found.check(request, {}, now=now).violations


def told(violations):
    return [(each.name, each.code, each.severity) for each in violations]


def authorization(text):
    return [("Authorization", text)]


def basic(text):
    return authorization("Basic " + base64.b64encode(text.encode()).decode())


# --- which requirements count -----------------------------------------------------------


@each_row(
    ("requirements", "fields", "violations"),
    [
        pytest.param([{"key": []}, {}], [], [], id="8a"),
        pytest.param(
            [{"key": [], "bearer": []}],
            [("X-Key", "1")],
            [("bearer", "missing-credential", "error")],
            id="8b",
        ),
        ([], [], []),
        ([{}], [], []),
        ([{"key": []}, {"bearer": []}], authorization("Bearer x"), []),
        (
            [{"key": [], "query": []}, {"bearer": []}],
            [],
            [("bearer", "missing-credential", "error")],
        ),
        ([{"key": []}, {"bearer": []}], [], [("key", "missing-credential", "error")]),
        ("no list", [], []),
        ([5], [], []),
    ],
)
def test_one_alternative_suffices_with_all_its_schemes(
    requirements, fields, violations
):
    assert told(check(requirements, fields)) == violations


@each_row(
    ("requirements", "mode", "codes"),
    [
        (None, "explicit", []),
        (None, "inherit", ["missing-credential"]),
        (None, "off", []),
        ([], "inherit", []),
        ([{"bearer": []}], "explicit", ["missing-credential"]),
        ([{"bearer": []}], "off", []),
    ],
)
def test_the_documents_own_requirements_only_count_where_they_are_inherited(
    requirements, mode, codes
):
    found = check(requirements, root=[{"key": []}], security=mode)
    assert [each.code for each in found] == codes


def test_an_operation_that_could_not_be_read_asks_for_no_credentials():
    description = describe(
        {"openapi": "3.1.0", "webhooks": {"e": {"$ref": "#/nowhere"}}}
    )
    (operation,) = discover(description)
    assert Contract(operation, description).security == ()


def test_what_is_missing_is_told_with_its_place():
    assert check([{"key": []}]) == (
        Violation(
            location="security",
            name="key",
            code="missing-credential",
            detail="the header 'X-Key' with the API key is missing",
            schema=f"{OPERATION}/security/0/key",
            expected="header X-Key",
        ),
    )


# --- what each scheme wants -------------------------------------------------------------


@each_row(
    ("scheme", "fields", "target", "code"),
    [
        ("key", [("x-key", "1")], "/", None),
        ("key", [("x-key", " ")], "/", "missing-credential"),
        ("linked", [("x-key", "1")], "/", None),
        ("linked", [], "/", "missing-credential"),
        ("raw", authorization("anything"), "/", None),
        ("raw", [], "/", "missing-credential"),
        ("query", [], "/?a=1&k=x", None),
        pytest.param("query", [], "/?k=", "missing-credential", id="8e"),
        ("query", [], "/", "missing-credential"),
        ("cookie", [("Cookie", "a=1; sid=2")], "/", None),
        ("cookie", [("Cookie", "sid=")], "/", "missing-credential"),
        pytest.param("basic", basic("user:pa:ss"), "/", None, id="8d"),
        ("basic", basic("user"), "/", "syntax"),
        ("basic", authorization("Basic *"), "/", "syntax"),
        ("basic", authorization("basic"), "/", "missing-credential"),
        ("basic", [], "/", "missing-credential"),
        pytest.param("bearer", authorization("bearer x"), "/", None, id="8c"),
        pytest.param(
            "bearer", authorization("Bearer"), "/", "missing-credential", id="8c alone"
        ),
        ("bearer", authorization("Bearer a b"), "/", "syntax"),
        ("bearer", authorization("Basic x"), "/", "missing-credential"),
        ("jwt", authorization(f"Bearer {token({})}"), "/", None),
        pytest.param("jwt", authorization("Bearer x"), "/", "bearer-format", id="3.5"),
        ("oauth", authorization("Bearer x"), "/", None),
        ("oauth", [], "/", "missing-credential"),
        ("oidc", authorization("Bearer x"), "/", None),
        ("digest", authorization('Digest username="u"'), "/", "unverifiable"),
        pytest.param("hmac", authorization("HMAC x"), "/", "unverifiable", id="10.13"),
        ("signature", [("X-Hub-Signature-256", "x")], "/", "unverifiable"),
        ("signature", [], "/", "missing-credential"),
        ("digest", authorization("Basic x"), "/", "missing-credential"),
        ("tls", [], "/", "unverifiable"),
        ("odd", [], "/", "unverifiable"),
        ("nowhere", [], "/", "unverifiable"),
        ("unknown", [], "/", "unverifiable"),
        ("broken", [], "/", "unverifiable"),
        ("text", [], "/", "unverifiable"),
    ],
)
def test_each_scheme_wants_its_credentials(scheme, fields, target, code):
    found = check([{scheme: []}], fields, target=target)
    severity = {"unverifiable": "info", "bearer-format": "warning"}.get(code, "error")
    assert told(found) == ([(scheme, code, severity)] if code else [])


@each_row(
    ("scheme", "secret", "fields", "target", "codes"),
    [
        ("key", "s3cret", [("X-Key", "s3cret")], "/", []),
        ("key", "s3cret", [("X-Key", "other")], "/", ["wrong-secret"]),
        ("key", "é", [("X-Key", "\xc3\xa9")], "/", []),
        ("query", "a b", [], "/?k=a+b", []),
        ("query", "é", [], "/?k=%C3%A9", []),
        ("query", "x", [], "/?k=\ud800", ["wrong-secret"]),
        ("cookie", "s", [("Cookie", "sid=s")], "/", []),
        ("basic", "u:p:q", basic("u:p:q"), "/", []),
        ("basic", "u:é", basic("u:é"), "/", []),
        ("basic", "u:p", basic("u:x"), "/", ["wrong-secret"]),
        ("bearer", "t", authorization("Bearer t"), "/", []),
        ("bearer", "t", authorization("Bearer T"), "/", ["wrong-secret"]),
        ("oauth", "t", authorization("Bearer x"), "/", ["wrong-secret"]),
        ("jwt", "t", authorization(f"Bearer {token({})}"), "/", ["wrong-secret"]),
        ("jwt", "t", authorization("Bearer t"), "/", ["bearer-format"]),
        ("hmac", "t", authorization("hmac t"), "/", []),
        ("hmac", "t", authorization("hmac x"), "/", ["wrong-secret"]),
        ("signature", "t", [("X-Hub-Signature-256", "t")], "/", []),
        ("query", "s3cret", [], "/?k=s3cret%E4%B8%AD", ["wrong-secret"]),
    ],
)
def test_credentials_are_compared_with_a_secret_and_never_shown(
    scheme, secret, fields, target, codes
):
    found = check([{scheme: []}], fields, target=target, secrets={scheme: secret})
    assert [each.code for each in found] == codes
    assert not any("other" in repr(each) or "s3cret" in repr(each) for each in found)


def test_a_policy_does_not_show_its_secrets():
    assert "s3cret" not in repr(Policy(secrets={"key": "s3cret"}))


@each_row(
    ("claims", "now", "violations"),
    [
        ({"exp": NOW + 1}, NOW, []),
        ({"exp": NOW}, NOW, [("oauth", "expired", "warning")]),
        ({"exp": NOW}, None, []),
        ({"scope": "a b"}, NOW, []),
        ({"scope": "a"}, NOW, [("oauth", "scope", "error")]),
        ({"scp": []}, NOW, [("oauth", "scope", "error")]),
    ],
)
def test_a_token_is_believed_what_it_says(claims, now, violations):
    fields = authorization(f"Bearer {token(claims)}")
    assert told(check([{"oauth": ["a", "b"]}], fields, now=now)) == violations


def test_other_schemes_have_no_scopes():
    fields = authorization(f"Bearer {token({'scope': 'a'})}")
    assert check([{"bearer": ["b"]}], fields) == ()


def test_a_body_is_checked_even_without_credentials():
    found = contract([{"key": []}]).check(Request("POST", "/", body=b"x"), {})
    assert [each.code for each in found.violations] == [
        "unexpected-body",
        "missing-credential",
    ]


NAMES = st.sampled_from([*SCHEMES, "unknown"])
CREDENTIALS = st.sampled_from(
    ["Bearer ", "Basic ", "Digest x", token({"exp": 1}), "\xff", "=", ".."]
) | st.text(st.characters(max_codepoint=255))


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(NAMES, st.just([]) | st.none(), max_size=3), max_size=3),
    st.lists(CREDENTIALS).map("".join),
    st.text(st.characters()),
    st.none() | st.text(),
)
def test_no_credentials_make_the_check_raise(requirements, text, query, secret):
    fields = [("Authorization", text), ("X-Key", text), ("Cookie", f"sid={text}")]
    secrets = {} if secret is None else dict.fromkeys(SCHEMES, secret)
    found = check(requirements, fields, target=f"/?k={query}", secrets=secrets)
    assert all(each.location == "security" for each in found)
