"""Requests to the shop with something wrong, and where: for the live page and the report."""

import base64

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
XML = "application/xml"
PARTS = "multipart/form-data; boundary=b"


def part(name, content, more=""):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{content}\r\n'


_TYPED = "\r\nContent-Type: application/json"
_META = part("n", 1) + part("meta", '{"n": "no"}', _TYPED)
_CODED = f"{_TYPED}\r\nContent-Transfer-Encoding: base64"
_ENCODED = part("meta", base64.b64encode(b'{"n": "no"}').decode(), _CODED)
_PARTS = "\r\nContent-Type: multipart/form-data; boundary=c"
_NESTED = part("meta", part("n", "no").replace("--b", "--c") + "--c--", _PARTS)
_PLAIN = "--b\r\nContent-Type: text/plain\r\n\r\n"
# The webhook, what arrives, the text of what is marked, and the sentence beside it.
PLACED = {
    "json": (
        "order",
        JSON,
        '{"id": "a", "paid": "no"}',
        '"no"',
        "'no' is not a boolean",
    ),
    "deep": (
        *("order", JSON),
        '{"id": "a", "items": [{"sku": 1}, {"sku": 2, "price": {"amount": 0.5}}]}',
        *("0.5", "0.5 is not an integer"),
    ),
    "missing": (
        *("order", JSON, '{"id": "a", "items": [{"sku": 1}, {}]}'),
        *("{}", "'sku' is missing"),
    ),
    "missing above": ("order", JSON, '{"n": 1}', "{", "'id' is missing"),
    "number": (
        "order",
        JSON,
        '{"id": "a", "paid": 1.0}',
        "1.0",
        "1.0 is not a boolean",
    ),
    "form": ("form", FORM, "n=ten", "ten", "'ten' is not an integer"),
    "form, second": ("form", FORM, "n=1&tags=1&tags=b", "b", "'b' is not an integer"),
    "part": (
        "parts",
        PARTS,
        part("n", "ten") + "--b--\r\n",
        "ten",
        "is not an integer",
    ),
    "json part": (
        "parts",
        PARTS,
        f"{_META}--b--\r\n",
        '"no"',
        "'no' is not an integer",
    ),
    "part in a transfer encoding": (
        *("parts", PARTS, f"{part('n', 1)}{_ENCODED}--b--\r\n"),
        *('"no"', "'no' is not an integer"),
    ),
    "part by its position": (
        *("pieces", "multipart/mixed; boundary=b"),
        f"{_PLAIN}1\r\n{_PLAIN}two\r\n--b--\r\n",
        *("two", "is not an integer"),
    ),
    "part of a part": (
        *("nested", PARTS, f"{part('n', 1)}{_NESTED}--b--\r\n"),
        *("no", "'no' is not an integer"),
    ),
    "form in a part": (
        *("nested", PARTS),
        part("n", 1)
        + part("meta", "a=1&n=no", f"\r\nContent-Type: {FORM}")
        + "--b--\r\n",
        *("no", "'no' is not an integer"),
    ),
    "xml": (
        "xml",
        XML,
        "<order><n>ten</n></order>",
        "ten",
        "not an integer",
    ),
    "xml, second": (
        *("xml", XML),
        "<order><line><q>1</q></line><line a='>'><q>two</q></line></order>",
        *("two", "'two' is not an integer"),
    ),
    "xml, CDATA": (
        *("xml", XML, "<order><n>a <![CDATA[ <n>]]>b</n></order>"),
        *("a <![CDATA[ <n>]]>b", "is not an integer"),
    ),
    "xml, attribute": (
        *("xml", XML, '<order v="1" no="x"><n>1</n></order>'),
        *('no="x"', "'x' is not an integer"),
    ),
    "text": ("text", "text/plain", "too long", "too long", "8 characters, at most 5"),
}
