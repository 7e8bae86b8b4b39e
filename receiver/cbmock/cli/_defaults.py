"""Where a mock listens, and where commands look for one, if nobody says otherwise."""

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4020
DEFAULT_URL = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
