"""The words for the event classes, family by family.

Words of other classes must not be among a class's cues: "rings" is none, for bells and alarms share it.
"""

from __future__ import annotations

from aacbench.datasets.soundscapes.words import Clause, Nominal, Words


def _words(
    clauses: tuple[Clause, ...],
    nominals: tuple[Nominal, ...],
    cues: str,
    high: str = "",
    low: str = "",
    manner: str = "",
) -> Words:
    adjectives = {"high": tuple(high.split()), "low": tuple(low.split())}
    return Words(clauses, nominals, frozenset(cues.split()), adjectives, tuple(manner.split()))


C, N = Clause, Nominal

_IMPULSIVE = {
    "door knock": _words(
        (
            C(7, "", "someone", "knocks", "knocking", "on a door"),
            C(3, "a", "person", "knocks", "knocking", "on a wooden door"),
            C(1, "a", "person", "raps", "rapping", "on a door"),
        ),
        (N(5, "knock on a door", "knocks on a door"), N(2, "knock on wood", "knocks on wood")),
        "knocks knocking knock raps rapping",
    ),
    "hand clap": _words(
        (
            C(6, "", "someone", "claps", "clapping"),
            C(3, "a", "person", "claps", "clapping", "their hands"),
            C(1, "", "someone", "claps", "clapping", "their hands"),
        ),
        (N(5, "hand clap", "hand claps"), N(1, "clap", "claps")),
        "claps clapping clap",
    ),
    "gunshot": _words(
        (
            C(6, "a", "gun", "fires", "firing"),
            C(3, "", "someone", "shoots", "shooting", "a gun"),
            C(1, "a", "rifle", "goes off", "going off"),
        ),
        (N(6, "gunshot", "gunshots"), N(2, "shot from a gun", "shots from a gun")),
        "gun rifle gunshot gunshots shoots shooting",
    ),
    "glass clink": _words(
        (
            C(6, "a", "glass", "clinks", "clinking"),
            C(2, "", "glasses", "clink", "clinking", plural=True),
            C(2, "", "someone", "taps", "tapping", "a glass"),
        ),
        (N(5, "clink of a glass", "clinks of a glass"), N(2, "glass clink", "glass clinks")),
        "glass glasses clink clinks clinking",
    ),
    "footsteps": _words(
        (
            C(7, "", "someone", "walks", "walking"),
            C(3, "a", "person", "walks", "walking", "past"),
            C(1, "a", "person", "strolls", "strolling", "along"),
        ),
        (N(6, "footsteps", determiner="", plural=True), N(1, "steps", determiner="", plural=True)),
        "walks walking strolls strolling footsteps steps",
    ),
}

_TONAL = {
    "bell": _words(
        (
            C(7, "a", "bell", "rings", "ringing"),
            C(2, "a", "bell", "tolls", "tolling"),
            C(1, "a", "church bell", "chimes", "chiming"),
        ),
        (N(4, "ring of a bell", "rings of a bell"), N(2, "bell ring", "bell rings")),
        "bell tolls tolling",
        high="small high-pitched",
        low="big deep",
        manner="solemnly",
    ),
    "siren": _words(
        (
            C(7, "a", "siren", "wails", "wailing"),
            C(2, "a", "siren", "blares", "blaring"),
            C(2, "an", "emergency siren", "sounds", "sounding"),
        ),
        (N(5, "wailing siren"), N(2, "emergency siren", determiner="an")),
        "siren",
        manner="annoyingly urgently",
    ),
    "beep": _words(
        (
            C(6, "a", "machine", "beeps", "beeping"),
            C(3, "an", "electronic device", "beeps", "beeping"),
            C(1, "an", "alarm", "beeps", "beeping"),
        ),
        (N(5, "beep", "beeps"), N(2, "electronic beep", "electronic beeps", determiner="an")),
        "beep beeps beeping",
        high="high-pitched shrill",
        low="low-pitched",
        manner="annoyingly",
    ),
    "car horn": _words(
        (
            C(7, "a", "car", "honks", "honking"),
            C(3, "a", "car horn", "honks", "honking"),
            C(1, "a", "driver", "honks", "honking", "the horn"),
        ),
        (N(5, "honk of a car", "honks of a car"), N(2, "car horn", "car horns")),
        "honks honking honk horn horns",
        high="small high-pitched",
        low="big deep",
        manner="annoyingly angrily",
    ),
    "piano": _words(
        (
            C(7, "a", "piano", "is played", "being played"),
            C(3, "", "someone", "plays", "playing", "a note on a piano"),
            C(1, "a", "musician", "plays", "playing", "a piano note"),
        ),
        (N(5, "piano note", "piano notes"), N(2, "note on a piano", "notes on a piano")),
        "piano",
        high="high-pitched high",
        low="low-pitched deep",
        manner="pleasantly",
    ),
}

_NOISY = {
    "rain": _words(
        (
            C(7, "", "rain", "falls", "falling"),
            C(3, "", "rain", "pours", "pouring", "down"),
            C(1, "", "raindrops", "patter", "pattering", plural=True),
        ),
        (N(5, "rain", determiner=""), N(1, "rainfall", determiner="")),
        "rain raindrops rainfall",
        manner="soothingly",
    ),
    "wind": _words(
        (
            C(7, "the", "wind", "blows", "blowing"),
            C(3, "the", "wind", "howls", "howling"),
            C(1, "a", "breeze", "blows", "blowing"),
        ),
        (N(5, "gust of wind"), N(2, "howling wind")),
        "wind breeze howls howling",
    ),
    "fire": _words(
        (
            C(7, "a", "fire", "crackles", "crackling"),
            C(3, "a", "fire", "burns", "burning"),
            C(1, "", "flames", "crackle", "crackling", plural=True),
        ),
        (N(5, "crackling fire"), N(1, "burning fire")),
        "fire flames crackles crackling crackle burns burning",
        manner="cozily",
    ),
    "thunder": _words(
        (
            C(7, "", "thunder", "rumbles", "rumbling"),
            C(2, "", "thunder", "rolls", "rolling"),
            C(1, "a", "thunderstorm", "rumbles", "rumbling"),
        ),
        (N(5, "rumble of thunder"), N(2, "peal of thunder")),
        "thunder thunderstorm",
        manner="ominously",
    ),
    "applause": _words(
        (
            C(7, "an", "audience", "applauds", "applauding"),
            C(3, "", "people", "applaud", "applauding", plural=True),
            C(1, "an", "audience", "cheers", "cheering"),
        ),
        (N(6, "applause", determiner=""), N(1, "round of applause")),
        "audience applauds applaud applauding applause",
        manner="happily",
    ),
}

_ANIMAL = {
    "dog bark": _words(
        (
            C(8, "a", "dog", "barks", "barking"),
            C(1, "a", "hound", "barks", "barking"),
            C(1, "a", "dog", "yaps", "yapping"),
        ),
        (N(5, "bark of a dog", "barks of a dog"), N(3, "dog bark", "dog barks")),
        "dog hound bark barks barking yaps yapping",
        high="small little",
        low="big large",
        manner="angrily",
    ),
    "bird chirp": _words(
        (
            C(7, "a", "bird", "chirps", "chirping"),
            C(2, "a", "bird", "tweets", "tweeting"),
            C(2, "a", "bird", "sings", "singing"),
        ),
        (N(5, "chirp of a bird", "chirps of a bird"), N(2, "bird call", "bird calls")),
        "bird tweets tweeting",
        high="small high-pitched",
        low="big large",
        manner="cheerfully pleasantly",
    ),
    "cat meow": _words(
        (
            C(8, "a", "cat", "meows", "meowing"),
            C(1, "a", "cat", "cries", "crying"),
            C(1, "a", "feline", "meows", "meowing"),
        ),
        (N(5, "meow of a cat", "meows of a cat"), N(3, "cat meow", "cat meows")),
        "cat feline meow meows meowing",
        high="small little",
        low="big large",
        manner="sadly",
    ),
    "frog croak": _words(
        (
            C(8, "a", "frog", "croaks", "croaking"),
            C(1, "a", "toad", "croaks", "croaking"),
            C(1, "a", "frog", "ribbits", "ribbiting"),
        ),
        (N(5, "croak of a frog", "croaks of a frog"), N(3, "frog croak", "frog croaks")),
        "frog toad croak croaks croaking",
        high="small little",
        low="big large",
    ),
    "crickets": _words(
        (
            C(7, "", "crickets", "chirp", "chirping", plural=True),
            C(2, "a", "cricket", "chirps", "chirping"),
            C(1, "", "insects", "buzz", "buzzing", plural=True),
        ),
        (N(5, "chirping crickets", determiner="", plural=True), N(1, "insects", determiner="", plural=True)),
        "crickets cricket insects",
        manner="peacefully",
    ),
}

_MECHANICAL = {
    "engine": _words(
        (
            C(7, "an", "engine", "runs", "running"),
            C(2, "an", "engine", "idles", "idling"),
            C(2, "a", "motor", "hums", "humming"),
        ),
        (N(5, "running engine"), N(2, "idling motor", determiner="an")),
        "engine motor",
        high="small high-pitched",
        low="big deep",
    ),
    "drill": _words(
        (
            C(6, "a", "drill", "whirs", "whirring"),
            C(3, "a", "power drill", "buzzes", "buzzing"),
            C(2, "", "someone", "drills", "drilling", "into a wall"),
        ),
        (N(5, "whirring drill"), N(2, "power drill")),
        "drill drills drilling",
        high="high-pitched small",
        low="low-pitched heavy",
        manner="annoyingly",
    ),
    "clock tick": _words(
        (
            C(8, "a", "clock", "ticks", "ticking"),
            C(1, "a", "watch", "ticks", "ticking"),
            C(1, "a", "clock", "ticks", "ticking", "away"),
        ),
        (N(5, "ticking clock"), N(1, "tick of a clock", determiner="the")),
        "clock watch tick ticks ticking",
    ),
    "helicopter": _words(
        (
            C(7, "a", "helicopter", "flies", "flying", "overhead"),
            C(2, "a", "helicopter", "hovers", "hovering"),
            C(1, "a", "chopper", "flies", "flying", "past"),
        ),
        (N(5, "flying helicopter"), N(1, "helicopter")),
        "helicopter chopper",
        manner="annoyingly",
    ),
}

WORDS: dict[str, Words] = {**_IMPULSIVE, **_TONAL, **_NOISY, **_ANIMAL, **_MECHANICAL}
