from cbmock.mock.examples import ABSENT
from cbmock.mock.generation.body_writer import write_body

from tests.support.rows import each_row


@each_row(
    ("key", "value", "expected"),
    [
        ("application/json", {"a": "é"}, ("application/json", '{"a": "é"}'.encode())),
        ("application/json", "text", ("application/json", b'"text"')),
        ("application/json", b"{ }", ("application/json", b"{ }")),
        ("application/json", ABSENT, ("application/json", b"")),
        ("text/csv", "a,b", ("text/csv", b"a,b")),
        ("text/csv", [1], ("text/csv", b"[1]")),
        ("*/*", "x", ("text/plain", b"x")),
        ("*/*", {}, ("application/json", b"{}")),
        ("*/*", ABSENT, ("text/plain", b"")),
        ("nothing", 1, ("application/json", b"1")),
        (
            "application/x-www-form-urlencoded",
            {"a": "b c", "d": [1, True], "e": {"f": None}},
            (
                "application/x-www-form-urlencoded",
                b"a=b+c&d=1&d=true&e=%7B%22f%22%3A+null%7D",
            ),
        ),
        (
            "application/xml",
            {"a": ["1", 2], "b c": {"d": "<\x00>"}, "1": None},
            (
                "application/xml",
                b"<value><a>1</a><a>2</a><b_c><d>&lt;&gt;</d></b_c><_1 /></value>",
            ),
        ),
        (
            "image/svg+xml",
            ["x"],
            (
                "image/svg+xml",
                b"<value><item>x</item></value>",
            ),
        ),
        (
            "multipart/form-data; x=y",
            {'a"': "b", "c": [{"d": 1}, 2]},
            (
                "multipart/form-data; boundary=part-of-a-sample",
                (
                    b"--part-of-a-sample\r\n"
                    b'Content-Disposition: form-data; name="a%22"\r\n\r\n'
                    b"b\r\n"
                    b"--part-of-a-sample\r\n"
                    b'Content-Disposition: form-data; name="c"\r\n'
                    b"Content-Type: application/json\r\n\r\n"
                    b'{"d": 1}\r\n'
                    b"--part-of-a-sample\r\n"
                    b'Content-Disposition: form-data; name="c"\r\n\r\n'
                    b"2\r\n"
                    b"--part-of-a-sample--\r\n"
                ),
            ),
        ),
    ],
)
def test_a_value_is_written_as_its_media_type_asks(key, value, expected):
    assert write_body(key, value) == expected
