from cbmock.triggers.base_urls import BaseUrls, normal
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import each_row

HERE = BaseUrls(["https://hooks.example/in/", "http://127.0.0.1:402", ""])


@each_row(
    ("url", "target"),
    [
        ("https://hooks.example/in/a?b=1", "/a?b=1"),
        ("https://hooks.example/in", "/"),
        ("https://hooks.example/in?b", "/?b"),
        ("https://hooks.example/inn/a", "/inn/a"),
        ("http://127.0.0.1:402/x#part", "/x"),
        ("http://127.0.0.1:4020/x", "/x"),
        ("http://elsewhere", "/"),
        ("http://elsewhere?a=/b", "/?a=/b"),
        ("http://[broken/x", "/x"),
        ("http://127.0.0.1:402//x/../y", "//x/../y"),
    ],
)
def test_a_url_arrives_by_its_target(url, target):
    assert HERE.target_of(url) == target


@each_row(
    ("url", "own"),
    [
        ("https://hooks.example/in/a", True),
        ("https://HOOKS.example:443/other", True),
        ("http://localhost:402", True),
        ("http://[::1]:402/x", True),
        ("http://127.0.0.1:4020", False),
        ("http://hooks.example/in", False),
        ("http://elsewhere", False),
        ("http://[broken", False),
        ("http://x:port/", False),
        ("nothing", False),
    ],
)
def test_a_url_is_the_mocks_by_host_and_port(url, own):
    assert HERE.owns(url) is own


@given(st.text())
def test_any_text_has_a_target(text):
    target = HERE.target_of(text)
    assert target.startswith("/")
    assert normal(target) == target
    assert HERE.owns(text) in (True, False)


@each_row(
    ("url", "target", "fits"),
    [
        ("http://m/orders/{id}", "/orders/7", True),
        ("http://m/orders/{id}", "/orders/a%2Fb", True),
        ("http://m/orders/{id}", "/orders/", True),
        ("http://m/orders/{id}", "/order/7", False),
        ("http://m/orders/{id}", "/orders/7?x=1", False),
        ("http://m/orders/{id}/items", "/orders/7/items", True),
        ("http://m/orders/{id}/items", "/orders/7/item", False),
        ("http://m/{a}-{b}", "/1-2", True),
        ("http://m/{a}-{b}", "/12", False),
        ("http://m/o?id={id}&x=1", "/o?id=7&x=1", True),
        ("http://m/o?id={id}&x=1", "/o?id=7&x=2", False),
        ("http://m/o?id={id}", "/o", False),
        ("http://m/größe/{id}", "/gr%C3%B6%C3%9Fe/7", True),
        ("https://hooks.example/in/{id}", "/7", True),
        ("http://m/a", "/a", True),
        ("http://m/a", "/b", False),
    ],
)
def test_any_value_fits_a_path_variable(url, target, fits):
    assert (normal(target) in HERE.targets_of([url])) is fits


@given(st.text(), st.text())
def test_any_text_can_be_compared_with_any_due_url(url, target):
    assert (normal(target) in HERE.targets_of([url])) in (True, False)
