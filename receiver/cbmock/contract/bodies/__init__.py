"""Request bodies: one reader for each kind of media type."""
