"""Attempts grouped into deliveries, and the conduct that is required of a sender."""
