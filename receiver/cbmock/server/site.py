"""The site: the pages that a running mock shows to browsers.

It decides what the pages are that explain problems, how the live page's files are kept, and how
a browser logs in. It must not know calls.
"""

from __future__ import annotations

import hashlib
from html import escape
from importlib import resources

from starlette.exceptions import HTTPException
from starlette.requests import Request as WebRequest
from starlette.responses import HTMLResponse
from starlette.responses import Response as WebResponse

from cbmock.mock.responses.problems import PROBLEMS
from cbmock.server.access import COOKIE, cookie_value, is_token

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""The header fields of every page."""


async def problem_page(request: WebRequest) -> WebResponse:
    """Return the page that explains a type of problem, or lists all types."""
    problem = PROBLEMS.get(request.path_params["name"])
    if problem is None:
        return _page("Problems", "".join(map(_entry, PROBLEMS)), status=404)
    return _page(
        problem.title,
        f"<p>{escape(problem.explanation)}</p>"
        f"<p>Status {problem.status}, type <code>{escape(problem.name)}</code></p>",
    )


_PAGE = resources.files("cbmock.server").joinpath("page")
_FILES = {each.name: each.read_bytes() for each in _PAGE.iterdir()}
_VERSION = hashlib.sha256(
    b"".join(_FILES[each] for each in sorted(_FILES))
).hexdigest()[:16]
"""The files refer to each other relative to their folder, which has this name: so a browser
may keep them, and asks for none that another version of cbmock has left there."""
_INDEX = _FILES.pop("index.html").replace(b"VERSION", _VERSION.encode())
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
}


async def page(_request: WebRequest) -> WebResponse:
    """Answer with the live page."""
    return WebResponse(_INDEX, 200, {**HEADERS, "content-type": _TYPES["html"]})


async def page_file(request: WebRequest) -> WebResponse:
    """Answer with a file of the live page, which a browser keeps."""
    name = request.path_params["file"]
    if name not in _FILES or request.path_params["version"] != _VERSION:
        raise HTTPException(404)
    kept = "private, max-age=31536000, immutable"
    own = {"cache-control": kept, "content-type": _TYPES[name.rpartition(".")[2]]}
    return WebResponse(_FILES[name], 200, {**HEADERS, **own})


def login(request: WebRequest, token: str | None) -> WebResponse | None:
    """Return a redirect that sets the cookie, for a link with a token; None without one.

    The redirect removes the token from the URL, so that no history keeps it.
    """
    given = request.query_params.get("token")
    if given is None or token is None or not is_token(given, token):
        return None
    answer = WebResponse(status_code=303, headers={**HEADERS, "location": "/_cbmock/"})
    answer.set_cookie(
        COOKIE,
        cookie_value(token),
        path="/_cbmock",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


def _entry(name: str) -> str:
    return f'<p><a href="/_cbmock/problems/{escape(name)}">{escape(name)}</a></p>'


def _page(title: str, content: str, *, status: int = 200) -> WebResponse:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(title)}</title><h1>{escape(title)}</h1>{content}</html>",
        status,
        HEADERS,
    )
