from cbmock.errors import (
    AmbiguousOperation,
    DocumentError,
    ReceiverError,
    UnknownOperation,
    UnresolvableReference,
)

from tests.support.rows import each_row


@each_row(
    ("facts", "message"),
    [
        ({}, "api.yaml: is not YAML"),
        ({"line": 3, "column": 7}, "api.yaml:3:7: is not YAML"),
        ({"line": 3}, "api.yaml:3: is not YAML"),
        (
            {"line": 3, "column": 3, "excerpt": "  a: b "},
            "api.yaml:3:3: is not YAML\n    a: b",
        ),
        ({"line": 3, "column": 1, "excerpt": ""}, "api.yaml:3:1: is not YAML"),
        ({"advice": "Mend it."}, "api.yaml: is not YAML\nMend it."),
    ],
)
def test_a_document_error_says_what_where_and_what_to_do(facts, message):
    error = DocumentError("is not YAML", document="api.yaml", **facts)
    assert str(error) == error.message == message


def test_a_document_error_keeps_its_facts():
    error = DocumentError(
        "is bad", document="a", line=1, column=2, excerpt=" x", advice="Do."
    )
    facts = (error.reason, error.document, error.line, error.column)
    assert facts == ("is bad", "a", 1, 2)
    assert (error.excerpt, error.advice) == (" x", "Do.")


def test_the_excerpt_of_a_long_line_is_what_surrounds_the_column():
    line = "x" * 1000 + "here" + "y" * 1000
    error = DocumentError("is bad", document="a", line=1, column=1001, excerpt=line)
    assert error.message == "a:1:1001: is bad\n    " + line[921:1081]


def test_an_unresolvable_reference_says_where_it_stands_and_cuts_it():
    error = UnresolvableReference(
        "has no target", reference="x" * 500, pointer="api.yaml#/a"
    )
    assert str(error) == f"api.yaml#/a: $ref '{'x' * 120}' has no target"
    assert (error.reason, error.reference, error.pointer) == (
        "has no target",
        "x" * 500,
        "api.yaml#/a",
    )


@each_row(
    ("nearest", "known", "message"),
    [
        (
            ("paid", "paying"),
            ("paid", "paying", "other"),
            "no callback or webhook is named 'payd'. Did you mean 'paid' or 'paying'?",
        ),
        (
            (),
            ("a.paid", "shipped"),
            "no callback or webhook is named 'payd'. These are: a.paid, shipped.",
        ),
        (
            (),
            tuple(f"n{number}" for number in range(21)),
            (
                "no callback or webhook is named 'payd'. These are: "
                f"{', '.join(f'n{number}' for number in range(20))}, …"
            ),
        ),
        (
            (),
            (),
            (
                "no callback or webhook is named 'payd'."
                " The document has no callbacks and no webhooks."
            ),
        ),
    ],
)
def test_an_unknown_name_is_told_what_would_have_worked(nearest, known, message):
    error = UnknownOperation("payd", nearest, known)
    assert (str(error), error.name, error.nearest) == (message, "payd", nearest)


def test_an_ambiguous_name_lists_its_choices():
    error = AmbiguousOperation("paid", ("a.paid", "b.paid"))
    assert (str(error), error.name, error.choices) == (
        "'paid' names 2 operations. Use one of:\n  a.paid\n  b.paid",
        "paid",
        ("a.paid", "b.paid"),
    )


def test_errors_are_equal_when_they_are_of_one_class_and_say_the_same():
    error = DocumentError("is bad", document="a", line=1, column=2)
    assert error == DocumentError("is bad", document="a", line=1, column=2)
    assert error != DocumentError("is bad", document="a", line=1, column=3)
    assert error != ReceiverError(error.message)
    assert {error, DocumentError("is bad", document="a", line=1, column=2)} == {error}


def test_every_error_is_a_receiver_error():
    errors = (
        DocumentError("is bad", document="a"),
        UnresolvableReference("is bad", reference="r", pointer="p"),
        UnknownOperation("n", (), ()),
        AmbiguousOperation("n", ()),
    )
    assert all(isinstance(error, ReceiverError) for error in errors)
