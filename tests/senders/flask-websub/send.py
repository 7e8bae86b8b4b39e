"""A WebSub hub: it asks whether the subscription is wanted, then distributes content."""

import base64
import tempfile

import events
from celery import Celery
from celery.contrib.testing.worker import start_worker
from flask_websub.hub import Hub, SQLite3HubStorage

TOPIC = "http://publisher.example/feed"
app = Celery("hub", broker="memory://", backend="cache+memory://")
storage = SQLite3HubStorage(f"{tempfile.mkdtemp(prefix='websub-')}/hub.sqlite")
hub = Hub(storage, app, BACKOFF_BASE=4.0)
LINKS = f'<{TOPIC}>; rel="self", <http://hub.example/>; rel="hub"'


def subscribe():
    hub.subscribe(events.URL, TOPIC, 864000, "a-secret-of-the-trial", None)


def send(event):
    if not list(storage.get_callbacks(TOPIC)):
        subscribe()  # a receiver that answered 410 has ended the last one
    content = base64.b64encode(f"<entry>{event}</entry>".encode()).decode()
    headers = {"Content-Type": "application/xml", "Link": LINKS}
    hub.send_change_notification(TOPIC, {"headers": headers, "content": content})


with start_worker(app, perform_ping_check=False, pool="threads", concurrency=4):
    subscribe()
    events.each(send)
