"""Fuzz cbmock: `python fuzz --requests 1000000 --documents 10000`.

It decides what is run, and prints the results; any failure ends it with exit code 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

if not __package__:  # `python fuzz` puts this folder first, not the one above
    sys.path[0] = str(Path(__file__).resolve().parent.parent)


def main() -> None:
    """Read the options, run, and print the figures."""
    if sys.argv[1:2] == ["--guided"]:
        _guided(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(
        prog="python fuzz", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--runs", type=int, default=20_000, help="inputs of each reader"
    )
    parser.add_argument("--requests", type=int, default=1_000_000, help="over a socket")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="of the random generator"
    )
    asked = parser.parse_args()
    from fuzz import described, finding, stream  # noqa: PLC0415 - atheris comes first
    from fuzz.targets import TARGETS  # noqa: PLC0415 - (as above)

    print(f"seed {asked.seed}, {'atheris' if finding.has_atheris() else 'hypothesis'}")
    try:
        for name in TARGETS if asked.runs else ():
            began = time.monotonic()
            finding.find(name, asked.runs, asked.seed)
            _tell(f"{name}: {asked.runs} runs", began)
        for count, fuzz in (
            (asked.documents, described.fuzz),
            (asked.requests, stream.fuzz),
        ):
            if count:
                began = time.monotonic()
                _tell(fuzz(count, asked.seed).summary, began)
    except finding.Harmed as harm:
        sys.exit(f"FAILED {harm}")


def _guided(name: str, options: list[str]) -> None:
    import atheris  # noqa: PLC0415 - it is not everywhere

    with atheris.instrument_imports(include=["cbmock"]):
        from fuzz.targets import TARGETS  # noqa: PLC0415 - as it is instrumented

    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


def _tell(text: str, began: float) -> None:
    print(f"{text}, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
