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


def test_few_values_are_kept_and_no_large_one():
    many = texts(40)
    values = [plain_json.read(each) for each in many]
    for text, value in zip(many, values, strict=True):
        plain_json.keep(text, value)
    kept = [
        plain_json.read(each) is each_value
        for each, each_value in zip(many, values, strict=True)
    ]
    assert 0 < sum(kept) <= 16
    assert kept[-1]
    (large,) = texts(1, size=2**20)
    plain_json.keep(large, value := plain_json.read(large))
    assert plain_json.read(large) is not value
