"""`python -m cbmock` is `cbmock`."""

from cbmock.cli import main

main(prog_name="cbmock")
