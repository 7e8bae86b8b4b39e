"""Combinations: flat sets of keywords; a value of a schema satisfies one of them.

It decides how `$ref`, `allOf` and one branch of each alternative are merged, and when a
search has taken enough steps. It must not know how values are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from cbmock.mock.generation.alternatives import alternatives, is_late
from cbmock.mock.generation.dead_ends import DeadEnds
from cbmock.mock.generation.members import no_value
from cbmock.mock.generation.merged_schema import Contradiction, Keywords, merge
from cbmock.mock.generation.schema_parts import Definitions, reference

_ROUNDS = 2
"""How often a reference may lead back to itself inside one value."""


class ExhaustedError(Exception):
    """The search took too many steps for an answer."""


class Combinations:
    """The flat sets of keywords for the schemas of one search.

    `steps` counts what was tried, `given_up` the references that were not followed again.
    `reason` is the first one for which there is no value. With `checked`, there are also
    combinations that violate the schemas which must not match.
    """

    def __init__(
        self,
        definitions: Definitions,
        *,
        checked: bool,
        most_steps: int,
        has_example: Callable[[Keywords], bool],
    ) -> None:
        """Begin without any step; a set that `has_example` is always worth a try."""
        self.definitions = definitions
        self.dead_ends = DeadEnds()
        self.steps = 0
        self.given_up = 0
        self.reason: str | None = None
        self._checked = checked
        self._most_steps = most_steps
        self._has_example = has_example

    def step(self) -> None:
        """Count a step; raises `ExhaustedError` after too many."""
        self.steps += 1
        if self.steps > self._most_steps:
            raise ExhaustedError

    def flat(self, schema: Any, refs: Counter[str]) -> Iterator[Keywords]:
        """Merge `$ref`, `allOf` and one branch of each alternative.

        `refs` counts the references that led here; each set has its own under `$refs`.
        """
        self.step()
        if not isinstance(schema, dict):
            if schema is not False:
                yield {"$refs": refs}
            return
        name = reference(schema)
        if name:
            if refs[name] >= _ROUNDS:
                self.given_up += 1
                return
            refs = refs + Counter([name])
        own = {key: each for key, each in schema.items() if key not in _MERGED}
        own |= {"$places": [schema], "$refs": refs}
        if "pattern" in own:
            own["pattern"] = [own["pattern"]]
        if "contains" in own:
            count = int(own.get("minContains", 1))
            own["$contains"] = [(own.pop("contains"), count)]
        parts = [self.definitions[name]] if name else []
        parts += schema.get("allOf", ())
        choices = alternatives(schema, self.definitions, with_violating=self._checked)
        yield from self.combined(own, parts, choices, refs)

    def combined(
        self,
        merged: Keywords,
        parts: list[Any],
        choices: list[list[Any]],
        refs: Counter[str],
    ) -> Iterator[Keywords]:
        """Merge keywords with each of `parts` and a branch of each of `choices`.

        `refs` counts the references that led to all of them: one schema may be referred to
        several times side by side. A combination that contradicts itself is left out at once.
        """
        if parts:
            first, *others = parts
            for joined in self._joined(merged, self.flat(first, refs)):
                yield from self.combined(joined, others, choices, refs)
        elif choices:
            first, *rest = choices
            # Null and recursive branches come last.
            for branch in sorted(first, key=lambda each: is_late(each, refs)):
                for joined in self._joined(merged, self.flat(branch, refs)):
                    yield from self.combined(joined, [], rest, refs)
        else:
            yield merged

    def _joined(
        self, merged: Keywords, parts: Iterator[Keywords]
    ) -> Iterator[Keywords]:
        for keywords in parts:
            self.step()
            try:
                joined = merge([merged, keywords])
            except Contradiction as contradiction:
                self.reason = self.reason or str(contradiction)
            else:
                if not self._is_impossible(joined):
                    yield joined

    def _is_impossible(self, keywords: Keywords) -> bool:
        """Return whether a required member of an object is known to have no value."""
        if "object" not in keywords.get("type", ()):
            return False
        properties = keywords.get("properties", {})
        for name in keywords.get("required", ()) if properties else ():
            if name in properties and self.has_failed(name, properties[name], keywords):
                return not self._has_example(keywords)
        return False

    def has_failed(self, name: str, schema: Any, keywords: Keywords) -> bool:
        """Return whether a required member is known to have no value; note the reason."""
        failure = self.dead_ends.find(schema, keywords["$refs"])
        if failure is None:
            return False
        self.given_up += bool(failure.refs)
        self.reason = self.reason or no_value(name, schema, failure.reason)
        return True


_MERGED = frozenset(
    {
        *("$defs", "$ref", "$violates", "allOf", "anyOf", "else", "if", "oneOf"),
        "then",
    }
)
