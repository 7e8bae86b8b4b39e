"""The cost of cbmock, compared with its peers: `python benchmarks`, or `make bench`."""
