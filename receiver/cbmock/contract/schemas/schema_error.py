"""What is wrong with a value, in the same form for both engines.

It must not know engines or the sentences that people read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ValuePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchemaError:
    """One keyword of a schema that a value does not satisfy.

    `path` leads from the whole value to the part that is wrong, `schema_path` through the
    bundled schema without its `$ref`s. `schema` is the bundled schema that holds
    `keyword`; it is `False` where nothing is allowed. `value` is the part itself, or the
    property name where `is_name`. `names` are the missing properties, or those that are
    not allowed. Of alternatives, `matching` are those that the value satisfies, counted
    from 0, and `branches` what is wrong with each of the others. `message` is the
    engine's own sentence.
    """

    path: ValuePath
    schema_path: ValuePath
    schema: Any
    keyword: str | None
    value: Any
    message: str = ""
    names: tuple[str, ...] = ()
    is_name: bool = False
    matching: tuple[int, ...] = ()
    branches: Mapping[int, tuple[SchemaError, ...]] = field(default_factory=dict)

    @property
    def expected(self) -> Any:
        """The value of the keyword; None for a `false` schema."""
        is_object = isinstance(self.schema, dict) and self.keyword is not None
        return self.schema.get(self.keyword) if is_object else None
