"""Averages two exports of the SPICE parser, taken at two ends of its annealing, into one.

    python scripts/average_spice_parser.py FIRST.safetensors SECOND.safetensors OUTPUT.safetensors

The shipped weights are the mean of the exports after 88 and after 102 minutes of training.
"""

from __future__ import annotations

import sys

import numpy as np
from safetensors.numpy import load_file, save_file


def main(first: str, second: str, output: str) -> None:
    """Write the mean of two files with the same tensors; the mean is taken in single precision."""
    one, two = load_file(first), load_file(second)
    if one.keys() != two.keys():
        sys.exit("the two files hold different tensors; average exports of one network")
    means = {name: (one[name].astype(np.float32) + two[name].astype(np.float32)) / 2 for name in one}
    save_file({name: mean.astype(one[name].dtype) for name, mean in means.items()}, output)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
