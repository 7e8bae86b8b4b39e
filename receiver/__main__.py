"""`python -m receiver` is `cbmock`."""

from receiver.cli import main

main(prog_name="cbmock")
