"""Security Requirements: how credentials are checked, and hidden where they are shown."""
