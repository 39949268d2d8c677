"""The words for the classes that version 2.0 adds. A cue names one class alone, as in `lexicon`."""

from __future__ import annotations

from dataclasses import replace

from aacbench.datasets.soundscapes.lexicon import WORDS as FIRST
from aacbench.datasets.soundscapes.words import Clause, Nominal, Words


def words(
    clauses: tuple[Clause, ...],
    nominals: tuple[Nominal, ...],
    cues: str,
    high: str = "",
    low: str = "",
    manner: str = "",
) -> Words:
    """Return the words for a class; words of a kind are given with blanks between them."""
    adjectives = {"high": tuple(high.split()), "low": tuple(low.split())}
    return Words(clauses, nominals, frozenset(cues.split()), adjectives, tuple(manner.split()))


C, N = Clause, Nominal

_PEOPLE = {
    "speech": words(
        (
            C(6, "a", "man", "speaks", "speaking"),
            C(5, "a", "woman", "talks", "talking"),
            C(2, "", "somebody", "talks", "talking"),
            C(1, "a", "speaker", "gives", "giving", "a talk"),
            C(1, "a", "narrator", "speaks", "speaking"),
        ),
        (N(5, "human speech", determiner=""), N(2, "conversation"), N(1, "monologue")),
        "man woman speaks speaking talks somebody speaker narrator speech conversation monologue",
        high="young soft-voiced",
        low="old deep-voiced",
        manner="calmly excitedly",
    ),
    "laughter": words(
        (
            C(6, "", "people", "laugh", "laughing", plural=True),
            C(3, "a", "child", "giggles", "giggling"),
            C(2, "", "someone", "laughs", "laughing"),
            C(1, "a", "child", "chuckles", "chuckling"),
        ),
        (N(5, "laughter", determiner=""), N(1, "fit of giggles")),
        "laugh laughs laughing laughter giggles giggling chuckles chuckling child",
        manner="happily merrily",
    ),
    "cough": words(
        (
            C(7, "", "someone", "coughs", "coughing"),
            C(3, "a", "patient", "coughs", "coughing"),
            C(1, "", "someone", "clears", "clearing", "their throat"),
        ),
        (N(5, "cough", "coughs"), N(1, "dry cough", "dry coughs")),
        "coughs coughing cough patient clears clearing throat",
        manner="hoarsely",
    ),
    "baby cry": words(
        (
            C(7, "a", "baby", "cries", "crying"),
            C(2, "an", "infant", "wails", "wailing"),
            C(1, "a", "newborn", "sobs", "sobbing"),
        ),
        (N(5, "crying baby"), N(2, "wailing infant")),
        "baby infant newborn sobs sobbing",
        manner="desperately",
    ),
    "whistling": words(
        (
            C(7, "", "someone", "whistles", "whistling", "a tune"),
            C(3, "a", "person", "whistles", "whistling"),
            C(1, "a", "passer-by", "whistles", "whistling"),
        ),
        (N(5, "whistled tune"), N(2, "whistled melody")),
        "whistles whistling whistled passer-by",
        high="cheerful short",
        low="lonely tall",
        manner="cheerfully",
    ),
    "typing": words(
        (
            C(7, "", "someone", "writes", "writing", "on a computer"),
            C(3, "a", "secretary", "writes", "writing", "on a computer"),
            C(1, "", "computer keys", "click", "clicking", plural=True),
        ),
        (N(5, "clicking computer keys", determiner="", plural=True), N(2, "clatter of computer keys")),
        "computer keys secretary writes writing",
        manner="busily",
    ),
}

_ANIMALS = {
    "sheep bleat": words(
        (
            C(7, "a", "sheep", "bleats", "bleating"),
            C(3, "a", "lamb", "bleats", "bleating"),
            C(1, "a", "goat", "bleats", "bleating"),
        ),
        (N(5, "bleat of a sheep", "bleats of a sheep"), N(2, "sheep bleat", "sheep bleats")),
        "sheep lamb goat bleat bleats bleating",
        high="young small",
        low="old large",
    ),
    "cow moo": words(
        (
            C(7, "a", "cow", "moos", "mooing"),
            C(2, "a", "bull", "bellows", "bellowing"),
            C(1, "a", "calf", "moos", "mooing"),
        ),
        (N(5, "moo of a cow", "moos of a cow"), N(2, "cow moo", "cow moos")),
        "cow bull calf moo moos mooing bellows bellowing",
        high="young small",
        low="huge large",
    ),
    "rooster crow": words(
        (
            C(7, "a", "rooster", "crows", "crowing"),
            C(2, "a", "cockerel", "crows", "crowing"),
        ),
        (N(5, "crow of a rooster", "crows of a rooster"), N(2, "rooster call", "rooster calls")),
        "rooster cockerel crowing",
        manner="proudly",
    ),
    "duck quack": words(
        (
            C(7, "a", "duck", "quacks", "quacking"),
            C(2, "a", "mallard", "quacks", "quacking"),
            C(1, "a", "waterbird", "quacks", "quacking"),
        ),
        (N(5, "quack of a duck", "quacks of a duck"), N(2, "duck quack", "duck quacks")),
        "duck mallard waterbird quack quacks quacking",
    ),
    "horse": words(
        (
            C(7, "a", "horse", "trots", "trotting", "past"),
            C(3, "a", "horse", "gallops", "galloping"),
            C(1, "", "hooves", "clop", "clopping", "on cobblestones", plural=True),
        ),
        (N(5, "trotting horse"), N(2, "clopping hooves", determiner="", plural=True)),
        "horse hooves trots trotting gallops galloping clop clopping",
    ),
    "owl hoot": words(
        (C(7, "an", "owl", "hoots", "hooting"), C(2, "a", "barn owl", "hoots", "hooting")),
        (N(5, "hoot of an owl", "hoots of an owl"), N(2, "owl call", "owl calls", "an")),
        "owl hoot hoots hooting",
        manner="eerily",
    ),
    "crow caw": words(
        (
            C(7, "a", "crow", "caws", "cawing"),
            C(3, "a", "raven", "caws", "cawing"),
            C(1, "a", "jackdaw", "caws", "cawing"),
        ),
        (N(5, "caw of a raven", "caws of a raven"), N(2, "harsh caw", "harsh caws")),
        "raven jackdaw caw caws cawing",
        manner="harshly",
    ),
    "bee buzz": words(
        (
            C(7, "a", "bee", "buzzes", "buzzing"),
            C(2, "a", "fly", "buzzes", "buzzing", "around"),
            C(1, "a", "bumblebee", "hums", "humming"),
        ),
        (N(5, "buzzing bee"), N(1, "buzzing fly")),
        "bee fly bumblebee",
        high="tiny small",
        low="fat big",
    ),
    "wolf howl": words(
        (
            C(7, "a", "wolf", "bays", "baying", "at the moon"),
            C(2, "a", "coyote", "bays", "baying", "at the moon"),
        ),
        (N(5, "cry of a wolf", "cries of a wolf"), N(1, "wolf call", "wolf calls")),
        "wolf coyote moon bays baying",
        high="young lone",
        low="large old",
        manner="mournfully",
    ),
    "woodpecker": words(
        (
            C(7, "a", "woodpecker", "drums", "drumming", "on a trunk"),
            C(2, "a", "woodpecker", "hammers", "hammering", "on a trunk"),
        ),
        (N(5, "roll of a woodpecker", "rolls of a woodpecker"), N(1, "woodpecker roll", "woodpecker rolls")),
        "woodpecker trunk",
    ),
}

_MUSIC = {
    "xylophone": words(
        (
            C(7, "a", "xylophone", "is struck", "being struck"),
            C(2, "", "someone", "plays", "playing", "a marimba"),
            C(1, "a", "musician", "plays", "playing", "a xylophone"),
        ),
        (N(5, "xylophone note", "xylophone notes"), N(1, "marimba note", "marimba notes")),
        "xylophone marimba",
        high="small bright",
        low="large wooden",
        manner="playfully",
    ),
    "drum": words(
        (
            C(7, "a", "drum", "is beaten", "being beaten"),
            C(3, "a", "drummer", "strikes", "striking", "a drum"),
            C(1, "a", "percussionist", "strikes", "striking", "a drum"),
        ),
        (N(5, "drum beat", "drum beats"), N(2, "beat of a drum", "beats of a drum")),
        "drum drummer percussionist",
        high="small light",
        low="big deep",
        manner="rhythmically",
    ),
    "guitar": words(
        (
            C(7, "a", "guitar", "is strummed", "being strummed"),
            C(3, "", "someone", "strums", "strumming", "a guitar"),
            C(1, "a", "guitarist", "plays", "playing", "a chord"),
        ),
        (N(5, "guitar chord", "guitar chords"), N(2, "strum of a guitar", "strums of a guitar")),
        "guitar guitarist strummed strums strumming strum chord chords",
        high="high-pitched bright",
        low="low-pitched mellow",
        manner="pleasantly",
    ),
    "flute": words(
        (
            C(7, "a", "flute", "plays", "playing", "a melody"),
            C(3, "", "someone", "plays", "playing", "the flute"),
            C(1, "a", "flutist", "plays", "playing"),
        ),
        (N(5, "flute melody"), N(2, "tune on a flute")),
        "flute flutist",
        high="high-pitched bright",
        low="low-pitched wooden",
        manner="sweetly",
    ),
    "trumpet": words(
        (
            C(7, "a", "trumpet", "sounds", "sounding"),
            C(3, "a", "trumpeter", "blows", "blowing", "a note"),
            C(1, "", "someone", "blows", "blowing", "a bugle"),
        ),
        (N(5, "trumpet note", "trumpet notes"), N(1, "blast of a trumpet", "blasts of a trumpet")),
        "trumpet trumpeter bugle",
        high="high-pitched bright",
        low="low-pitched deep",
        manner="triumphantly",
    ),
}

_VEHICLES = {
    "train": words(
        (
            C(7, "a", "train", "passes", "passing"),
            C(3, "a", "train", "rattles", "rattling", "along the rails"),
            C(1, "a", "locomotive", "passes", "passing"),
        ),
        (N(5, "passing train"), N(2, "rattling train")),
        "rails locomotive passing rattling passes rattles",
    ),
    "bicycle bell": words(
        (
            C(7, "a", "bicycle", "dings", "dinging"),
            C(3, "a", "cyclist", "dings", "dinging"),
            C(1, "a", "bike", "dings", "dinging"),
        ),
        (N(5, "ding of a bicycle", "dings of a bicycle"), N(2, "bicycle ding", "bicycle dings")),
        "bicycle cyclist bike ding dings dinging",
        high="small bright",
        low="old heavy",
    ),
    "motorcycle": words(
        (
            C(7, "a", "motorcycle", "revs", "revving"),
            C(3, "a", "motorbike", "roars", "roaring", "past"),
            C(1, "a", "scooter", "accelerates", "accelerating"),
        ),
        (N(5, "revving motorcycle"), N(2, "roaring motorbike")),
        "motorcycle motorbike scooter revs revving roars roaring accelerates accelerating",
        high="small light",
        low="big heavy",
        manner="aggressively",
    ),
    "foghorn": words(
        (
            C(7, "a", "ship", "sounds", "sounding", "its foghorn"),
            C(3, "a", "foghorn", "blows", "blowing"),
            C(1, "a", "ferry", "sounds", "sounding", "its foghorn"),
        ),
        (N(5, "blast of a foghorn", "blasts of a foghorn"), N(1, "foghorn blast", "foghorn blasts")),
        "ship foghorn ferry",
    ),
}

_HOUSEHOLD = {
    "faucet": words(
        (
            C(7, "", "water", "runs", "running", "from a faucet"),
            C(3, "a", "faucet", "runs", "running"),
            C(2, "", "someone", "fills", "filling", "a sink"),
            C(1, "a", "shower", "runs", "running"),
        ),
        (N(5, "running faucet"), N(2, "water from a faucet", determiner="")),
        "faucet sink shower",
    ),
    "vacuum cleaner": words(
        (
            C(7, "a", "vacuum cleaner", "runs", "running"),
            C(3, "", "someone", "vacuums", "vacuuming", "the floor"),
            C(1, "a", "hoover", "runs", "running"),
        ),
        (N(5, "vacuum cleaner"), N(1, "running hoover")),
        "vacuum vacuums vacuuming cleaner hoover",
        high="small light",
        low="big heavy",
        manner="annoyingly",
    ),
    "frying": words(
        (
            C(7, "", "food", "sizzles", "sizzling", "in a pan"),
            C(3, "", "someone", "fries", "frying", "food"),
            C(1, "", "bacon", "sizzles", "sizzling"),
        ),
        (N(5, "sizzling pan"), N(2, "frying food", determiner="")),
        "food pan bacon sizzles sizzling fries frying",
        manner="deliciously",
    ),
    "door slam": words(
        (
            C(7, "a", "door", "slams", "slamming"),
            C(3, "", "someone", "slams", "slamming", "a door"),
            C(1, "a", "door", "bangs", "banging", "shut"),
        ),
        (N(5, "slam of a door", "slams of a door"), N(2, "door slam", "door slams")),
        "slam slams slamming bangs banging shut",
        manner="angrily",
    ),
}

_THINGS = {
    "telephone": words(
        (
            C(7, "a", "telephone", "rings", "ringing"),
            C(3, "a", "phone", "rings", "ringing"),
            C(1, "a", "telephone", "jingles", "jingling"),
        ),
        (N(5, "telephone ring", "telephone rings"), N(2, "ring of a phone", "rings of a phone")),
        "telephone phone jingles jingling",
        high="small shrill",
        low="old big",
        manner="annoyingly",
    ),
    "doorbell": words(
        (
            C(7, "a", "doorbell", "rings", "ringing"),
            C(3, "a", "doorbell", "chimes", "chiming"),
            C(1, "a", "visitor", "rings", "ringing", "the doorbell"),
        ),
        (N(5, "doorbell chime", "doorbell chimes"), N(1, "ring of a doorbell", "rings of a doorbell")),
        "doorbell visitor",
        high="high-pitched bright",
        low="low-pitched old",
    ),
    "hammer": words(
        (
            C(7, "", "someone", "hammers", "hammering", "a nail"),
            C(3, "a", "carpenter", "hammers", "hammering", "a nail"),
            C(1, "a", "hammer", "hits", "hitting", "metal"),
        ),
        (N(5, "hammer blow", "hammer blows"), N(2, "blow on a nail", "blows on a nail")),
        "nail carpenter hammer metal",
    ),
    "saw": words(
        (
            C(7, "", "someone", "saws", "sawing", "wood"),
            C(3, "a", "saw", "cuts", "cutting", "through wood"),
            C(1, "a", "lumberjack", "saws", "sawing"),
        ),
        (N(5, "rasping saw"), N(1, "cutting saw")),
        "saws sawing saw lumberjack cuts cutting rasping",
    ),
    "fireworks": words(
        (
            C(7, "a", "firework", "explodes", "exploding"),
            C(3, "a", "rocket", "explodes", "exploding"),
            C(1, "a", "firecracker", "bursts", "bursting"),
        ),
        (N(5, "burst of fireworks", "bursts of fireworks"), N(1, "rocket burst", "rocket bursts")),
        "firework fireworks rocket firecracker",
        manner="festively",
    ),
}

_NATURE = {
    "stream": words(
        (
            C(7, "a", "stream", "flows", "flowing"),
            C(3, "", "water", "trickles", "trickling", "over stones"),
            C(2, "a", "brook", "babbles", "babbling"),
            C(1, "a", "creek", "gurgles", "gurgling"),
        ),
        (N(5, "flowing stream"), N(2, "babbling brook")),
        "stream flows flowing trickles trickling stones brook babbling babbles creek gurgles gurgling",
        manner="soothingly",
    ),
    "dripping water": words(
        (
            C(7, "", "water", "drips", "dripping"),
            C(3, "a", "pipe", "drips", "dripping"),
            C(1, "a", "leak", "drips", "dripping"),
        ),
        (N(5, "drop of water", "drops of water"), N(2, "water drop", "water drops")),
        "drips dripping pipe leak drop drops",
        high="thin small",
        low="thick big",
    ),
}

_OTHERWISE = {
    "bell": replace(FIRST["bell"], clauses=(*FIRST["bell"].clauses[:2], C(1, "a", "tower bell", "chimes", "chiming")))
}
"""A church is a scene here."""

WORDS: dict[str, Words] = {
    **FIRST,
    **_OTHERWISE,
    **_PEOPLE,
    **_ANIMALS,
    **_MUSIC,
    **_VEHICLES,
    **_HOUSEHOLD,
    **_THINGS,
    **_NATURE,
}
