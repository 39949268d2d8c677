"""Seeds from names: one seed of the user's becomes as many independent streams as there are uses."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch


def derive(*parts: object) -> int:
    """Return a 63-bit seed from any printable parts; equal parts give equal seeds on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def seed_everything(*parts: object) -> None:
    """Seed Python's, NumPy's and torch's global generators from `parts`."""
    seed = derive(*parts)
    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)
    torch.manual_seed(seed)


def shuffled(count: int, *parts: object) -> list[int]:
    """Return the numbers below `count` in an order that depends on `parts` alone."""
    generator = torch.Generator().manual_seed(derive(*parts))
    return torch.randperm(count, generator=generator).tolist()
