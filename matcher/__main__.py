"""`python -m matcher` is the command `maillon`."""

from matcher.cli import main

main()
