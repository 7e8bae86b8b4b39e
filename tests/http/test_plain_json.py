"""Plain JSON: the value of a text that is read again is kept, and only its."""

from cbmock.http import plain_json


def texts(count, size=0):
    return [b'{"n":%d,"text":"%b"}' % (n, b"a" * size) for n in range(count)]


def test_a_text_whose_value_is_kept_is_not_read_again():
    first, second = texts(2)
    value = plain_json.read(first)
    plain_json.keep(first, value)
    assert plain_json.read(first) is value
    assert plain_json.read(second) == {"n": 1, "text": ""}


def test_equal_bytes_that_are_another_text_are_read():
    (text,) = texts(1)
    plain_json.keep(text, value := plain_json.read(text))
    other = plain_json.read(bytes(bytearray(text)))
    assert (other, other is value) == (value, False)


def forget_all():
    """Keep so many other values that all of earlier tests go, then forget those."""
    many = texts(129)
    for each in many:
        plain_json.keep(each, None)
    for each in many:
        plain_json.forget(each)


def kept(count, size=0):
    """Keep the values of some texts; return which are still kept then."""
    many = texts(count, size)
    values = [plain_json.read(each) for each in many]
    for text, value in zip(many, values, strict=True):
        plain_json.keep(text, value)
    return [
        plain_json.read(each) is value for each, value in zip(many, values, strict=True)
    ]


def test_too_many_values_make_room_for_the_latest():
    forget_all()
    assert kept(128) == [True] * 128
    assert kept(3) == [True] * 3
    forget_all()
    assert kept(130) == [False] * 128 + [True] * 2


def test_no_more_than_a_megabyte_of_texts_is_kept():
    forget_all()
    assert kept(17, size=2**16) == [False] * 15 + [True] * 2
    assert kept(1, size=2**20) == [False]


def test_a_value_that_is_kept_twice_counts_once():
    forget_all()
    (text,) = texts(1, size=2**18)
    value = plain_json.read(text)
    for _ in range(8):
        plain_json.keep(text, value)
    assert kept(3, size=2**18 - 100) == [True] * 3
    assert plain_json.read(text) is value


def test_a_value_that_is_forgotten_is_read_again():
    first, second = texts(2)
    values = [plain_json.read(each) for each in (first, second)]
    plain_json.keep(first, values[0])
    plain_json.keep(second, values[1])
    plain_json.forget(first)
    plain_json.forget(first)
    assert plain_json.read(first) is not values[0]
    assert plain_json.read(second) is values[1]


def test_what_refused_a_value_is_known_as_long_as_it_is_kept():
    first, second = texts(2)
    plain_json.keep(first, plain_json.read(first), "a check")
    plain_json.keep(second, plain_json.read(second))
    assert [plain_json.refused_by(each) for each in (first, second)] == [
        "a check",
        None,
    ]
    plain_json.forget(first)
    assert plain_json.refused_by(first) is None
