"""What cbmock costs, measured beside its peers: `python benchmarks`, or `make bench`."""
