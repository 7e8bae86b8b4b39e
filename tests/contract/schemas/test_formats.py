"""What a text lacks to be of a format."""

from __future__ import annotations

from cbmock.contract.explain.explanation import explain
from cbmock.contract.schemas import formats

from tests.support.documents import schema_of
from tests.support.rows import each_row


@each_row(
    ("name", "text", "lacking"),
    [
        ("date-time", "2024-01-01T00:00:00", "an offset such as Z is missing"),
        ("date-time", "2024-01-01T00:00Z", "the seconds are missing"),
        ("date-time", "2024-01-01 00:00:00Z", "a T between date and time is missing"),
        (
            "date-time",
            "2024-01-01 00:00",
            "a T between date and time, the seconds and an offset such as Z are missing",
        ),
        ("date-time", "2024-01-01", "the time is missing"),
        ("date-time", "2024-13-01T00:00:00Z", "there is no such time"),
        ("time", "12:00:00", "an offset such as Z is missing"),
        ("time", "25:00:00Z", "there is no such time"),
        ("date", "2024-02-30", "there is no such day"),
        ("date", "2024-01-01T00:00:00Z", "only the date may be there"),
        ("uri", "/relative", "a scheme such as https: is missing"),
    ],
)
def test_it_is_said_what_a_text_lacks(name, text, lacking):
    (violation,) = explain(schema_of({"format": name}), text)
    assert violation.detail == f"{text!r} is not a {name}: {lacking}"


@each_row(
    ("name", "text", "hint"),
    [
        ("date-time", "soon", "it must look like 2025-01-31T12:00:00Z"),
        ("date", "soon", "it must look like 2025-01-31"),
        ("time", "soon", "it must look like 12:00:00Z"),
        ("date", "2024-1-1", "it must look like 2025-01-31"),
        # fault 5.3
        ("duration", "PT1H30S", "minutes are missing between hours and seconds"),
        ("duration", "PT0.5S", "its numbers must be whole"),
        ("duration", "-PT5S", "it may not have a sign"),
        ("duration", "P1Y35D", "months are missing between years and days"),
        (
            "duration",
            "P1D2M",
            "its units must stand once each, in the order years, months, days",
        ),
        ("duration", "P1W2D", "weeks cannot be combined with other units"),
        ("duration", "P", "it has no amount"),
        ("duration", "PT", "nothing follows the T"),
        ("duration", "1D", "it must look like P1DT2H30M"),
        ("duration", "P1H", "a T is missing before hours, minutes and seconds"),
        ("duration", "P1D5S", "a T is missing before hours, minutes and seconds"),
        ("duration", "pt5m", "its letters are capitals"),
        ("duration", "PT5M ", "it must look like P1DT2H30M"),
        (
            "date-time",
            "2026-01-01T00:00:00+0100",
            "an offset is written with a colon, as +01:00",
        ),
        (
            "date-time",
            "2026-01-01T00:00:00+01",
            "an offset is written with a colon, as +01:00",
        ),
        ("time", "01:02:03-0100", "an offset is written with a colon, as +01:00"),
        ("time", "25:02:03-01:00", "there is no such time"),
        ("email", "a b@c.de", "a space is not allowed there"),
        ("hostname", "a.", "a dot may not stand at its end"),
        ("uri", "http://[::1", "[ and ] may stand around an IPv6 address only"),
        ("duration", "", "it must look like P1DT2H30M"),
        ("email", "jörg@exämple.de", "letters beyond ASCII need the format idn-email"),
        ("email", "soon", "an @ is missing"),
        ("email", "A <a@b.de>", "only the address itself may be there"),
        ("email", "@b.de", "nothing stands before the @"),
        ("email", "a@", "nothing stands after the @"),
        (
            "email",
            "a..b@c.de",
            "a dot must stand between other characters before the @",
        ),
        (
            "email",
            "a@-b.de",
            "after the @, the label '-b' begins or ends with a hyphen",
        ),
        ("hostname", "a_b", "'_' is not allowed"),
        ("hostname", "", "it is empty"),
        ("hostname", "a..b", "a label is empty"),
        ("hostname", "exämple.de", "letters beyond ASCII must be written as xn--…"),
        (
            "hostname",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "a label is longer than 63 characters",
        ),
        ("ipv4", "1.2.3", "it must have four numbers, separated by dots"),
        ("ipv4", "1.2.3.256", "'256' is more than 255"),
        ("ipv4", "1.2.3.04", "'04' has a leading zero"),
        ("ipv4", "a.b.c.d", "'a' is not a number"),
        ("ipv6", "1::2::3", "`::` may stand only once"),
        ("ipv6", "12345::", "'12345' has more than four digits"),
        ("ipv6", "g::", "'g' is not a hexadecimal digit"),
        ("ipv6", "1:2:3", "it must have eight groups, unless `::` stands for some"),
        ("ipv6", "soon", "it has no colon"),
        ("ipv6", "fe80::1%eth0", "a zone is not allowed"),
        ("uri", "https://a b", "' ' must be percent-encoded"),
        ("uri", "https://a/%zz", "a % must be followed by two hexadecimal digits"),
        ("uri-reference", "a b", "' ' must be percent-encoded"),
        ("uri-reference", "\\\\a", "'\\\\' must be percent-encoded"),
        ("uuid", "soon", "'s' is not a hexadecimal digit"),
        (
            "uuid",
            "{123e4567-e89b-42d3-a456-426614174000}",
            "only the UUID itself may be there",
        ),
        (
            "uuid",
            "123e4567e89b42d3a456426614174000",
            "its hyphens must make groups of 8, 4, 4, 4 and 12 digits",
        ),
        (
            "uuid",
            "123e4567-e89b-42d3-a456-42661417400",
            "it must have 32 hexadecimal digits, not 31",
        ),
        ("json-pointer", "#/a", "a # before it is not part of it"),
        ("json-pointer", "a", "it must begin with /"),
        ("json-pointer", "/~2", "a ~ must be followed by 0 or 1"),
        ("regex", "(", "( and ) are not balanced"),
        ("regex", "(?P<a>b)", "(?P is Python's syntax, ECMA-262 has (?<name>…)"),
        ("regex", "a\\Z", "it must be of the syntax of ECMA-262"),
        ("byte", "a-b=", "- and _ belong to base64url, base64 has + and /"),
        ("byte", "abc", "its length must be a multiple of 4, padded with ="),
        ("base64", "a!bc", "'!' is not allowed"),
    ],
)
def test_every_format_says_what_is_wrong(name, text, hint):
    (violation,) = explain(schema_of({"format": name}), text)
    assert violation.detail == f"{text!r} is not {formats.FORMATS[name].noun}: {hint}"


@each_row("row", formats.FORMATS.values(), ids=lambda each: each.name)
def test_the_samples_of_a_format_are_of_it(row):
    schema = schema_of({"format": row.name})
    samples = [sample.format(n=7) for sample in row.samples]
    assert [each for each in samples if not schema.is_valid(each)] == []


def test_of_many_properties_missing_the_branch_is_named_once():
    names = ["a", "b", "c", "d", "e", "f", "g"]
    pet = {"type": "object", "required": names, "properties": {"k": {"const": "p"}}}
    cat = {"type": "object", "properties": {"k": {"const": "c"}}}
    schema = schema_of(
        {"oneOf": [{"$ref": f"#/components/schemas/{n}"} for n in ("Pet", "Cat")]},
        Pet={**pet, "additionalProperties": False},
        Cat=cat,
    )
    told = [each.detail for each in explain(schema, {"k": "p"})]
    assert told == [
        *(f"as Pet: '{name}' is missing" for name in "abcd"),
        "as Pet: 'e', 'f', 'g' are missing",
    ]


def test_a_branch_beside_null_is_not_named():
    schema = schema_of(
        {"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "null"}]},
        Pet={"type": "object", "required": ["a"]},
    )
    assert [each.detail for each in explain(schema, {})] == ["'a' is missing"]
