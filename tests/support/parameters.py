"""One documented parameter, and what a contract reads of it."""

from cbmock.http.messages import Headers, Request

from tests.support.documents import contract_of

INTEGERS = {"type": "array", "items": {"type": "integer"}}

STRINGS = {"type": "array", "items": {"type": "string"}}

COLOUR = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}},
}


def read(parameter, sent, *others, version="3.1.0", **schemas):
    """Return the value of a parameter `p` and the violations, for one request.

    `sent` is the query, the raw path text, the Cookie line or the header's lines.
    """
    parameter = {"name": "p", **parameter}
    location = parameter["in"]
    lines = sent if isinstance(sent, list) else [sent]
    name = "Cookie" if location == "cookie" else "P"
    in_headers = location in ("cookie", "header")
    contract = contract_of(
        {"parameters": [parameter, *others]}, version=version, schemas=schemas
    )
    verdict = contract.check(
        Request(
            "POST",
            f"/?{sent}" if location == "query" else "/",
            Headers.of((name, line) for line in lines if in_headers),
        ),
        {"p": sent} if location == "path" else {},
    )
    return verdict.parameters.get((location, parameter["name"])), verdict.violations
