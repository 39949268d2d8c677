"""Five references a clip, from a grammar: which sounds are mentioned, how they are linked, and where it all
happens.

In a template a letter is the form of a sound (F clause, S clause in the simple present, P participle or noun,
N noun, G "... in the background", T "there is", B "is" or "are") and a digit is the sound by onset. The first
template of a list is the usual one. References agree on content; they differ in wording, order of mention and
in what they leave out. No two references of a clip are equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aacbench.datasets.soundscapes.composition import WORDING, Composition, Sound, clip_stream, compose, overlapping
from aacbench.datasets.soundscapes.phrases import SETTINGS, Weighted
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.settings import SoundscapesSettings
from aacbench.datasets.soundscapes.wording import Wording

REFERENCES = 5
_FEWEST_WORDS, _MOST_WORDS = 6, 18
_ATTEMPTS = 60

_ONE: Weighted = (
    (8, "F0"),
    (3, "N0"),
    (2, "T0"),
    (2, "the sound of P0"),
    (1, "N0 B0 heard"),
)
_SEQUENCE: Weighted = (
    (7, "S0 and then S1"),
    (5, "S0 followed by P1"),
    (2, "S0 before S1"),
    (2, "after N0, S1"),
    (1, "S1 after N0"),
    (1, "first S0, then S1"),
    (1, "N0 B0 followed by N1"),
)
_OVERLAP: Weighted = (
    (7, "F1 while F0"),
    (2, "F0 while F1"),
    (3, "F1 as F0"),
    (1, "F0 as F1"),
    (2, "F1 with G0"),
    (1, "F1 over N0"),
    (1, "F0 and F1 at the same time"),
)
_THREE_IN_ROW: Weighted = (
    (6, "S0, then S1 and finally S2"),
    (4, "S0 followed by P1 and then P2"),
    (2, "S0 before S1 and then S2"),
    (1, "first S0, then S1, and lastly S2"),
    (1, "after N0, S1 and then S2"),
)
_OVERLAP_THEN_ONE: Weighted = (
    (6, "S1 while F0, and then S2"),
    (3, "S1 as F0, followed by P2"),
    (1, "F0 while S1, before S2"),
)
_TWO_OVER_ONE: Weighted = (
    (6, "S1 and then S2 while F0"),
    (2, "S1 followed by P2 as F0"),
    (2, "while F0, S1 and then S2"),
    (1, "S1 and then S2 with G0"),
)
_SLOT = re.compile(r"([FSPGNTB])([012])")
_SAID_OF_SCENE = {  # sounds mentioned: weights of an exact place, ambience, an abstract place, nothing
    1: ((11, "place"), (3, "ambience"), (2, "abstract"), (3, "")),
    2: ((10, "place"), (1, "ambience"), (2, "abstract"), (7, "")),
    3: ((5, "place"), (1, "abstract"), (12, "")),
}


@dataclass(frozen=True)
class Reference:
    """A reference with what it mentions: labels of sounds in order of mention, and whether it names the
    scene.
    """

    text: str
    mentions: tuple[str, ...]
    names_scene: bool


def references(settings: SoundscapesSettings, split: str, index: int) -> tuple[Reference, ...]:
    """Return the five references of a clip."""
    composition = compose(settings, split, index)
    return word(composition, clip_stream(settings, split, index, WORDING))


def word(composition: Composition, stream: Stream) -> tuple[Reference, ...]:
    """Return five references of a composition, no two equal."""
    sentences: list[Reference] = []
    while len(sentences) < REFERENCES:
        attempt = _sentence(composition, stream)
        for _ in range(_ATTEMPTS):
            fits = _FEWEST_WORDS <= len(attempt.text.split()) <= _MOST_WORDS
            if fits and all(attempt.text != other.text for other in sentences):
                break
            attempt = _sentence(composition, stream)
        if all(attempt.text != other.text for other in sentences):
            sentences.append(attempt)
    return tuple(sentences)


def _sentence(composition: Composition, stream: Stream) -> Reference:
    """Return one sentence about what one annotator noticed."""
    sounds = _noticed(composition.sounds, stream)
    template = stream.weighted(_templates(sounds))
    most = {1: 3, 2: 2, 3: 1}[len(sounds)]
    wordings = [Wording(sound, stream, most) for sound in sounds]
    slots = _SLOT.findall(template)
    body = _SLOT.sub(lambda match: _fill(match[1], wordings[int(match[2])]), template)
    text, names_scene = _with_scene(body, composition.scene, len(sounds), stream)
    order = dict.fromkeys(sounds[int(digit)].label for form, digit in slots if form != "B")
    return Reference(f"{text[0].upper()}{text[1:]}.", tuple(order), names_scene)


def _noticed(sounds: tuple[Sound, ...], stream: Stream) -> list[Sound]:
    """Return the sounds an annotator mentions: loud ones nearly always, faint ones less so, never none."""
    alone = len(sounds) == 1
    kept = [sound for sound in sounds if alone or stream.chance(0.8 if sound.loudness == "faint" else 0.95)]
    return kept or [stream.pick(sounds)]


def _templates(sounds: list[Sound]) -> Weighted:
    """Return the templates for the temporal relations of the sounds."""
    if len(sounds) == 1:
        return _ONE
    first_over_second = overlapping(sounds[0], sounds[1])
    if len(sounds) == 2:
        return _OVERLAP if first_over_second else _SEQUENCE
    if not first_over_second:
        return _THREE_IN_ROW
    return _TWO_OVER_ONE if overlapping(sounds[0], sounds[2]) else _OVERLAP_THEN_ONE


def _fill(form: str, wording: Wording) -> str:
    forms = {
        "F": wording.clause,
        "S": wording.simple,
        "P": wording.participle,
        "G": wording.background,
        "N": wording.noun,
        "T": wording.there,
        "B": wording.be,
    }
    return forms[form]()


def _with_scene(body: str, scene: str, sounds: int, stream: Stream) -> tuple[str, bool]:
    """Return the sentence with what is said of the scene, and whether that names it."""
    said = stream.weighted(_SAID_OF_SCENE[sounds])
    setting = SETTINGS[scene]
    if said == "abstract":
        return f"{body} {stream.weighted(setting.abstract)}", False
    if said == "ambience":
        linked = any(link in body for link in ("while", " as ", "background"))
        fitting = tuple(item for item in setting.ambiences if not linked or item[1].startswith("amid"))
        return f"{body} {stream.weighted(fitting)}", True
    if said == "place":
        phrase = stream.weighted(setting.places)
        front = stream.chance(0.2) and not body.startswith(("after", "while", "first"))
        return (f"{phrase}, {body}" if front else f"{body} {phrase}"), True
    return body, False
