"""A request checked against an operation: its values, and its violations.

Nothing here answers, records or waits, or decides which operation a request belongs to.
"""
