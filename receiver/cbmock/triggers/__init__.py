"""What made a callback due, and whether it came."""
