"""Whether the engine that decides and the one that explains say the same of a value."""

from cbmock.contract.explain.explanation import explain


def endless(schema):
    """Tell whether a schema may be a condition of itself: there the one that decides stands."""
    written = schema.description.root.value["components"]["schemas"]
    return "#/components/schemas/S" in str(written) or (
        "#/components/schemas/T" in str(written.get("T"))
    )


def agree(schema, value):
    decided = schema.is_valid(value)
    walked = next(schema._walked(value), None) is None
    assert decided is walked or endless(schema)
    # A lenient reader may mind what is valid as written; nobody asks it then.
    unasked = decided and (endless(schema) or schema.lenient is not None)
    assert bool(explain(schema, value)) is not decided or unasked
