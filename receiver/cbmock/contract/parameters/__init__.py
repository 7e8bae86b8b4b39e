"""Parameters: texts from URL, headers and cookies as the values that schemas type."""
