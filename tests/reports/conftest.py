"""The fixture of the browser."""

from tests.support.live_page import browser

__all__ = ["browser"]
