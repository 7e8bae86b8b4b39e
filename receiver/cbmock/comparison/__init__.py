"""Two versions of a document: what changes for receivers."""
