"""Write pairs.jsonl: hand-written captions with the scores meteor-1.5.jar gives them. Needs Java.

Run from the repository's root: python tests/golden/meteor/make_pairs.py
"""

from __future__ import annotations

import json
from pathlib import Path

from aacbench.metrics.meteor import reference

ITEMS: list[tuple[str, list[str]]] = [
    ("a dog barks while a man speaks", ["the man is speaking while a dog barks and barks"]),
    ("a dog barks while a man speaks", ["a dog barks while a man speaks"]),
    ("rain falls on a tin roof", ["water is dripping onto a metal roof", "the rain fell on the tin roof"]),
    ("someone is walking on gravel", ["a person walks along a gravel path", "footsteps crunch over stones"]),
    ("cars are driving by in the distance", ["vehicles pass in the distance", "a car drives by", "birds"]),
    ("a number of people are talking", ["several people talk", "many persons are having a conversation"]),
    ("the bell rings and rings and rings", ["and the bell rings", "bells ringing the bell"]),
    ("children laugh and play in the background", ["in the background kids are laughing and playing"]),
    ("the-well-known u.s. clock ticks 1,000 times", ["the well known us clock ticks 1,000 times ."]),
    ("it 's a woman 's voice n't", ["a woman's voice isn't heard", "it is the voice of a woman"]),
    ("a mall is noisy", ["a man. is noisy"]),
    ("waves crash", ["a loud engine hums"]),
    ("", ["a dog barks"]),
    ("a door opens", ["", "door"]),
    ("in order to get rid of the noise he shut it down", ["so as to dispose of the noise he closed it"]),
    ("of the of the of the", ["the of the of", "of of of the the the"]),
    ("a cat meows and a cat purrs and a cat meows", ["a cat purrs a cat meows a cat and meows and"]),
    ("over and over again in", ["repeatedly"]),
    ("déjà vu – “music” plays ‘softly’", ["déjà vu - \" music \" plays ' softly '"]),
]


def main() -> None:
    """Score the items with the jar and write them beside this script."""
    candidates, references = [item[0] for item in ITEMS], [item[1] for item in ITEMS]
    corpus, scores = reference.score(candidates, references)
    with Path(__file__).with_name("pairs.jsonl").open("w", encoding="utf-8") as file:
        file.write(json.dumps({"corpus": corpus}) + "\n")
        for (candidate, group), score in zip(ITEMS, scores, strict=True):
            row = {"candidate": candidate, "references": group, "meteor": score}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
