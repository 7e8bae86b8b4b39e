"""Calls and operations as output for people and programs."""
