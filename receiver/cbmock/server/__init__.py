"""The shell around the mock: ASGI, sockets, clocks and threads."""
