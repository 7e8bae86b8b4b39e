"""The smallest ASGI application: it answers a constant."""

HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"11")]


async def app(_scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b'{"ok":true}'})
