"""The fixtures of databases, and of the live page."""

from tests.support.databases import cluster, url
from tests.support.live_page import (
    browser,
    invoices,
    open_page,
    open_shop,
    page,
    receiver,
    shop,
    shops,
)

__all__ = [
    "browser",
    "cluster",
    "invoices",
    "open_page",
    "open_shop",
    "page",
    "receiver",
    "shop",
    "shops",
    "url",
]
