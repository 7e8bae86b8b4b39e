"""What `cbmock serve` does besides answering: its lines, settings, proxy and reloads."""
