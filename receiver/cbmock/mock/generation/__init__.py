"""Values for documented schemas, and their text on the wire."""
