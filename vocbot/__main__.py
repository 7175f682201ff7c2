"""`python -m vocbot`."""

from vocbot.cli import main

main()
