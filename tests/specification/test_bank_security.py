"""Section 8 of the example bank: security, by number and row, as a whole request shows it."""

import base64

import pytest
from cbmock.contract.policy import Policy
from cbmock.description.discovery import discover
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from cbmock.mock.mock import Mock

from tests.support.jwt_tokens import token
from tests.support.mocks import ACCEPTED, described, sent

SCHEMES = {
    "a": {"type": "apiKey", "in": "header", "name": "X-A"},
    "b": {"type": "apiKey", "in": "header", "name": "X-B"},
    "raw": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "k": {"type": "apiKey", "in": "query", "name": "k"},
    "c": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "digest": {"type": "http", "scheme": "digest"},
    "oauth": {"type": "oauth2", "flows": {}},
    "tls": {"type": "mutualTLS"},
}


def description(security=None, root=None, version="3.1.0"):
    own = {} if security is None else {"security": security}
    whole = {} if root is None else {"security": root}
    components = {"securitySchemes": SCHEMES}
    webhooks = {"w": {"post": {**ACCEPTED, **own}}}
    return described(version=version, webhooks=webhooks, components=components, **whole)


def receive(own=None, headers=None, query="", *, root=None, **policy):
    version = policy.pop("version", "3.1.0")
    mock = Mock(description(own, root, version), policy=Policy(**policy))
    return sent(mock, "POST", f"/webhooks/w{query}", None, headers)


def told(call):
    return [(each.name, each.code, each.severity) for each in call.violations]


def authorization(text):
    return {"authorization": text}


def basic(text):
    return authorization("Basic " + base64.b64encode(text.encode()).decode())


@pytest.mark.parametrize(
    ("security", "headers", "query", "violations"),
    [
        pytest.param([{"k": []}, {}], None, "", [], id="8a"),
        pytest.param(
            [{"a": [], "b": []}],
            {"x-a": "1"},
            "",
            [("b", "missing-credential", "error")],
            id="8b",
        ),
        pytest.param([{"bearer": []}], authorization("bearer x"), "", [], id="8c"),
        pytest.param(
            [{"bearer": []}],
            authorization("Bearer"),
            "",
            [("bearer", "missing-credential", "error")],
            id="8c alone",
        ),
        pytest.param([{"basic": []}], basic("user:pa:ss"), "", [], id="8d"),
        pytest.param(
            [{"k": []}], None, "?k=", [("k", "missing-credential", "error")], id="8e"
        ),
        ([{"raw": []}], authorization("whatever it is"), "", []),
        ([{"c": []}], {"cookie": "sid=1"}, "", []),
        ([{"basic": []}], basic("user"), "", [("basic", "syntax", "error")]),
        (
            [{"jwt": []}],
            authorization("Bearer x"),
            "",
            [("jwt", "bearer-format", "warning")],
        ),
        (
            [{"jwt": []}],
            authorization(f"Bearer {token({'exp': -1})}"),
            "",
            [("jwt", "expired", "warning")],
        ),
        (
            [{"oauth": ["a", "b"]}],
            authorization(f"Bearer {token({'scope': 'a'})}"),
            "",
            [("oauth", "scope", "error")],
        ),
        ([{"oauth": ["a"]}], authorization("Bearer x"), "", []),
        (
            [{"digest": []}],
            authorization("Digest x"),
            "",
            [("digest", "unverifiable", "info")],
        ),
        ([{"tls": []}], None, "", [("tls", "unverifiable", "info")]),
        ([{"nobody": []}], None, "", [("nobody", "unverifiable", "info")]),
    ],
)
def test_one_alternative_must_be_satisfied(security, headers, query, violations):
    call = receive(security, headers, query)
    broken = any(severity == "error" for *_, severity in violations)
    assert (told(call), call.status) == (violations, 401 if broken else 202)
    assert ("www-authenticate" in call.response.headers) is broken


@pytest.mark.parametrize(
    ("own", "mode", "status"),
    [
        (None, "explicit", 202),
        (None, "inherit", 401),
        ([], "inherit", 202),
        ([{"bearer": []}], "explicit", 401),
        ([{"bearer": []}], "off", 202),
    ],
)
def test_the_documents_own_security_is_not_the_senders(own, mode, status):
    call = receive(own, root=[{"bearer": []}], security=mode)
    assert call.status == status


@pytest.mark.parametrize(
    ("own", "version", "findings"),
    [
        (None, "3.1.0", {"root-security-not-applied"}),
        ([{"nobody": []}], "3.1.0", {"security-scheme"}),
        ([{"#/components/securitySchemes/a": []}], "3.1.0", {"security-scheme"}),
        ([{"#/components/securitySchemes/a": []}], "3.2.0", set()),
        ([{"a": []}], "3.1.0", set()),
    ],
)
def test_what_is_not_asked_for_is_a_finding(own, version, findings):
    found = description(own, [{"bearer": []}], version)
    assert {
        each.code for each in lint(found, discover(found), schema_samples)
    } == findings


@pytest.mark.parametrize(("version", "status"), [("3.1.0", 202), ("3.2.0", 401)])
def test_since_3_2_a_scheme_may_be_named_by_its_uri(version, status):
    security = [{"#/components/securitySchemes/a": []}]
    assert receive(security, version=version).status == status
    assert receive(security, {"x-a": "1"}, version=version).status == 202


@pytest.mark.parametrize(("sent", "status"), [("right", 202), ("wrong", 401)])
def test_a_known_secret_must_be_the_one_that_is_sent(sent, status):
    call = receive([{"a": []}], {"x-a": sent}, secrets={"a": "right"})
    assert call.status == status
    assert "right" not in call.response.body.decode()
