"""A FastAPI application that sends a callback, or breaks its promise as it is told."""

import contextlib
import threading

import httpx2
import uvicorn
from cbmock.server.sockets import bind
from fastapi import BackgroundTasks, FastAPI, Response, WebSocket
from starlette.responses import StreamingResponse

EVENT = {"description": "Payment celebration", "paid": True}


def _post(url, body=EVENT, times=1):
    with httpx2.Client(timeout=5) as client:
        for _ in range(times):
            client.post(url, json=body)


def _twice(url):
    _post(url, times=2)


def _extra(url):
    _post(url)
    _post(f"{url}-other")


def _wrong(url):
    _post(url.replace("/invoices/", "/invoices/x"))


def _misspelt(url):
    _post(url.replace("/invoices/", "/invoice/"))


def _late(url):
    threading.Timer(0.3, _post, [url]).start()


IN_BACKGROUND = {
    "background": _post,
    "twice": _twice,
    "extra": _extra,
    "wrong": _wrong,
    "misspelt": _misspelt,
    "late": _late,
}


def _answer(how):
    if how == "refuse":
        return Response(status_code=409)
    if how == "crash":
        message = "the sender has a fault"
        raise RuntimeError(message)
    if how == "stream":
        return StreamingResponse(iter([b'{"a"', b": 1}"]))
    return {"id": 5}


def sender(how="background"):
    """Return an application; `how` is the way in which it calls back."""
    app = FastAPI()
    urls = []

    # A plain function runs in a thread, so that a call does not block the event loop.
    @app.post("/invoices/")
    def create_invoice(callback_url: str, invoice: dict, tasks: BackgroundTasks):
        urls.append(f"{callback_url}/invoices/{invoice['id']}")
        if how in IN_BACKGROUND:
            tasks.add_task(IN_BACKGROUND[how], urls[-1])
        if how == "stale":
            tasks.add_task(_post, urls[0])
        if how == "inline":
            _post(urls[-1])
        return _answer(how)

    @app.get("/health")
    def health():
        return {"ok": True}

    @app.websocket("/socket")
    async def talk(socket: WebSocket):
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    return app


@contextlib.contextmanager
def running(app):
    """Run an application on a real uvicorn; yield its URL."""
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
