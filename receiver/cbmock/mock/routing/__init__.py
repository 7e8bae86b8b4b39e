"""Which operation a request is for."""
