"""The words for properties and scenes, as (weight, phrase): the usual phrase first.

Global topics are where (an exact place, or only "outdoors"), what goes on behind (ambience), and the mood of
the place.
"""

from __future__ import annotations

from dataclasses import dataclass

Weighted = tuple[tuple[int, str], ...]

LOUDNESS_ADVERBS: dict[str, Weighted] = {
    "loud": ((7, "loudly"), (1, "very loudly"), (1, "at full volume"), (1, "noisily")),
    "faint": ((5, "softly"), (3, "quietly"), (2, "faintly"), (1, "gently")),
}
LOUDNESS_ADJECTIVES: dict[str, Weighted] = {
    "loud": ((7, "loud"), (1, "very loud"), (1, "noisy"), (1, "strong")),
    "faint": ((5, "soft"), (3, "quiet"), (2, "faint"), (1, "gentle")),
}
DISTANCE_ADVERBS: dict[str, Weighted] = {
    "far": ((7, "in the distance"), (2, "far away"), (1, "from afar"), (1, "far off")),
    "near": ((6, "nearby"), (2, "close by"), (1, "up close")),
}
DISTANCE_ADJECTIVES: dict[str, Weighted] = {"far": ((5, "distant"), (1, "far-off")), "near": ((3, "nearby"),)}
PACE_ADVERBS: dict[str, Weighted] = {
    "fast": ((6, "quickly"), (3, "rapidly"), (1, "hurriedly"), (1, "at a fast pace")),
    "slow": ((8, "slowly"), (1, "unhurriedly"), (1, "at a slow pace")),
}
PACE_ADJECTIVES: dict[str, Weighted] = {"fast": ((5, "quick"), (3, "rapid")), "slow": ((6, "slow"),)}
EXTENT_ADVERBS: dict[str, Weighted] = {
    "long": (
        (5, "continuously"),
        (2, "constantly"),
        (2, "steadily"),
        (1, "for a long time"),
        (1, "without a pause"),
    ),
    "short": ((5, "briefly"), (3, "for a moment"), (1, "for a short time")),
}
COUNT_ADVERBS: dict[str, Weighted] = {
    "once": ((8, "once"), (1, "a single time"), (1, "one time")),
    "twice": ((8, "twice"), (2, "two times")),
    "several": (
        (6, "several times"),
        (3, "repeatedly"),
        (2, "a few times"),
        (1, "again and again"),
        (1, "many times"),
    ),
}
COUNT_DETERMINERS: dict[str, Weighted] = {
    "once": ((1, "one"), (1, "a single")),
    "twice": ((8, "two"), (1, "a couple of")),
    "several": ((6, "several"), (2, "a few"), (1, "repeated"), (1, "multiple")),
}


@dataclass(frozen=True)
class Setting:
    """What is said of a scene. `places` stand at either end of a sentence, `ambiences` only at its end."""

    places: Weighted
    ambiences: Weighted
    abstract: Weighted
    cues: frozenset[str]


SETTINGS: dict[str, Setting] = {
    "street": Setting(
        ((6, "on a busy street"), (3, "on a street"), (1, "beside a road"), (1, "in the city")),
        (
            (5, "with traffic in the background"),
            (2, "while vehicles drive past"),
            (1, "amid the noise of traffic"),
        ),
        ((3, "outdoors"), (1, "in a lively place")),
        frozenset(["street", "road", "city", "traffic", "vehicles"]),
    ),
    "park": Setting(
        ((6, "in a quiet park"), (3, "in a park"), (1, "in a peaceful garden"), (1, "among trees")),
        (
            (5, "with leaves rustling in the background"),
            (2, "while leaves rustle"),
            (1, "amid rustling trees"),
        ),
        ((3, "outdoors"), (1, "in a calm place")),
        frozenset(["park", "garden", "trees", "leaves", "rustling", "rustle"]),
    ),
    "kitchen": Setting(
        ((7, "in a kitchen"), (2, "in a small kitchen"), (1, "beside a refrigerator")),
        (
            (5, "with a refrigerator humming in the background"),
            (2, "while a refrigerator hums"),
            (1, "amid the hum of an appliance"),
        ),
        ((3, "indoors"), (2, "in a small room"), (1, "at home")),
        frozenset(["kitchen", "refrigerator", "appliance"]),
    ),
    "station": Setting(
        (
            (6, "in a station hall"),
            (2, "in a crowded station"),
            (2, "in a large hall"),
            (1, "at a train station"),
        ),
        (
            (5, "with a crowd talking in the background"),
            (2, "while a crowd chatters"),
            (1, "amid the murmur of a crowd"),
        ),
        ((3, "indoors"), (2, "in a large echoing space"), (1, "in a lively place")),
        frozenset(["station", "hall", "crowd", "crowded"]),
    ),
    "office": Setting(
        ((7, "in an office"), (2, "in a quiet office"), (1, "at a workplace")),
        (
            (5, "with a fan humming in the background"),
            (2, "while someone types on a keyboard"),
            (1, "amid the hiss of ventilation"),
        ),
        ((3, "indoors"), (1, "in a quiet room"), (1, "at work")),
        frozenset(["office", "workplace", "fan", "keyboard", "types", "ventilation"]),
    ),
    "seaside": Setting(
        ((6, "at the seaside"), (3, "on a beach"), (1, "by the sea"), (1, "on the coast")),
        ((5, "with waves in the background"), (2, "while waves break"), (1, "amid breaking waves")),
        ((3, "outdoors"), (1, "in a calm place")),
        frozenset(["seaside", "beach", "sea", "coast", "waves"]),
    ),
}
