"""The rows of the table: what is compared, and the target of each ratio.

It decides when a target is met. It must not know how a ratio is measured.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any, Literal

Bound = Literal["at least", "at most"]
Ratios = tuple[float, ...]


@dataclass(frozen=True)
class Target:
    """A row and its target ratio; without `ratio` it is for comparison only.

    `then` is the harder target that follows once `ratio` is met.
    """

    name: str
    what: str
    against: str
    bound: Bound = "at least"
    ratio: float | None = None
    then: float | None = None

    def chosen(self, names: tuple[str, ...]) -> bool:
        """Return whether one of the names is that of this row, or the beginning of it."""
        return not names or any(
            self.name == name or self.name.startswith(f"{name}-") for name in names
        )


@dataclass(frozen=True)
class Row:
    """A target with the ratio of each round, or the reason why there is none."""

    target: Target
    rounds: Ratios = ()
    why: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The median of the rounds."""
        return statistics.median(self.rounds) if self.rounds else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is no target or no figure."""
        return self._meets(self.target.ratio)

    @property
    def met_then(self) -> bool | None:
        """Whether the harder target is met; None if there is none or no figure."""
        return self._meets(self.target.then)

    def _meets(self, wanted: float | None) -> bool | None:
        if wanted is None or self.ratio is None:
            return None
        if self.target.bound == "at least":
            return self.ratio >= wanted
        return self.ratio <= wanted

    def record(self) -> dict[str, Any]:
        """Return the row as JSON."""
        target = self.target
        return {
            "name": target.name,
            "what": target.what,
            "against": target.against,
            "bound": target.bound if target.ratio is not None else None,
            "target": target.ratio,
            "then": target.then,
            "ratio": self.ratio,
            "rounds": list(self.rounds),
            "met": self.met,
            "met_then": self.met_then,
            "not_measured": self.why or None,
            "note": self.note or None,
        }


_SMALL = "small callback"
_LARGE = "10 KB delivery"
_BARE = "bare uvicorn"
_MEMORY = "the journal in memory"
_DISK = "connections × writes of the disk"

TARGETS = (
    Target("small", f"{_SMALL}, requests per second", _BARE, ratio=0.75),
    Target("small-limit", f"{_SMALL}, the smallest program", _BARE),
    Target("small-bytes", f"{_SMALL}, the smallest server of bytes", _BARE),
    Target("small-p99", f"{_SMALL}, p99", _BARE, "at most", 3),
    Target("small-longest", f"{_SMALL}, longest answer", _BARE, "at most", 3),
    Target("own", f"{_SMALL}, each at a URL of its own", _BARE, ratio=0.95),
    Target(
        "own-limit",
        f"{_SMALL}, each at a URL of its own, the smallest program",
        _BARE,
    ),
    Target("idle", f"{_SMALL}, 512 idle connections", "none", ratio=0.95),
    Target("signed", f"{_SMALL}, signed as Standard Webhooks", "unsigned", ratio=0.8),
    Target("signed-github", f"{_SMALL}, signed as GitHub's", "unsigned", ratio=0.8),
    Target("large", f"{_LARGE}, requests per second", _BARE, ratio=0.35, then=0.65),
    Target("large-limit", f"{_LARGE}, the smallest program", _BARE),
    Target("large-bytes", f"{_LARGE}, the smallest server of bytes", _BARE),
    Target("large-alone", f"{_LARGE}, its parts alone, without a socket", _BARE),
    Target("large-p99", f"{_LARGE}, p99", _BARE, "at most", 3),
    Target("large-longest", f"{_LARGE}, longest answer", _BARE, "at most", 3),
    *(
        each
        for name, size, ratio in (
            ("sizes-1k", "1 KB", 0.8),
            ("sizes-100k", "100 KB", 0.3),
            ("sizes-10m", "10 MB", 0.2),
        )
        for each in (
            Target(name, f"{size} delivery", _BARE, ratio=ratio),
            Target(f"{name}-limit", f"{size} delivery, the smallest program", _BARE),
        )
    ),
    Target(
        "many",
        f"{_LARGE}, each to another of 200 operations at one URL",
        "to one alone",
        ratio=0.9,
    ),
    Target(
        "many-limit",
        "one of 200 operations at one URL, the smallest program",
        "to one alone",
    ),
    Target("prism-small", _SMALL, "Prism, silent", ratio=5),
    Target("prism-large", _LARGE, "Prism, silent", ratio=3.5),
    Target("wiremock-small", _SMALL, "WireMock, JSON schema", ratio=3.5),
    Target("wiremock-large", _LARGE, "WireMock, JSON schema", ratio=3),
    Target("fastify-small", _SMALL, "fastify + ajv, no journal", ratio=0.65, then=1.05),
    Target(
        "fastify-small-limit",
        f"{_SMALL}, the smallest program",
        "fastify + ajv, no journal",
    ),
    Target("fastify-large", _LARGE, "fastify + ajv, no journal", ratio=0.9),
    Target("broken", "an invalid 10 KB delivery, explained", "valid", "at most", 10, 3),
    Target(
        "broken-limit",
        "an invalid 10 KB delivery, explained by the smallest program",
        "valid",
    ),
    Target(
        "beside", f"{_LARGE}, p99 beside 10 % invalid ones", "all valid", "at most", 1.5
    ),
    Target("memory", f"memory, {_LARGE}", "raw bytes of its calls", "at most", 0.3),
    Target(
        "memory-small", f"memory, {_SMALL}", "raw bytes of its calls", "at most", 1.5
    ),
    Target(
        "memory-small-limit",
        f"memory, {_SMALL}, the smallest program",
        "raw bytes of its calls",
    ),
    Target(
        "bound", "memory beyond the journal's limit", "at the limit", "at most", 1.1
    ),
    Target("sqlite-small", f"{_SMALL}, SQLite, durable", _MEMORY, ratio=0.6),
    Target("sqlite-large", f"{_LARGE}, SQLite, durable", _MEMORY, ratio=0.5),
    Target("postgresql-small", f"{_SMALL}, PostgreSQL, durable", _MEMORY, ratio=0.35),
    Target("postgresql-large", f"{_LARGE}, PostgreSQL, durable", _MEMORY, ratio=0.3),
    *(
        Target(
            f"{engine.lower()}-{disk}{name}",
            f"{what}, {engine}{how}",
            _DISK,
            ratio=least,
        )
        for engine in ("SQLite", "PostgreSQL")
        for disk, how in (
            ("disk", ", durable"),
            ("slow", ", durable, syncs 4 ms longer"),
        )
        for name, what, least in (
            ("", _SMALL, 0.7),
            ("-limit", "the smallest program", None),
        )
    ),
    Target("sqlite-million", f"{_SMALL}, a million calls in SQLite", "none", ratio=0.9),
    Target(
        "wait-shared",
        "p99 of a wait in another process, SQLite: how much later",
        "20 ms",
        "at most",
        1,
    ),
    Target("operations", "10,000 operations, requests per second", "1", ratio=0.9),
    Target("journal", "a full journal, requests per second", "empty", ratio=0.9),
    Target("wait", "a full journal, wait for a new call", "empty", "at most", 1.1),
    Target(
        "wait-kept", "a full journal, wait for a kept call", "empty", "at most", 1.1
    ),
    Target("page-ready", "the live page is ready", "300 ms", "at most", 1),
    Target("page-limit", "a page of one sentence, in the same browser", "300 ms"),
    Target(
        "page-frames",
        "the live page, frames while 500 calls/s arrive",
        "60/s",
        ratio=0.97,
    ),
    Target(
        "page-open",
        f"{_SMALL}, the live page open: calls in a second of the server's time",
        "not open",
        ratio=0.98,
    ),
    Target(
        "page-beside",
        f"{_SMALL}, the live page open in a browser on the core of the load",
        "no page open",
    ),
    Target(
        "start", "start, small document", "uvicorn hello world", "at most", 2, then=1.1
    ),
    Target("start-limit", "start, the smallest program", "uvicorn hello world"),
    Target(
        "start-large",
        "start, 12 MB of JSON",
        "json.load, then uvicorn",
        "at most",
        1.5,
        then=0.8,
    ),
    Target(
        "start-large-limit",
        "start, the smallest program that reads 12 MB",
        "json.load, then uvicorn",
    ),
    Target("start-yaml", "start, the same as YAML", "CSafeLoader alone", "at most", 1),
    Target("lint", "`cbmock lint`, 12 MB of JSON", "json.load alone", "at most", 6),
    Target(
        "fixture", "pytest: a test's fixture", "pytest-httpserver", "at most", 1, 0.6
    ),
    Target(
        "fixture-beside",
        "pytest: a test's fixture, beside the same test without one",
        "pytest-httpserver",
    ),
    Target("fixture-limit", "pytest: the smallest fixture", "pytest-httpserver"),
    Target(
        "plugin", "pytest: plugin unused", "pytest-httpserver", "at most", 0.1, 0.05
    ),
    Target(
        "fire-late", "`fire --rate 5000`, signed: p99 of lateness", "5 ms", "at most", 1
    ),
    Target("bugs", "`cbmock test`: every planted bug found", "10 s", "at most", 1),
    Target(
        "cases", "`cbmock test`: cases per second, in process", "schemathesis", ratio=5
    ),
    Target(
        "cases-http", "`cbmock test`: cases per second, HTTP", "schemathesis", ratio=3
    ),
    *(
        Target(
            f"part-{part}{name}",
            f"16,000 characters of a {part}{kind}, cost of each",
            "160 characters",
            "at most",
            2,
        )
        for part in ("query", "cookie", "header", "path", "body")
        for name, kind in (("", ""), ("-bad", " that is wrong"))
    ),
)
