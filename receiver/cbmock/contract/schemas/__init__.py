"""Schema Objects: whether a value is valid."""
