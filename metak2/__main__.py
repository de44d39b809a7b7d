"""`python -m metak2` is the `metak2` command."""

from metak2.cli import main

main()
