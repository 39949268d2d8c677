"""What an annotator says who hears what kind of sound it is, and not which: words for parents in the tree."""

from __future__ import annotations

from aacbench.datasets.soundscapes.second.words.classes import words
from aacbench.datasets.soundscapes.words import Clause, Nominal, Words

C, N = Clause, Nominal
_PITCH = {"high": "high-pitched", "low": "deep"}

PARENTS: dict[str, Words] = {
    "human voice": words(
        (C(3, "a", "voice", "sounds", "sounding"), C(2, "a", "human voice", "calls", "calling")),
        (N(2, "human voice", "human voices"), N(1, "voice", "voices")),
        "voice voices",
        **_PITCH,
    ),
    "animal": words(
        (C(4, "an", "animal", "calls", "calling"), C(2, "an", "animal", "makes", "making", "a noise")),
        (N(1, "animal call", "animal calls", "an"), N(1, "animal noise", "animal noises", "an")),
        "animal",
        **_PITCH,
    ),
    "music": words(
        (C(4, "an", "instrument", "is played", "being played"), C(2, "a", "musical tone", "sounds", "sounding")),
        (N(1, "musical tone", "musical tones"), N(1, "tone of an instrument", "tones of an instrument")),
        "instrument musical",
        **_PITCH,
    ),
    "vehicle": words(
        (C(4, "a", "vehicle", "rumbles", "rumbling"), C(2, "a", "vehicle", "makes", "making", "a noise")),
        (N(1, "vehicle noise", "vehicle noises"), N(1, "noise of a vehicle", "noises of a vehicle")),
        "vehicle",
        **_PITCH,
    ),
    "alarm": words(
        (C(4, "a", "signal", "sounds", "sounding"), C(1, "a", "warning signal", "sounds", "sounding")),
        (N(1, "signal tone", "signal tones"),),
        "signal warning",
        **_PITCH,
    ),
    "tool": words(
        (C(4, "a", "tool", "is used", "being used"), C(2, "a", "worker", "uses", "using", "a tool")),
        (N(1, "noise of a tool", "noises of a tool"), N(1, "tool noise", "tool noises")),
        "tool worker",
        **_PITCH,
    ),
    "explosion": words(
        (C(4, "an", "explosion", "booms", "booming"), C(1, "a", "blast", "booms", "booming")),
        (N(1, "explosion", "explosions", "an"), N(1, "booming explosion", "booming explosions")),
        "explosion explosions booms booming",
        **_PITCH,
    ),
    "household": words(
        (C(3, "an", "object", "makes", "making", "a noise"), C(2, "an", "object", "is handled", "being handled")),
        (N(1, "noise of an object", "noises of an object"),),
        "object",
        **_PITCH,
    ),
    "water": words(
        (C(3, "a", "liquid", "splashes", "splashing"), C(2, "a", "liquid", "moves", "moving")),
        (N(1, "splash", "splashes"), N(1, "splash of liquid", "splashes of liquid")),
        "liquid splashes splashing splash",
        **_PITCH,
    ),
}
