from __future__ import annotations

import pytest
from cbmock.contract.security import jwt
from hypothesis import given
from hypothesis import strategies as st

from tests.support.jwt_tokens import part, token
from tests.support.rows import each_row


@pytest.mark.parametrize("signature", ["", "c2ln"])
def test_a_token_has_claims(signature):
    text = f"{part({'alg': 'none'})}.{part({'sub': 'é'})}.{signature}"
    assert jwt.claims(text) == {"sub": "é"}


@each_row(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        f"{part([])}.{part({})}.x",
        f"{part({})}.{part([])}.x",
        f"{part({})}.{part({})}.*",
        f"{part({})}.{part(b'{')}.x",
        f"{part({})}.a.x",
        "..",
        token({"a": "x" * 100_000}),
    ],
    ids=range(10),
)
def test_another_text_has_none(text):
    assert jwt.claims(text) is None


@each_row(
    ("claims", "scopes"),
    [
        ({"scope": "a b"}, {"a", "b"}),
        ({"scp": ["a", 5]}, {"a", "5"}),
        ({"scope": 5, "scp": "a"}, {"a"}),
        ({}, None),
    ],
)
def test_a_token_may_grant_scopes(claims, scopes):
    assert jwt.scopes(claims) == scopes


@each_row(
    ("claims", "expiry"),
    [({"exp": 5}, 5), ({"exp": 5.5}, 5.5), ({"exp": True}, None), ({}, None)],
)
def test_a_token_may_expire(claims, expiry):
    assert jwt.expiry(claims) == expiry


@given(st.text(), st.binary())
def test_any_text_is_a_token_or_none(text, data):
    for each in (text, f"{part(data)}.{part(data)}.", f"{text}.{text}.{text}"):
        assert isinstance(jwt.claims(each), dict | None)
