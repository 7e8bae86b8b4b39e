"""Two versions of a document: what changes for those who receive."""
