"""A request against an operation: what it carried, and what breaks the contract.

Nothing here answers, records or waits; nothing here knows which operation a request
belongs to.
"""
