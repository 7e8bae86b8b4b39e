"""Findings: what is wrong in a document's callbacks and webhooks.

A finding never stops a document that can still be served. Nothing here knows requests.
"""
