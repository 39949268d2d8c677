"""`python -m aacbench`."""

from aacbench.cli import main

main()
