"""``python -m partwise`` is the program."""

from partwise.cli import main

main()
