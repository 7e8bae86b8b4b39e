"""A FastAPI application that sends a callback, or breaks its promise as it is told."""

import contextlib
import threading

import httpx2
import uvicorn
from fastapi import BackgroundTasks, FastAPI, Response
from starlette.responses import StreamingResponse

from receiver.server.run import bind

EVENT = {"description": "Payment celebration", "paid": True}
DOCUMENT_PATHS = ("/invoices/", "/subscriptions", "/refused")


def _post(url, body=EVENT, times=1):
    with httpx2.Client(timeout=5) as client:
        for _ in range(times):
            client.post(url, json=body)


def sender(how="background"):
    """Return an application; `how` is the way in which it calls back."""
    app = FastAPI()
    app.state.urls = []

    # A plain function runs in a thread, so that a call does not block the event loop.
    @app.post("/invoices/")
    def create_invoice(callback_url: str, invoice: dict, tasks: BackgroundTasks):
        url = f"{callback_url}/invoices/{invoice['id']}"
        app.state.urls.append(url)
        if how == "inline":
            _post(url)
        elif how == "background":
            tasks.add_task(_post, url)
        elif how == "wrong":
            tasks.add_task(_post, f"{callback_url}/invoices/x{invoice['id']}")
        elif how == "misspelt":
            tasks.add_task(_post, f"{callback_url}/invoice/{invoice['id']}")
        elif how == "twice":
            tasks.add_task(_post, url, times=2)
        elif how == "stale":
            tasks.add_task(_post, app.state.urls[0])
        elif how == "late":
            threading.Timer(0.3, _post, [url]).start()
        elif how == "extra":
            tasks.add_task(_post, url)
            tasks.add_task(_post, f"{callback_url}/invoices/other")
        elif how == "refuse":
            return Response(status_code=409)
        elif how == "crash":
            message = "the sender has a fault"
            raise RuntimeError(message)
        elif how == "stream":
            return StreamingResponse(iter([b'{"a"', b": 1}"]))
        return {"id": 5}

    @app.get("/health")
    def health():
        return {"ok": True}

    @app.websocket("/socket")
    async def socket(socket):
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
