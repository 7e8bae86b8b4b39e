"""Positions in YAML: the line and column of a JSON Pointer, found by composing the text.

It must not know OpenAPI.
"""

from __future__ import annotations

from functools import lru_cache

import yaml

from cbmock.description.json_pointer import Tokens


@lru_cache(maxsize=8)
def _composed(text: str) -> yaml.Node | None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: yaml.Node | None = yaml.compose(text, Loader=loader)
    return found


def position(text: str, tokens: Tokens) -> tuple[int, int] | None:
    """Return the line and column of what stands at `tokens`; None where it is no YAML."""
    try:
        node = _composed(text)
    except yaml.YAMLError:
        return None
    if node is None:
        return None
    mark = node.start_mark
    for token in tokens:
        found = _child(node, token)
        if found is None:
            break
        named, node = found
        mark = named.start_mark
    return mark.line + 1, mark.column + 1


def _child(node: yaml.Node, token: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the node to show and the node to go on from."""
    if isinstance(node, yaml.SequenceNode):
        if token.isdecimal() and int(token) < len(node.value):
            item = node.value[int(token)]
            return item, item
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    merged = None
    for key, value in reversed(node.value):
        if key.value == token:
            return key, value
        if key.value == "<<" and merged is None:
            parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
            merged = next(filter(None, (_child(part, token) for part in parts)), None)
    return merged
