"""The default address of a mock, for serving and for finding it."""

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4020
DEFAULT_URL = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
