"""Parameters: texts from URL, headers and cookies, read as typed values."""
