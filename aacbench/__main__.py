"""`python -m aacbench`."""

import os
import sys

# `python -m` puts the working folder first on the path, where a user's own `random.py` would stand for Python's.
if not sys.flags.safe_path and sys.path[0] == os.getcwd() and not os.path.isdir("aacbench"):
    del sys.path[0]

from aacbench.cli import main  # only now: what it imports is Python's own

main()
