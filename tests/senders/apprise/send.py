"""Apprise notifies a json:// URL; a retry is what it is told to make."""

import apprise
import events

target = events.URL.replace("http://", "json://") + "?retry=3&wait=1"


def send(event):
    notifier = apprise.Apprise()
    notifier.add(target)
    notifier.notify(title=event, body=f"The phase is {event}.")


events.each(send)
