"""Recordings of the BBC's sound effects, which several datasets caption: `07033129`, `NHU05030045`, in either case."""

from __future__ import annotations


def bbc_recording(name: str) -> str:
    """Return what a recording is called as a clip's source, the same in all datasets."""
    return f"bbc {name.upper()}"
