"""Calls and operations as people and machines read them."""
