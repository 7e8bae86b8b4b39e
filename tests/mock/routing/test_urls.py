from urllib.parse import urljoin

from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

from tests.support.mocks import callbacks, calling, described, posted, sent, webhooks
from tests.support.rows import each_row


def paths_of(mock):
    return [mount.path for mount in mock.mounts]


@each_row(
    ("key", "path"),
    [
        ("{$request.body#/url}", "/callbacks/s/url"),
        ("{$request.query.callbackUrl}/data", "/callbacks/s/callbackUrl"),
        ("{$callback_url}/invoices/{$request.body.id}", "/callbacks/s/callback_url"),
        ("$request.body#/a/notify~1Uri", "/callbacks/s/notify-Uri"),
        ("{$request.header.X-Hook}", "/callbacks/s/X-Hook"),
        ("{$url}", "/callbacks/s/url"),
        ("{$request.body#/адрес}", "/callbacks/s/url"),
        ("{$request.body#/..}", "/callbacks/s/url"),
        ("{$request.body#/url}&eventType=deposit", "/callbacks/s/url?_=1"),
        ("{{$request.body#/url}}&eventType=deposit", "/callbacks/s/url?_=1"),
        ("{$request.body#/url}?eventType=deposit", "/callbacks/s/url"),
        ("http://host/path?id={$request.body#/id}", "/callbacks/s/cb1/path"),
        ("http://n.com?a={$request.body#/a}", "/callbacks/s/cb1"),
        ("http://n.com/x/{$request.body#/a}", "/callbacks/s/cb1"),
        ("/data/", "/callbacks/s/cb1/data"),
        ("onEvent", "/callbacks/s/cb1/onEvent"),
        ("http://$request.query.url/x", "/callbacks/s/url"),
        ("", "/callbacks/s/cb1"),
    ],
)
def test_a_callback_is_handed_out_below_its_parent_and_base_field(key, path):
    assert paths_of(callbacks(key)) == [path]


@each_row(
    ("name", "path"),
    [
        ("newPet", "/webhooks/newPet"),
        ("/AUTHORISATION", "/webhooks/AUTHORISATION"),
        ("messaging/{id}", "/webhooks/messaging"),
        ("a/{x}/b/{y}", "/webhooks/a/%7Bx%7D/b"),
        ("{id}", "/webhooks/%7Bid%7D"),
        ("new pet?", "/webhooks/new%20pet%3F"),
        ("100%25", "/webhooks/100%2525"),
        ("größe", "/webhooks/gr%C3%B6%C3%9Fe"),
        ("\ud800", "/webhooks/%3F"),
    ],
)
def test_a_webhook_is_handed_out_by_its_name(name, path):
    assert paths_of(webhooks(name)) == [path]


@each_row(
    "name", ["newPet", "a/b", "messaging/{id}", "new pet?", "100%25", "größe", "a{b}c"]
)
def test_what_is_handed_out_for_a_webhook_leads_to_it(name):
    mock = webhooks("other", name)
    call = sent(mock, "POST", mock.mounts[1].path)
    assert (call.outcome, call.operation) == ("matched", mock.operations[1])


@each_row(
    "key",
    [
        "{$request.body#/url}",
        "{$request.body#/url}&eventType=deposit",
        "http://host/path",
        "/data/",
        "onEvent",
        "",
    ],
)
def test_what_is_handed_out_for_a_callback_leads_to_it(key):
    mock = callbacks(key, "{$request.body#/other}/x/y")
    path = mock.mounts[0].path
    target = path + ("&eventType=deposit" if "?" in path else "")
    call = sent(mock, "POST", target)
    assert (call.outcome, call.operation) == ("matched", mock.operations[0])


def test_callbacks_of_one_parent_and_base_share_their_mount():
    keys = ("{$request.body#/uri}/update", "{$request.body#/uri}/terminate")
    bases = [mount.base for mount in callbacks(*keys).mounts]
    assert bases == ["/callbacks/s/uri", "/callbacks/s/uri"]


def test_two_spellings_of_one_base_share_their_mount():
    mock = callbacks("{$request.body#/uri}/a", "{request.body#/uri}/b")
    assert paths_of(mock) == ["/callbacks/s/uri", "/callbacks/s/uri"]


def test_two_bases_of_one_name_are_told_apart():
    mock = callbacks(
        "{$request.body#/url}", "{$request.query.url}", "{$request.body#/url-2}"
    )
    assert paths_of(mock) == [
        "/callbacks/s/url",
        "/callbacks/s/url-2",
        "/callbacks/s/url-2-2",
    ]


def test_two_parents_with_one_operation_id_are_told_apart():
    parent = {
        "operationId": "create",
        "callbacks": {"cb": posted("{$request.body#/u}")},
    }
    mock = Mock(
        described(paths={"/a": {"post": parent, "put": parent}, "/b": {"post": parent}})
    )
    assert paths_of(mock) == [
        "/callbacks/create/u",
        "/callbacks/create-2/u",
        "/callbacks/create-3/u",
    ]


def test_a_parent_without_operation_id_is_called_by_method_and_path():
    paths = calling({"cb": posted("{$request.body#/u}")})
    paths["/a/{id}/"] = paths.pop("/streams")
    assert paths_of(Mock(described(paths=paths))) == ["/callbacks/post-a-id/u"]


def test_the_order_is_the_documents():
    mock = callbacks("{$url}", "{$url}/a")
    assert [(m.order, m.operation) for m in mock.mounts] == list(
        enumerate(mock.operations)
    )


def test_only_what_is_served_has_a_mount():
    mock = Mock(
        described(
            components={"callbacks": {"Unused": posted("{$url}")}},
            webhooks={"broken": {"$ref": "#/nowhere"}, "w": {"post": {}}},
        )
    )
    assert [mock.mount_of(each) for each in mock.operations] == [
        None,
        mock.mounts[0],
        None,
    ]


@each_row(
    "name", ["..", ".", "a/../b", "./a", "../{id}", "", "a b", "%2e%2e", "\\..", "..;"]
)
def test_every_webhook_has_a_url_that_clients_send_unchanged(name):  # fault 1.7
    mock = webhooks(name)
    (mount,) = mock.mounts
    assert urljoin("http://host/", mount.path) == "http://host" + mount.path
    request = Request("POST", mount.path, Headers())
    assert mock.receive(request, id=1, now=0).operation == mount.operation
