"""What is known of a sender before it is run: `about.toml` in its folder."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.outside_programs import chosen

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples" / "senders"

PHASES = {
    "success": (),
    "503": ({"status": 503, "retry_after": 2, "times": 3},),
    "410": ({"status": 410, "times": 1},),
    "302": ({"status": 302, "times": 1},),
    "307": ({"status": 307, "times": 1},),
    "reset": ({"fault": "reset", "times": 1},),
    "silence": ({"fault": "silence", "delay": 12, "times": 1},),
}
"""What the mock answers to the first attempts at an event; then as documented.

A redirect leads to the same URL. A silent connection is dropped after twelve seconds.
"""


@dataclass(frozen=True, slots=True)
class About:
    """A sender, and how it is made to send.

    `url` is what it is given below the mock's URL. `wait` is how many seconds without
    another call end a phase, `waits` the same for single phases. `blocks` says that its
    program goes on only once the sender has done with an event, `scale` by how much its
    clock is faster than ours.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    how: str
    operation: str
    url: str
    wait: float = 5.0
    waits: dict[str, float] = field(default_factory=dict, hash=False)
    blocks: bool = False
    scale: float = 1.0

    @property
    def files(self) -> Path:
        """Return the folder of its program."""
        return HERE / self.name

    @property
    def document(self) -> Path:
        """Return the document of its payloads."""
        return SAMPLES / f"{self.name}.openapi.json"

    @property
    def settings(self) -> Path:
        """Return the configuration with its identity, conduct and signature."""
        return SAMPLES / f"{self.name}.toml"

    @property
    def seen(self) -> Path:
        """Return the file with what it did when it was last tried."""
        return self.files / "seen.json"

    def waited(self, phase: str) -> float:
        """Return how many seconds without another call end a phase."""
        return self.waits.get(phase, self.wait)


def read(folder: Path) -> About:
    """Read what is known of the sender in a folder."""
    known = tomllib.loads((folder / "about.toml").read_text("utf-8"))
    packages = tuple(known.pop("packages"))
    return About(name=folder.name, packages=packages, **known)


def every(names: list[str]) -> list[About]:
    """Return the senders of these names, by default all."""
    return [read(folder) for folder in chosen(HERE, names)]
