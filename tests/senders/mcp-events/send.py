"""A server of the Model Context Protocol, which sends events to a subscription's URL."""

import base64
import tempfile
import threading
import time

import events
from mcp.server import MCPServer
from mcp_webhook_events import EventDefinition, McpEvents, SafeHttp

TICKET = {
    "type": "object",
    "properties": {"ticket_id": {"type": "string"}, "summary": {"type": "string"}},
    "required": ["ticket_id", "summary"],
}
SCALE = 60
began = time.time()
updated = EventDefinition(
    name="ticket.updated",
    description="A ticket was updated.",
    input_schema={"type": "object"},
    payload_schema=TICKET,
)
server = McpEvents(
    MCPServer("trial"),
    store=f"{tempfile.mkdtemp(prefix='mcp-')}/events.sqlite3",
    definitions=[updated],
    http=SafeHttp(allow_insecure_for_tests=True),
    clock=lambda: began + (time.time() - began) * SCALE,
)
secret = f"whsec_{base64.b64encode(b'a-secret-of-the-trial-24').decode()}"
delivery = {"mode": "webhook", "url": events.URL, "secret": secret}


def subscribe():
    server.subscribe("anonymous", {"name": "ticket.updated", "delivery": delivery})


def deliver():
    while True:
        server.deliver_pending()
        time.sleep(0.05)


def send(event):
    subscribe()  # a receiver that answers 410 has ended the last one
    server.publish("ticket.updated", {"ticket_id": "T-1", "summary": event})


subscribe()
threading.Thread(target=deliver, daemon=True).start()
events.each(send)
