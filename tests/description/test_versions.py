from cbmock.description.versions import V3_0, V3_1, V3_2, is_newer, parse

from tests.support.rows import each_row


@each_row(
    ("text", "version"),
    [
        ("3.0.4", V3_0),
        ("3.1", V3_1),
        ("3.2.0-rc", V3_2),
        ("3.3.0", V3_2),
        ("3.10.0", V3_2),
        ("4.0.0", V3_2),
        ("2.0", V3_0),
        ("three", V3_1),
        ("", V3_1),
        ("9" * 5000 + ".1", V3_1),
    ],
)
def test_only_major_and_minor_version_count(text, version):
    assert parse(text) is version


@each_row(
    ("text", "newer"),
    [("3.2.9", False), ("3.3.0", True), ("4.0", True), ("three", False)],
)
def test_what_is_newer_than_all_that_is_known_is_told_apart(text, newer):
    assert is_newer(text) is newer


def test_a_version_is_shown_by_its_name():
    assert [str(each) for each in (V3_0, V3_1, V3_2)] == ["3.0", "3.1", "3.2"]
