"""Memory that a step frees is there for the next one: no page is asked of the system again."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

STEPS = """
import resource, sys, torch
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.runtime.allocator import keep_freed_memory
if "keep" in sys.argv:
    assert keep_freed_memory()
network, features, lengths = Cnn10(32, 0.125, 60), torch.randn(16, 188, 32), torch.full((16,), 188)
def step():
    encoded = network(features, lengths)
    (encoded.frames.sum() + encoded.clip.sum()).backward()
for _ in range(5):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(way: str) -> int:
    """Return the page faults of a network's sixth step."""
    done = subprocess.run([sys.executable, "-c", STEPS, way], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="no glibc")
def test_pages_are_asked_for_once() -> None:
    assert faults("keep") < 200 < 1000 < faults("plain")
