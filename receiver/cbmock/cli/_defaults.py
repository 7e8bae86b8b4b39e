"""The default address of a mock, for serving and for finding it."""

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4020


def mock_url(host: str, port: int | str) -> str:
    """Return the URL of a mock that listens there; all addresses are asked at our own."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - connected to, not bound
        host = DEFAULT_HOST
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


DEFAULT_URL = mock_url(DEFAULT_HOST, DEFAULT_PORT)
