"""Schemas of a few lines by which one part of a value is checked in 2**40 ways."""

import sys

REFERENCE = "#/components/schemas/"


def ref(name):
    return {"$ref": f"{REFERENCE}{name}"}


def both(keyword, **more):
    """Apply a schema twice to the same value."""
    return lambda below: {keyword: [below, {**below, "title": "again"}], **more}


KINDS = {
    "anyOf": both("anyOf"),
    "allOf": both("allOf"),
    "oneOf": lambda below: {"oneOf": [below, {"allOf": [below, {"const": 7}]}]},
    "not": lambda below: {"not": {"not": {"allOf": [below, below]}}},
    "if": lambda below: {"if": below, "then": below, "else": below},
    "discriminator": both("oneOf", discriminator={"propertyName": "a"}),
    "dependentSchemas": lambda below: {
        "properties": {"a": below},
        "dependentSchemas": {"a": {"properties": {"a": below}}},
    },
    "properties of parts": lambda below: {
        "allOf": [{"properties": {"a": below}}, {"properties": {"a": below}}]
    },
    "properties of alternatives": lambda below: {
        "anyOf": [{"properties": {"a": below}}, {"properties": {"a": below}}]
    },
    "patterns": lambda below: {
        "properties": {"a": below},
        "patternProperties": {"^a": below},
    },
    "further properties": lambda below: {
        "allOf": [{"additionalProperties": below}, {"additionalProperties": below}]
    },
    "a named and a further one": lambda below: {
        "allOf": [{"properties": {"a": below}}, {"additionalProperties": below}]
    },
    "items": lambda below: {"items": below, "contains": below},
    "positions": lambda below: {
        "allOf": [{"prefixItems": [below]}, {"prefixItems": [below]}]
    },
    "a schema inside": lambda below: {
        "allOf": [{"items": {"properties": {"a": below}}}] * 2
    },
}


def chain(kind, length=40):
    """Return schemas `N0`, `N1` …, each of which applies the one before it twice."""
    schemas = {"N0": {"type": "integer"}}
    for index in range(length):
        schemas[f"N{index + 1}"] = KINDS[kind](ref(f"N{index}"))
    return schemas


class TooMuchWork(Exception):
    """More Python functions were called than the test allows."""


def calls_made(do, most=3_000_000):
    """Return how many Python functions a call needs; it is ended beyond `most`."""
    made = 0

    def count(_frame, event, _argument):
        nonlocal made
        made += event == "call"
        if made > most:
            sys.setprofile(None)
            raise TooMuchWork

    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(None)
    return made
