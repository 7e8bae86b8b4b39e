"""An OpenAPI document read into operations.

Nothing here opens files or sockets: what other documents say comes in through the
`retrieve` argument. Nothing here knows requests that arrive.
"""
