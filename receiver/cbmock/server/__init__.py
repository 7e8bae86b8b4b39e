"""The server around the mock: ASGI, sockets, clocks and threads."""
