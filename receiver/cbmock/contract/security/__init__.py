"""Security Requirements: credentials, and what of them is shown."""
