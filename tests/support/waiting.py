"""Waiting for what another thread or process does."""

import time


def until(condition, patience=30):
    """Wait until a condition holds; fail if it does not within `patience` seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience
        time.sleep(0.02)
