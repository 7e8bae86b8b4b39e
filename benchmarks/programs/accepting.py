"""An ASGI receiver that accepts every delivery; it can be started and ended."""

from constant import app as answer


async def app(scope, receive, send):
    if scope["type"] != "lifespan":
        await answer(scope, receive, send)
        return
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})
