"""Probes: requests of browsers and readiness probes, which deliver nothing.

It decides which they are, and what they are answered. It must not know calls.
"""

from __future__ import annotations

from cbmock.http.messages import Headers, Request, Response

_ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    b'<circle cx="8" cy="8" r="7" fill="#2a6"/></svg>'
)
_ROOT, _ICON_TARGET = "/", "/favicon.ico"


def may_be_probe(request: Request) -> bool:
    """Return whether a request is one, unless it matches a documented operation.

    A GET of `/` without query and body delivers nothing even where another method is
    documented.
    """
    return (
        request.target in (_ROOT, _ICON_TARGET)
        and request.method in ("GET", "HEAD")
        and not request.body
    )


def answer(request: Request, document: str) -> Response:
    """Return the answer to a probe, by a mock of the document with a name."""
    if request.target == _ROOT:
        text = (
            f"cbmock plays the receiver of {document}.\n"
            "Page: /_cbmock/\nControl API: /_cbmock/openapi.json\n"
        )
        body, media_type = text.encode("utf-8", "replace"), "text/plain; charset=utf-8"
    else:
        body, media_type = _ICON, "image/svg+xml"
    fields = Headers.of(
        [("content-type", media_type), ("content-length", str(len(body)))]
    )
    return Response(200, fields, b"" if request.method == "HEAD" else body)
