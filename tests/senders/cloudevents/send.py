"""The SDK binds an event to HTTP; requests sends what it made."""

import events
import requests
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent


def send(event):
    attributes = {
        "type": "org.example.phase",
        "source": "/trial",
        "datacontenttype": "application/json",
    }
    made = CloudEvent(attributes, {"phase": event})
    message = (to_structured_event if event == "410" else to_binary_event)(made)
    requests.post(events.URL, data=message.body, headers=message.headers, timeout=10)


events.each(send)
