"""What is known of a framework before it is run: `about.toml` in its folder."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.support.outside_programs import chosen

HERE = Path(__file__).parent
OURS = HERE / "ours"
"""The document that tools that rewrite are given, and bodies that fit it."""


@dataclass(frozen=True, slots=True)
class Cure:
    """Why something is refused, and what to do: for each text that has one of `says`."""

    says: tuple[str, ...]
    text: str

    def explains(self, text: str) -> bool:
        """Return whether this is about a finding or violation, `code: detail`."""
        return any(each in text for each in self.says)


@dataclass(frozen=True, slots=True)
class About:
    """A framework or a rewriter, and its known contradictions.

    `how` is how callbacks and webhooks come into its document.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    how: str
    cures: tuple[Cure, ...]

    @property
    def rewrites(self) -> bool:
        """Return whether it rewrites documents, instead of writing its own."""
        return not self.how

    def cure(self, text: str) -> str:
        """Return why cbmock says this, and the cure; empty where nobody knows."""
        return next((each.text for each in self.cures if each.explains(text)), "")

    @property
    def files(self) -> Path:
        """Return the folder of its program."""
        return HERE / self.name

    @property
    def is_node(self) -> bool:
        """Return whether it is a program of Node's."""
        return (self.files / "package.json").exists()


def read(folder: Path) -> About:
    """Read what is known of the framework in a folder."""
    known = tomllib.loads((folder / "about.toml").read_text("utf-8"))
    return About(
        name=folder.name,
        title=known["title"],
        packages=tuple(known["packages"]),
        how=known.get("how", ""),
        cures=tuple(
            Cure(tuple(each["says"]), each["text"]) for each in known.get("cures", ())
        ),
    )


def every(names: list[str]) -> list[About]:
    """Return the frameworks of these names, by default all."""
    return [read(folder) for folder in chosen(HERE, names)]
