"""soundscapes: a procedural audio-caption dataset that needs no download.

Each clip is an acoustic scene with one to three synthesised sound events, and five references from a grammar:
six scenes and two dozen events in version 1.0; eleven and sixty, with pools for pretraining, in 2.0 (`second`).
Clips, captions, tags, scenes and event times follow from (version, seed, split, index) alone, bit for bit on
every platform: see `randomness` and `synthesis` for the arithmetic that is allowed.
"""

from aacbench.datasets.soundscapes.dataset import Soundscapes, from_options
from aacbench.datasets.soundscapes.diagnostics import Diagnostics, diagnose
from aacbench.datasets.soundscapes.settings import VERSION, SoundscapesSettings

__all__ = ["VERSION", "Diagnostics", "Soundscapes", "SoundscapesSettings", "diagnose", "from_options"]
