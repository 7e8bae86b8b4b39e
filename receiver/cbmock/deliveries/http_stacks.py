"""HTTP stacks that send a request again by themselves, recognised by their User-Agent.

The table says what each does with a POST whose connection was reset, or whose answer
stopped halfway. It must not know which call is one of these.
"""

from __future__ import annotations

from collections.abc import Mapping

REPEATS: Mapping[str, str] = {
    "java/": "Java's HttpURLConnection sends again at once what was reset",
    "wget/": "wget sends again after a second, what stopped halfway too",
    "python-requests/": "requests sends again where its adapter has retries",
    "python-urllib3/": "urllib3 sends again where it has retries",
    "got ": "got sends again where its retry option allows POST",
    "undici": "undici's retry interceptor sends again, with a Range header",
    "node": "ky and other wrappers of Node's fetch send again where they have retries",
    "curl/": "curl sends again with --retry, and on a connection that was used before",
    "pycurl/": "libcurl sends again on a connection that was used before",
    "guzzlehttp/": "libcurl, below Guzzle, sends again on a connection that was used before",
    "go-http-client/": "Go's client sends again on a connection that was used before, "
    "where Idempotency-Key is set",
}
"""What the stack does, by the beginning of its User-Agent."""


def repeats(user_agent: str | None) -> str | None:
    """Return what the stack of that User-Agent is known to do, None if nothing is known."""
    agent = (user_agent or "").lower()
    return next(
        (said for name, said in REPEATS.items() if agent.startswith(name)), None
    )
