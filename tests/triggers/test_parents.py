from cbmock.description.discovery import discover
from cbmock.triggers.parents import ParentOperations

from tests.support.mocks import described, posted
from tests.support.rows import each_row


def parents(*lines, **others):
    """Index operations; each documents one callback, named after it."""
    paths = {}
    for line in lines:
        method, path = line.split()
        callback = {line: posted("{$request.body#/u}")}
        paths.setdefault(path, {})[method.lower()] = {"callbacks": callback}
    description = described(paths={**paths, **others})
    served = [each for each in discover(description) if each.served]
    return ParentOperations(description, served)


@each_row(
    ("method", "target", "names"),
    [
        ("POST", "/orders", ["POST /orders"]),
        ("POST", "/orders?a=/users/orders", ["POST /orders"]),
        ("POST", "/api/v1/orders", ["POST /orders"]),
        ("POST", "/users/orders", []),
        ("POST", "/v1/users/orders", []),
        ("PUT", "/orders/7", ["PUT /orders/{id}"]),
        ("PUT", "/orders/mine", ["PUT /orders/mine"]),
        ("PUT", "/orders/7/8", []),
        ("GET", "/orders", []),
        ("POST", "/orders/", []),
        ("POST", "", []),
    ],
)
def test_the_operation_with_the_longest_fit_is_the_parent(method, target, names):
    index = parents(
        "POST /orders",
        "PUT /orders/{id}",
        "PUT /orders/mine",
        **{
            "/users/orders": {"post": {}},
            "/broken": {"$ref": "#/nowhere"},
            "x-paths": 7,
        },
    )
    found = index.callbacks(method, target)
    assert [each.name for each in found] == names


def test_the_parents_are_listed():
    index = parents("POST /orders", "PUT /orders/{id}")
    assert index.request_lines == ("POST /orders", "PUT /orders/{id}")
