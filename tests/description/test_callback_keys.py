import pytest
from cbmock.description import callback_keys, runtime_expressions
from cbmock.description.callback_keys import KeyExpression, QueryPair
from cbmock.description.runtime_expressions import Expression, GrammarFinding, Source
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rows import each_row

URL = runtime_expressions.parse("$request.body#/url")
ID = runtime_expressions.parse("$request.body#/id")
QUERY_URL = runtime_expressions.parse("$request.query.url")
EMAIL = runtime_expressions.parse("$request.body#/email")


def key(text, *parts, base=None, host=None, path=(), query=(), findings=()):
    return KeyExpression(
        text=text,
        parts=parts,
        base=base,
        host=host,
        path=path,
        query=query,
        findings=findings,
    )


def pair(name, *value):
    return QueryPair(name=name, value=value)


def codes(found):
    return [finding.code for finding in found.findings]


# --- conforming keys --------------------------------------------------------------------


@each_row(
    "expected",
    [
        key("{$request.body#/url}", URL, base=URL),
        key("$request.body#/url", URL, base=URL),
        key("{$request.body#/url}/data", URL, "/data", base=URL, path=("/data",)),
        key(
            "{$request.body#/url}/x/{$request.body#/id}/y",
            *(URL, "/x/", ID, "/y"),
            base=URL,
            path=("/x/", ID, "/y"),
        ),
        key("{$request.body#/url}{$request.body#/id}", URL, ID, base=URL, path=(ID,)),
        key(
            "{$request.body#/url}?n={$request.body#/id}&ok",
            *(URL, "?n=", ID, "&ok"),
            base=URL,
            query=(pair("n", ID), pair("ok")),
        ),
        key(
            "{$request.body#/url}/x?a=1{$request.body#/id}2&b=",
            *(URL, "/x?a=1", ID, "2&b="),
            base=URL,
            path=("/x",),
            query=(pair("a", "1", ID, "2"), pair("b")),
        ),
        key(
            "{$request.body#/url}&eventType=deposit",
            *(URL, "&eventType=deposit"),
            base=URL,
            query=(pair("eventType", "deposit"),),
        ),
        key(
            "{$request.body#/url}?{$request.body#/id}&&a==b",
            *(URL, "?", ID, "&&a==b"),
            base=URL,
            query=(pair("", ID), pair("a", "=b")),
        ),
        key(
            "http://Host.example?transactionId={$request.body#/id}"
            "&email={$request.body#/email}",
            *("http://Host.example?transactionId=", ID, "&email=", EMAIL),
            host="host.example",
            query=(pair("transactionId", ID), pair("email", EMAIL)),
        ),
        key(
            "https://user:secret@x.example:8443/y",
            "https://user:secret@x.example:8443/y",
            host="x.example:8443",
            path=("/y",),
        ),
        key("http://x.example", "http://x.example", host="x.example"),
        key(
            "http://x.example/{$request.body#/id}",
            *("http://x.example/", ID),
            host="x.example",
            path=("/", ID),
        ),
        key(
            "https://{$request.query.url}.example:80/x{$request.body#/id}",
            *("https://", QUERY_URL, ".example:80/x", ID),
            base=QUERY_URL,
            path=("/x", ID),
        ),
        key(
            "https://{$request.query.url}.eu.{$request.body#/id}?a=b",
            *("https://", QUERY_URL, ".eu.", ID, "?a=b"),
            base=QUERY_URL,
            query=(pair("a", "b"),),
        ),
        key(
            "https://api.{$request.query.url}{$request.body#/id}",
            *("https://api.", QUERY_URL, ID),
            base=QUERY_URL,
        ),
    ],
    ids=lambda expected: expected.text,
)
def test_a_conforming_key_is_read_without_remark(expected):
    assert callback_keys.parse(expected.text) == expected


def test_a_bare_expression_takes_the_whole_key():
    found = callback_keys.parse("$request.body#/url/data")
    whole = runtime_expressions.parse("$request.body#/url/data")
    assert found == key("$request.body#/url/data", whole, base=whole)


def test_a_key_lists_its_expressions_in_order():
    found = callback_keys.parse(
        "{$request.body#/url}/x/{$request.body#/id}?e={$method}"
    )
    assert found.expressions == (URL, ID, runtime_expressions.parse("$method"))


# --- keys as people write them ----------------------------------------------------------


def test_the_key_of_the_fastapi_documentation():
    base = runtime_expressions.parse("$callback_url")
    invoice = runtime_expressions.parse("$request.body.id")
    assert callback_keys.parse("{$callback_url}/invoices/{$request.body.id}") == key(
        "{$callback_url}/invoices/{$request.body.id}",
        *(base, "/invoices/", invoice),
        base=base,
        path=("/invoices/", invoice),
        findings=(*base.findings, *invoice.findings),
    )
    assert (base.source, base.name) == (Source.PARAMETER, "callback_url")
    assert (invoice.source, invoice.pointer) == (Source.REQUEST_BODY, ("id",))


@each_row(
    ("text", "base", "path", "code"),
    [
        ("{{$request.body#/url}}/x", URL, ("/x",), "expr-syntax"),
        ("${$request.body#/url}/x", URL, ("/x",), "expr-syntax"),
        ("{$request.body#/url}}/x", URL, ("/x",), "expr-syntax"),
        ("{$request.body#/url", URL, (), "expr-brace"),
        ("http://$request.body#/url", URL, (), "expr-syntax"),
        ("http://$request.query.url", QUERY_URL, (), "expr-syntax"),
        ("https://$requests.query.url/x", QUERY_URL, ("/x",), "expr-syntax"),
    ],
)
def test_braces_are_mended(text, base, path, code):
    found = callback_keys.parse(text)
    assert (found.base, found.host, found.path) == (base, None, path)
    assert codes(found) == [code]
    mended = callback_keys.parse(found.findings[0].instead)
    assert (mended.base, mended.findings) == (base, ())


def test_expressions_after_a_bare_one_are_read_too():
    found = callback_keys.parse("http://$request.query.url?id={$request.body#/id}")
    assert found.base == QUERY_URL
    assert found.query == (pair("id", ID),)


@pytest.mark.parametrize(
    "text", ["{$request.body#/url}/a}b", "{$request.body#/url}{/a"]
)
def test_a_brace_without_its_pair_is_told(text):
    assert codes(callback_keys.parse(text))[:1] == ["expr-brace"]


def test_of_nested_braces_the_outer_one_is_literal():
    found = callback_keys.parse("{$request.body#/url}/{a{$request.body#/id}")
    assert found.path == ("/{a", ID)
    assert found.findings == (
        GrammarFinding(code="expr-brace", detail="'/{a' has a brace without its pair"),
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("<url>/x", (Expression(source=Source.OPAQUE, name="url", text="url"), "/x")),
        (
            "{$request.body#/url}/:id/x",
            (URL, "/", Expression(source=Source.OPAQUE, name="id", text="id"), "/x"),
        ),
    ],
)
def test_what_other_templates_call_a_variable_stands_for_any_text(text, parts):
    found = callback_keys.parse(text)
    assert (found.parts, found.base, found.path) == (parts, parts[0], parts[1:])
    assert codes(found) == ["expr-syntax"]


@pytest.mark.parametrize(
    ("text", "path", "query"),
    [
        ("/data", ("/data",), ()),
        ("hook", ("hook",), ()),
        ("/x/{$request.body#/id}?a=b", ("/x/", ID), (pair("a", "b"),)),
    ],
)
def test_a_key_without_base_is_relative(text, path, query):
    found = callback_keys.parse(text)
    assert (found.base, found.host, found.path, found.query) == (
        None,
        None,
        path,
        query,
    )
    assert found.findings == (
        GrammarFinding(
            code="key-relative",
            detail=f"{text!r} is a relative URL without a base; "
            "a callback's key starts with the URL that the client registered",
            instead="{$request.body#/callbackUrl}/" + text.lstrip("/"),
        ),
    )


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_key_names_no_url(text):
    found = callback_keys.parse(text)
    assert (found.parts, found.base, found.host, found.path) == ((), None, None, ())
    assert codes(found)[-1] == "expr-empty"


def test_empty_braces_name_no_value():
    nothing = runtime_expressions.parse("")
    assert callback_keys.parse("{}") == key(
        "{}", nothing, base=nothing, findings=nothing.findings
    )
    assert (nothing.source, codes(nothing)) == (Source.OPAQUE, ["expr-empty"])


def test_spaces_around_a_key_are_dropped():
    found = callback_keys.parse(" {$request.body#/url} ")
    assert found == key(
        " {$request.body#/url} ",
        URL,
        base=URL,
        findings=(
            GrammarFinding(
                code="expr-space",
                detail="' {$request.body#/url} ' has spaces around the key",
                instead="{$request.body#/url}",
            ),
        ),
    )


@each_row(
    ("text", "path", "query", "instead"),
    [
        (
            "{$request.body#/url}/x#top{$request.body#/id}",
            ("/x",),
            (),
            "{$request.body#/url}/x",
        ),
        (
            "{$request.body#/url}?a=1#top",
            (),
            (pair("a", "1"),),
            "{$request.body#/url}?a=1",
        ),
        ("http://h.example#top", (), (), "http://h.example"),
        (
            "{$request.body#/url}?a={$request.body#/id}#top",
            (),
            (pair("a", ID),),
            "{$request.body#/url}?a={$request.body#/id}",
        ),
    ],
)
def test_a_fragment_is_dropped(text, path, query, instead):
    found = callback_keys.parse(text)
    assert (found.path, found.query) == (path, query)
    assert found.findings == (
        GrammarFinding(
            code="key-fragment",
            detail=f"{text!r} has a fragment, which is never sent",
            instead=instead,
        ),
    )


# --- properties -------------------------------------------------------------------------

LITERALS = st.text("abc/.-_%~", min_size=1).map("/".__add__)
EXPRESSIONS = st.sampled_from(["$url", "$request.body#/a~1b", "$response.header.X-A"])


@settings(deadline=None)
@given(st.text() | st.text("{}$<>:/?#&=. request.body#/x", max_size=60))
def test_any_text_is_a_key_that_keeps_it(text):
    assert callback_keys.parse(text).text == text


@settings(deadline=None)
@given(EXPRESSIONS, st.lists(st.tuples(LITERALS, EXPRESSIONS)))
def test_a_key_is_cut_into_the_parts_it_was_made_of(base, rest):
    text = f"{{{base}}}" + "".join(f"{literal}{{{inner}}}" for literal, inner in rest)
    path = tuple(
        part
        for literal, inner in rest
        for part in (literal, runtime_expressions.parse(inner))
    )
    first = runtime_expressions.parse(base)
    assert callback_keys.parse(text) == key(text, first, *path, base=first, path=path)
