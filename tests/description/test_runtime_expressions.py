from cbmock.description import json_pointer, runtime_expressions
from cbmock.description.runtime_expressions import Expression, GrammarFinding, Source
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rows import each_row

BODY = Source.REQUEST_BODY
ANSWER = Source.RESPONSE_BODY
QUERY = Source.REQUEST_QUERY


def deviating(text, code, detail, *, instead=None, **read):
    """Return the expression that `text` is read as, with its one finding."""
    finding = GrammarFinding(code=code, detail=detail, instead=instead)
    return Expression(text=text, findings=(finding,), **read)


# --- the grammar ------------------------------------------------------------------------


@each_row(
    ("text", "read"),
    [
        ("$url", {"source": Source.URL}),
        ("$method", {"source": Source.METHOD}),
        ("$statusCode", {"source": Source.STATUS_CODE}),
        ("$request.header.X-U", {"source": Source.REQUEST_HEADER, "name": "X-U"}),
        ("$request.header.!#$%", {"source": Source.REQUEST_HEADER, "name": "!#$%"}),
        ("$request.query.cb", {"source": QUERY, "name": "cb"}),
        ("$request.query.a.b[c]", {"source": QUERY, "name": "a.b[c]"}),
        ("$request.query.", {"source": QUERY, "name": ""}),
        ("$request.path.id", {"source": Source.REQUEST_PATH, "name": "id"}),
        ("$request.body", {"source": BODY}),
        ("$request.body#", {"source": BODY, "pointer": ()}),
        ("$request.body#/", {"source": BODY, "pointer": ("",)}),
        ("$request.body#/url/data", {"source": BODY, "pointer": ("url", "data")}),
        ("$request.body#/o/a b", {"source": BODY, "pointer": ("o", "a b")}),
        ("$request.body#/o/a%20b", {"source": BODY, "pointer": ("o", "a%20b")}),
        ("$request.body#/a~1b/c~0d", {"source": BODY, "pointer": ("a/b", "c~d")}),
        ("$request.body#/a.b", {"source": BODY, "pointer": ("a.b",)}),
        (
            "$response.header.Location",
            {"source": Source.RESPONSE_HEADER, "name": "Location"},
        ),
        ("$response.query.x", {"source": Source.RESPONSE_QUERY, "name": "x"}),
        ("$response.path.x", {"source": Source.RESPONSE_PATH, "name": "x"}),
        ("$response.body#/id", {"source": ANSWER, "pointer": ("id",)}),
    ],
)
def test_what_the_grammar_allows_is_read_without_remark(text, read):
    found = runtime_expressions.parse(text)
    assert found == Expression(text=text, **read)
    assert found.canonical == found.conforming == text


@each_row(
    ("text", "canonical"),
    [
        ("$URL", "$url"),
        ("$statuscode", "$statusCode"),
        ("$REQUEST.BODY#/url", "$request.body#/url"),
        ("$Request.Header.X-U", "$request.header.X-U"),
    ],
)
def test_words_in_another_case_are_read_with_a_remark(text, canonical):
    found = runtime_expressions.parse(text)
    assert [finding.code for finding in found.findings] == ["expr-case"]
    assert found.findings[0].instead == found.canonical == canonical


def test_names_and_pointers_keep_their_case():
    assert runtime_expressions.parse("$request.body#/URL").pointer == ("URL",)
    assert runtime_expressions.parse("$REQUEST.QUERY.Cb").name == "Cb"


# --- what people write instead ----------------------------------------------------------


@each_row(
    ("text", "read", "code", "instead"),
    [
        (
            "request.body#/x",
            {"source": BODY, "pointer": ("x",)},
            "expr-missing-dollar",
            "$request.body#/x",
        ),
        (
            "response.body#/x",
            {"source": ANSWER, "pointer": ("x",)},
            "expr-missing-dollar",
            "$response.body#/x",
        ),
        (
            "$request.body.id",
            {"source": BODY, "pointer": ("id",)},
            "expr-dot-body",
            "$request.body#/id",
        ),
        (
            "$response.body.a.b",
            {"source": ANSWER, "pointer": ("a", "b")},
            "expr-dot-body",
            "$response.body#/a/b",
        ),
        (
            "$request.body.items.0.url",
            {"source": BODY, "pointer": ("items", "0", "url")},
            "expr-dot-body",
            "$request.body#/items/0/url",
        ),
        (
            "$callback_url",
            {"source": Source.PARAMETER, "name": "callback_url"},
            "expr-bare-name",
            "$request.query.callback_url",
        ),
        (
            "notificationURI",
            {"source": Source.PARAMETER, "name": "notificationURI"},
            "expr-bare-name",
            "$request.query.notificationURI",
        ),
        (
            "$request.body/x",
            {"source": BODY, "pointer": ("x",)},
            "expr-pointer",
            "$request.body#/x",
        ),
        (
            "$request.body#x",
            {"source": BODY, "pointer": ("x",)},
            "expr-pointer",
            "$request.body#/x",
        ),
        (
            "$request.body#.x",
            {"source": BODY, "pointer": ("x",)},
            "expr-pointer",
            "$request.body#/x",
        ),
        (
            "$request.query#/x",
            {"source": QUERY, "name": "x"},
            "expr-source",
            "$request.query.x",
        ),
        (
            "$request.header#/put-url",
            {"source": Source.REQUEST_HEADER, "name": "put-url"},
            "expr-source",
            "$request.header.put-url",
        ),
        (
            "$request.params.x",
            {"source": QUERY, "name": "x"},
            "expr-source",
            "$request.query.x",
        ),
        (
            "$request.headers.x",
            {"source": Source.REQUEST_HEADER, "name": "x"},
            "expr-source",
            "$request.header.x",
        ),
        (
            "$response.headers.x",
            {"source": Source.RESPONSE_HEADER, "name": "x"},
            "expr-source",
            "$response.header.x",
        ),
        (
            "$request.cookie.x",
            {"source": Source.REQUEST_COOKIE, "name": "x"},
            "expr-source",
            None,
        ),
        (
            "$.callbackUrl",
            {"source": BODY, "pointer": ("callbackUrl",)},
            "expr-syntax",
            "$request.body#/callbackUrl",
        ),
        (
            "\\$request.body#/url",
            {"source": BODY, "pointer": ("url",)},
            "expr-syntax",
            "$request.body#/url",
        ),
        (
            " $request.body#/url ",
            {"source": BODY, "pointer": ("url",)},
            "expr-space",
            "$request.body#/url",
        ),
    ],
)
def test_what_people_write_instead_is_read_as_it_was_meant(text, read, code, instead):
    found = runtime_expressions.parse(text)
    (finding,) = found.findings
    assert found == Expression(text=text, findings=(finding,), **read)
    assert (finding.code, finding.instead) == (code, instead)


@each_row(
    ("text", "code", "detail"),
    [
        ("", "expr-empty", "an empty expression names no value"),
        ("  ", "expr-empty", "an empty expression names no value"),
        (
            "$inputs.x",
            "expr-foreign",
            "'$inputs.x' is an Arazzo expression, not OpenAPI",
        ),
        (
            "$steps.a.outputs.b",
            "expr-foreign",
            "'$steps.a.outputs.b' is an Arazzo expression, not OpenAPI",
        ),
        (
            "$request.multipleMethod.queryUrl",
            "expr-syntax",
            "'$request.multipleMethod.queryUrl' is not a runtime expression",
        ),
        (
            "$request.bodycomponents.yaml#/callbackUrl",
            "expr-syntax",
            "'$request.bodycomponents.yaml#/callbackUrl' is not a runtime expression",
        ),
        (
            "$request.body#/a~2",
            "expr-syntax",
            "'$request.body#/a~2' is not a runtime expression",
        ),
        (
            "$request.header.a b",
            "expr-syntax",
            "'$request.header.a b' is not a runtime expression",
        ),
        ("1st", "expr-syntax", "'1st' is not a runtime expression"),
        ("two words", "expr-syntax", "'two words' is not a runtime expression"),
    ],
)
def test_what_cannot_be_read_stands_for_any_text(text, code, detail):
    assert runtime_expressions.parse(text) == deviating(
        text, code, detail, source=Source.OPAQUE, name=text.strip()
    )
    assert runtime_expressions.parse(text).canonical == text


def test_a_text_may_deviate_in_several_ways():
    found = runtime_expressions.parse("request.body.auth.uri ")
    assert (found.source, found.pointer) == (BODY, ("auth", "uri"))
    assert found.findings == (
        GrammarFinding(
            code="expr-space",
            detail="'request.body.auth.uri ' has spaces around the expression",
            instead="$request.body#/auth/uri",
        ),
        GrammarFinding(
            code="expr-missing-dollar",
            detail="'request.body.auth.uri': an expression starts with '$'",
            instead="$request.body#/auth/uri",
        ),
        GrammarFinding(
            code="expr-dot-body",
            detail="'$request.body.auth.uri': "
            "a property of the body is read with a JSON Pointer",
            instead="$request.body#/auth/uri",
        ),
    )


def test_letters_that_only_look_like_the_grammars_are_not_its_own():
    found = runtime_expressions.parse("$reque\N{LATIN SMALL LETTER LONG S}t.body")
    assert found.source is Source.OPAQUE


@each_row(
    ("text", "field"),
    [
        ("$request.body#/subscription/callbackUrl", "callbackUrl"),
        ("$request.body#/", "body"),
        ("$request.body", "body"),
        ("$request.query.cb", "cb"),
        ("$request.query.", "query"),
        ("$request.header.X-Hook", "X-Hook"),
        ("$callback_url", "callback_url"),
        ("$url", "url"),
    ],
)
def test_the_field_is_the_name_of_what_is_read(text, field):
    assert runtime_expressions.parse(text).field == field


# --- properties -------------------------------------------------------------------------

MESSAGES = st.sampled_from(["$request", "$response"])
CHARACTERS = st.characters(exclude_characters="".join(map(chr, range(32))))
NAMES = st.text(CHARACTERS).filter(lambda name: name == name.rstrip())
TOKENS = st.text("!#$%&'*+-.^_`|~09azAZ", min_size=1)
POINTERS = (
    st.lists(NAMES).map(json_pointer.render).filter(lambda text: text == text.strip())
)

STRICT = st.one_of(
    st.sampled_from(["$url", "$method", "$statusCode"]),
    st.builds("{}.header.{}".format, MESSAGES, TOKENS),
    st.builds("{}.{}.{}".format, MESSAGES, st.sampled_from(["query", "path"]), NAMES),
    st.builds("{}.body".format, MESSAGES),
    st.builds("{}.body#{}".format, MESSAGES, POINTERS),
)


@settings(deadline=None)
@given(STRICT)
def test_every_sentence_of_the_grammar_is_its_own_canonical_text(text):
    found = runtime_expressions.parse(text)
    assert (found.canonical, found.findings) == (text, ())


@settings(deadline=None)
@given(
    st.text()
    | st.from_regex(
        r"\A\\?\$?\.?(request|response|REQUEST|inputs)?[.#/]?"
        r"(body|headers?|cookies?|params)?[.#/~]{0,3}.*",
    )
)
def test_any_text_is_an_expression_that_keeps_it(text):
    assert runtime_expressions.parse(text).text == text


@settings(deadline=None)
@given(st.from_regex(r"\A\$?(request|response)[.](body|header|params)[.#/]\w*[./]?\w*"))
def test_what_should_be_written_instead_conforms(text):
    for finding in runtime_expressions.parse(text).findings:
        if finding.instead is not None:
            assert runtime_expressions.parse(finding.instead).findings == ()
