"""Seeds from names: one seed of the user's becomes as many independent streams as there are uses.

Importing this loads no torch; drawing does.
"""

from __future__ import annotations

import hashlib
import random

import numpy as np


def derive(*parts: object) -> int:
    """Return a 63-bit seed from any printable parts; equal parts give equal seeds on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def seed_everything(*parts: object) -> None:
    """Seed Python's, NumPy's and torch's global generators from `parts`."""
    import torch

    seed = derive(*parts)
    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)
    torch.manual_seed(seed)


def shuffled(count: int, *parts: object) -> list[int]:
    """Return the numbers below `count` in an order that depends on `parts` alone."""
    import torch

    generator = torch.Generator().manual_seed(derive(*parts))
    return torch.randperm(count, generator=generator).tolist()
