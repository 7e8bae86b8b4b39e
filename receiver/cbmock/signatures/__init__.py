"""Ways of signing a delivery: schemes as data, one way to sign and one way to check."""
