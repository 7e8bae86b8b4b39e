"""Handshakes: how senders ask whether a URL wants their events, and the answers."""
