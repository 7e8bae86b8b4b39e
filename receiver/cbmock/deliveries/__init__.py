"""Attempts folded into deliveries, and how a sender conducts them."""
