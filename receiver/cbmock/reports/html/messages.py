"""Requests and responses: the first line, header fields and body, marked where they are wrong.

It decides which violations are about which line of the head. It must not know where on the
page a message is.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote_plus

from cbmock.firing.answer import curl
from cbmock.http.messages import Headers, Request
from cbmock.reports.html.bodies import body
from cbmock.reports.html.markup import LONGEST_BODY, Children, Markup, h
from cbmock.reports.html.places import Record, marked, sentence, sentences

_MOST_KEPT = 1_000_000
_IN_FIELDS = frozenset({"header", "signature", "cookie", "media_type", "security"})
_FIELD = {"cookie": "cookie", "media_type": "content-type"}
"""The field that violations of a location are about; of others it has their name."""
_SIGNATURE = {"good": "good", "wrong": "bad"}


def request(call: Record) -> Markup:
    """Show what came, with what is wrong in it."""
    message, found = call["request"], call["violations"]
    return h(
        "div",
        h("h3", "Request"),
        _target(message, found),
        _signature(call["signature"], found),
        _fields(message["headers"], found),
        body(octets(message), field(message, "content-type"), found),
        class_="request",
    )


def answer(call: Record) -> Markup:
    """Show what was sent."""
    message = call["response"]
    scripted = call.get("scripted")
    return h(
        "div",
        h("h3", "Answer"),
        h(
            "p",
            answered(message),
            h("span", " as scripted", class_="dim") if scripted else None,
            class_="target",
        ),
        _fields(message["headers"], ()),
        body(octets(message), field(message, "content-type")),
        class_="answer",
    )


def answered(message: Record) -> str:
    """Say what left as the answer."""
    status, sent = message["status"], message["sent"]
    if sent == "nothing":
        return "nothing"
    return str(status) if sent == "whole" else f"{status} in part"


def copies(call: Record) -> Iterator[Markup]:
    """Offer the request as received, and as a line for a shell."""
    message, data = call["request"], octets(call["request"])
    if data and len(data) <= _MOST_KEPT:
        encoded = base64.b64encode(data).decode()
        yield h(
            "p",
            h(
                "a",
                "the raw bytes",
                download=f"call-{call['id']}.bin",
                href=f"data:application/octet-stream;base64,{encoded}",
            ),
            h("span", f" of the body, {len(data)}", class_="dim"),
        )
    elif data:
        yield h("p", f"{len(data)} bytes are too many for this page", class_="dim")
    if len(data) <= LONGEST_BODY:
        line = _curl(message, data)
        yield h("details", h("summary", "as curl"), h("pre", line, class_="copied"))


def field(message: Record, wanted: str) -> str | None:
    """Return a field of a recorded message, by its name in lower case."""
    found = (value for name, value in message["headers"] if name.lower() == wanted)
    return next(found, None)


def octets(message: Record) -> bytes:
    """Return the body of a recorded message."""
    if message.get("body_base64"):
        return base64.b64decode(message["body_base64"])
    return (message["body"] or "").encode("utf-8", "backslashreplace")


def _curl(message: Record, data: bytes) -> str:
    headers = Headers.of([(name, value) for name, value in message["headers"]])
    host = headers.get("host") or "localhost"
    url = f"{message.get('scheme', 'http')}://{host}{message['target']}"
    return curl(Request(message["method"], message["target"], headers, data), url)


def _signature(verdict: str | None, found: Iterable[Record]) -> Children:
    if verdict is None:
        return None
    badge = h("b", verdict, class_=f"badge {_SIGNATURE.get(verdict, 'warning')}")
    wrong = [each for each in found if each["location"] == "signature"]
    return h("p", "Signature ", badge, sentences(wrong))


# --- the head ---


def _target(message: Record, found: Sequence[Record]) -> Markup:
    """Show the request line, with what is wrong in it."""

    def at(*locations: str) -> list[Record]:
        return [each for each in found if each["location"] in locations]

    path, mark, rest = message["target"].partition("?")
    wrong = at("query")
    pairs = [_pair(each, wrong) for each in rest.split("&")] if mark else []
    return h(
        "p",
        h("mark", message["method"]) if at("method") else message["method"],
        " ",
        h("mark", path) if at("url", "path") else path,
        (("&" if number else "?", each) for number, each in enumerate(pairs)),
        map(sentence, [*at("method", "url", "path"), *wrong]),
        class_="url target",
    )


def _pair(text: str, wrong: Iterable[Record]) -> Children:
    name = unquote_plus(text.partition("=")[0])
    for each in wrong:
        known = each["name"]
        if known and (name == known or name.startswith(f"{known}[")):
            return h("mark", text)
    return text


def _fields(pairs: Sequence[Sequence[str]], found: Iterable[Record]) -> Children:
    """Show header fields; those that are missing come first."""
    own = [each for each in found if each["location"] in _IN_FIELDS]
    absent = [
        h("tr", _name(each["name"]), h("td", marked("missing", [each])))
        for each in own
        if each["location"] not in _FIELD
        and each["name"]
        and not any(_is_about(name, each) for name, _ in pairs)
    ]
    rows = [
        _field(name, value, [each for each in own if _is_about(name, each)])
        for name, value in pairs
    ]
    return h("table", absent, rows, class_="fields") if absent or rows else None


def _is_about(name: str, violation: Record) -> bool:
    known = _FIELD.get(violation["location"], violation["name"] or "")
    return name.lower() == known.lower()


def _field(name: str, value: str, wrong: Sequence[Record]) -> Markup:
    shown: Children = h("mark", value) if wrong else value
    if name.lower() == "cookie":
        shown = _cookies(value, wrong)
    return h("tr", _name(name), h("td", shown, sentences(wrong), class_="url"))


def _cookies(value: str, wrong: Sequence[Record]) -> Children:
    """Mark the pairs that are wrong."""
    names = {each["name"] for each in wrong}
    pairs = value.split(";")
    marks = [each.partition("=")[0].strip(" \t") in names for each in pairs]
    return [
        (";" if at else "", h("mark", each) if is_wrong else each)
        for at, (each, is_wrong) in enumerate(zip(pairs, marks, strict=True))
    ]


def _name(name: str) -> Markup:
    return h("th", name, scope="row")
