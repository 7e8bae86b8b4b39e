"""The fixtures of databases."""

from tests.support.databases import cluster, url

__all__ = ["cluster", "url"]
