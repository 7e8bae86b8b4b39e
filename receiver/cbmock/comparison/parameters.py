"""Changes of parameters: which are sent, and which values they may have.

It decides which values show a change. It must not know bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cbmock.comparison.alike import alike
from cbmock.comparison.change import Change, ChangeSeverity, place_of
from cbmock.contract.parameters.parameter import Parameter
from cbmock.description.operations import Operation
from cbmock.firing.parameter_samples import only_by
from cbmock.mock.examples import ABSENT
from cbmock.mock.mock import Mock


def parameter_changes(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    """Yield the changes of headers and other parameters."""
    one, other = old.contract_of(before), new.contract_of(after)
    had = {(each.location, each.name.lower()): each for each in one.parameters}
    has = {(each.location, each.name.lower()): each for each in other.parameters}
    for location, name in dict.fromkeys([*had, *has]):
        gone, come = had.get((location, name)), has.get((location, name))
        changed = partial(
            Change,
            operation=after,
            old=None if gone is None else place_of(gone.node),
            new=None if come is None else place_of(come.node),
            header=name if location == "header" else None,
        )
        found = _presence_change(gone, come)
        if found is not None:
            severity, kind, detail = found
            yield changed(severity=severity, kind=kind, detail=detail)
        if gone is not None and come is not None:
            yield from _value_changes(gone, come, changed)


def _presence_change(
    gone: Parameter | None, come: Parameter | None
) -> tuple[ChangeSeverity, str, str] | None:
    """Return severity, kind and sentence of whether a parameter is sent; None if as before."""
    if come is None:
        assert gone is not None
        severity: ChangeSeverity = "breaking" if gone.required else "risky"
        detail = f"the {_called(gone)} is no longer sent"
        return severity, "parameter-removed", detail
    where = _called(come)
    if gone is None:
        severity = "risky" if come.required else "safe"
        required = " and required" if come.required else ""
        return severity, "parameter-added", f"the {where} is sent{required}"
    if gone.required and not come.required:
        return "breaking", "parameter-optional", f"the {where} may be left out"
    if come.required and not gone.required:
        return "safe", "parameter-required", f"the {where} is always sent"
    return None


def _value_changes(
    gone: Parameter, come: Parameter, changed: Callable[..., Change]
) -> Iterator[Change]:
    """Yield a change for a value that only one version accepts, the sender's first."""
    if same_values(gone, come):
        return
    where = _called(come)
    more, less = only_by(come, gone), only_by(gone, come)
    if more is not ABSENT:
        yield changed(
            severity="breaking",
            kind="parameter-widened",
            detail=f"the {where} may have other values now",
            payload=more,
            valid_in="new",
        )
    if less is not ABSENT:
        yield changed(
            severity="safe",
            kind="parameter-narrowed",
            detail=f"the {where} has some values no more",
            payload=less,
            valid_in="old",
        )
    if more is ABSENT and less is ABSENT:
        detail = f"the {where} has another schema"
        yield changed(severity="risky", kind="parameter-schema", detail=detail)


def same_values(one: Parameter, other: Parameter) -> bool:
    """Return whether two parameters have the same values, written in the same way."""
    same_texts = _serialization(one) == _serialization(other)
    return same_texts and alike(_bundle(one), _bundle(other))


def _serialization(parameter: Parameter) -> Any:
    return parameter.style, parameter.explode, parameter.media_type


def _called(parameter: Parameter) -> str:
    return f"{parameter.location} parameter {parameter.name}"


def _bundle(parameter: Parameter) -> Any:
    return None if parameter.schema is None else parameter.schema.bundle.schema
