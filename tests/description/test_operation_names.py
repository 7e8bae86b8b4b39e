import pytest
from cbmock import sources
from cbmock.description.discovery import discover
from cbmock.description.documents import Document
from cbmock.description.operation_names import OperationNames, aliases
from cbmock.description.references import Description
from cbmock.errors import AmbiguousOperation, UnknownOperation

from tests.support.rows import each_row

URL = "{$request.body#/url}"


def operations_of(**tree):
    document = Document("api.json", "file:///api.json", {"openapi": "3.1.0", **tree})
    return discover(Description(document, retrieve=lambda uri: b""))


PAID = {URL: {"post": {"operationId": "onPaid"}}}

OPERATIONS = operations_of(
    paths={
        "/invoices": {
            "post": {
                "operationId": "createInvoice",
                "callbacks": {"paid": PAID, "late": {URL: {"put": {}}}},
            },
            "put": {"callbacks": {"late": {URL: {"post": {}}}}},
        },
    },
    webhooks={"ping": {"post": {}, "get": {}}, "broken": {"$ref": "#/nowhere"}},
)
PAID_POST, LATE_PUT, LATE_POST, PING_POST, PING_GET, BROKEN = OPERATIONS
NAMES = OperationNames(OPERATIONS)


def test_an_operation_has_its_names_from_the_shortest_meaning_on():
    pointer = "#/paths/~1invoices/post/callbacks/paid/%7B$request.body%23~1url%7D/post"
    assert aliases(PAID_POST) == (
        "paid",
        "onPaid",
        "paid.post",
        "createInvoice.paid",
        "createInvoice.paid.post",
        "post /invoices.paid",
        "post /invoices.paid.post",
        "api.json" + pointer,
        pointer,
        PAID_POST.identity,
    )


def test_a_callback_without_method_is_named_by_its_parent_all_the_same():
    (broken,) = operations_of(
        paths={"/a": {"put": {"callbacks": {"cb": {"$ref": "#/nowhere"}}}}}
    )
    pointer = "#/paths/~1a/put/callbacks/cb"
    places = "api.json" + pointer, pointer
    assert aliases(broken) == ("cb", "put /a.cb", *places, broken.identity)


def test_an_operation_without_parent_operation_id_or_method_has_fewer_names():
    assert aliases(BROKEN) == (
        "broken",
        "api.json#/webhooks/broken",
        "#/webhooks/broken",
        BROKEN.identity,
    )
    assert aliases(LATE_POST)[:4] == (
        "late",
        "late.post",
        "put /invoices.late",
        "put /invoices.late.post",
    )


@each_row("operation", OPERATIONS, ids=lambda each: each.qualified)
def test_an_operation_is_found_by_each_name_that_is_its_own(operation):
    for name in aliases(operation):
        if sum(name in aliases(other) for other in OPERATIONS) == 1:
            assert NAMES.find(name) is operation


@each_row(
    ("operation", "name"),
    [
        (PAID_POST, "paid"),
        (LATE_PUT, "late.put"),
        (LATE_POST, "late.post"),
        (PING_GET, "ping.get"),
        (BROKEN, "broken"),
    ],
)
def test_the_shortest_name_fits_only_its_operation(operation, name):
    assert NAMES.shortest(operation) == name


def test_a_name_that_fits_several_operations_is_refused_with_a_name_for_each():
    with pytest.raises(AmbiguousOperation) as raised:
        NAMES.find("late")
    assert raised.value == AmbiguousOperation("late", ("late.put", "late.post"))


def test_a_misspelt_name_is_refused_with_the_nearest():
    with pytest.raises(UnknownOperation) as raised:
        NAMES.find("onPayed")
    assert raised.value.nearest[0] == "onPaid"


def test_a_name_near_none_is_refused():
    with pytest.raises(UnknownOperation) as raised:
        NAMES.find("zzz")
    known = tuple(dict.fromkeys(map(NAMES.shortest, OPERATIONS)))
    assert raised.value == UnknownOperation("zzz", (), known)


def test_no_name_is_found_where_there_is_no_operation():
    with pytest.raises(UnknownOperation) as raised:
        OperationNames(()).find("paid")
    assert raised.value == UnknownOperation("paid", (), ())


def test_equal_operations_stand_for_one():
    names = OperationNames((PAID_POST, *OPERATIONS))
    assert names.find("paid") is PAID_POST


def test_the_pointer_is_the_last_resort():
    one, two = operations_of(
        paths={
            "/a": {
                "post": {"callbacks": {"cb": {"/x": {"put": {}}, "/y": {"put": {}}}}}
            }
        }
    )
    names = OperationNames((one, two))
    with pytest.raises(AmbiguousOperation) as raised:
        names.find("cb")
    assert raised.value.choices == (one.pointer, two.pointer)
    assert [names.find(choice) for choice in raised.value.choices] == [one, two]


def test_one_path_item_under_two_keys_can_only_be_told_apart_by_them():
    item = {"$ref": "#/x-item"}
    operations = operations_of(
        **{
            "paths": {"/a": {"post": {"callbacks": {"cb": {"/x": item, "/y": item}}}}},
            "x-item": {"put": {}},
        }
    )
    names = OperationNames(operations)
    shortest = [names.shortest(each) for each in operations]
    assert shortest == [f"api.json#/x-item/put /{key}" for key in "xy"]
    assert [names.find(each) for each in shortest] == [*operations]


def test_an_operation_is_suggested_by_one_of_its_names_only():
    hooks = {name: {"post": {}} for name in ("shipped", "shopped")}
    document = {"openapi": "3.1.0", "webhooks": hooks}
    names = OperationNames(discover(sources.describe(document)))
    with pytest.raises(UnknownOperation) as unknown:
        names.find("shiped")
    assert unknown.value.nearest == ("shipped", "shopped")
