"""Five references a clip, from a grammar: which sounds are mentioned, how they are linked, and where it all
happens.

In a template a letter is the form of a sound (F clause, S clause in the simple present, P participle or noun,
N noun, G "... in the background", T "there is", B "is" or "are") and a digit is the sound by onset. The first
template of a list is the usual one. References agree on content; they differ in wording, order of mention and
in what they leave out. No two references of a clip are equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.datasets.soundscapes.composition import WORDING, Composition, Sound, clip_stream, compose, overlapping
from aacbench.datasets.soundscapes.lexicon import WORDS
from aacbench.datasets.soundscapes.phrases import SETTINGS, Setting, Weighted
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.settings import SoundscapesSettings
from aacbench.datasets.soundscapes.wording import Wording
from aacbench.datasets.soundscapes.words import Words

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
_SAID_OF_SCENE: Mapping[
    int, Weighted
] = {  # sounds mentioned: weights of an exact place, ambience, an abstract place, nothing
    1: ((11, "place"), (3, "ambience"), (2, "abstract"), (3, "")),
    2: ((10, "place"), (1, "ambience"), (2, "abstract"), (7, "")),
    3: ((5, "place"), (1, "abstract"), (12, "")),
}


Templates = Mapping[str, Weighted]
TEMPLATES: Templates = {
    "one": _ONE,
    "sequence": _SEQUENCE,
    "overlap": _OVERLAP,
    "three in a row": _THREE_IN_ROW,
    "overlap, then one": _OVERLAP_THEN_ONE,
    "two over one": _TWO_OVER_ONE,
}


@dataclass(frozen=True)
class Style:
    """How annotators write: the words they have for sounds and places, and how often they tell what.

    `most` is how many properties of a sound are told by the number of sounds; `noticed` how likely a sound is mentioned
    that is faint, or not, beside others; `said_of_scene` goes by the number of sounds mentioned.
    """

    words: Mapping[str, Words]
    settings: Mapping[str, Setting]
    templates: Templates
    said_of_scene: Mapping[int, Weighted]
    most: Mapping[int, int]
    noticed: tuple[float, float] = (0.8, 0.95)

    def words_of(self, sound: Sound, stream: Stream) -> Words:
        """Return the words by which one annotator calls the sound."""
        return self.words[sound.label]


STYLE = Style(WORDS, SETTINGS, TEMPLATES, _SAID_OF_SCENE, {1: 3, 2: 2, 3: 1})


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


def word(composition: Composition, stream: Stream, style: Style = STYLE) -> tuple[Reference, ...]:
    """Return five references of a composition, no two equal."""
    sentences: list[Reference] = []
    while len(sentences) < REFERENCES:
        attempt = _sentence(composition, stream, style)
        for _ in range(_ATTEMPTS):
            fits = _FEWEST_WORDS <= len(attempt.text.split()) <= _MOST_WORDS
            if fits and all(attempt.text != other.text for other in sentences):
                break
            attempt = _sentence(composition, stream, style)
        if all(attempt.text != other.text for other in sentences):
            sentences.append(attempt)
    return tuple(sentences)


def _sentence(composition: Composition, stream: Stream, style: Style) -> Reference:
    """Return one sentence about what one annotator noticed."""
    sounds = _noticed(composition.sounds, stream, style)
    template = stream.weighted(style.templates[_layout(sounds)])
    most = style.most[len(sounds)]
    wordings = [Wording(sound, style.words_of(sound, stream), stream, most) for sound in sounds]
    slots = _SLOT.findall(template)
    body = _SLOT.sub(lambda match: _fill(match[1], wordings[int(match[2])]), template)
    text, names_scene = _with_scene(body, composition.scene, len(sounds), stream, style)
    order = dict.fromkeys(sounds[int(digit)].label for form, digit in slots if form != "B")
    return Reference(f"{text[0].upper()}{text[1:]}.", tuple(order), names_scene)


def _noticed(sounds: tuple[Sound, ...], stream: Stream, style: Style) -> list[Sound]:
    """Return the sounds an annotator mentions: loud ones nearly always, faint ones less so, never none."""
    alone = len(sounds) == 1
    faint, heard = style.noticed
    kept = [sound for sound in sounds if alone or stream.chance(faint if sound.loudness == "faint" else heard)]
    return kept or [stream.pick(sounds)]


def _layout(sounds: list[Sound]) -> str:
    """Return the name of the temporal relations of the sounds, by which templates are kept."""
    if len(sounds) == 1:
        return "one"
    first_over_second = overlapping(sounds[0], sounds[1])
    if len(sounds) == 2:
        return "overlap" if first_over_second else "sequence"
    if not first_over_second:
        return "three in a row"
    return "two over one" if overlapping(sounds[0], sounds[2]) else "overlap, then one"


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


def _with_scene(body: str, scene: str, sounds: int, stream: Stream, style: Style) -> tuple[str, bool]:
    """Return the sentence with what is said of the scene, and whether that names it."""
    said = stream.weighted(style.said_of_scene[sounds])
    setting = style.settings[scene]
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
