"""The voices: one function an event class, in five families."""

from aacbench.datasets.soundscapes.voices.draw import Draw, Voice

__all__ = ["Draw", "Voice"]
