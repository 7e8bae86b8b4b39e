"""Senders that note what was answered."""

import contextlib
import json
import random
import threading

import httpx2


def send_until_it_ends(base, name, answered, over=None):
    """Send different bodies over one connection, and note those that were answered."""
    chance = random.Random(name)
    over = over or threading.Event()
    with (
        contextlib.suppress(httpx2.HTTPError),
        httpx2.Client(trust_env=False, base_url=base) as client,
    ):
        for number in range(100_000):
            if over.is_set():
                return
            target = f"/events/invoices/{name}-{number}"
            text = "\u2603" * chance.choice([0, 1, 50, 5000]) + str(chance.random())
            body = json.dumps({"description": text, "paid": True}).encode()
            headers = {"content-type": "application/json", "x-id": f"{name}-{number}"}
            if client.post(target, content=body, headers=headers).status_code == 200:
                answered[target] = body
