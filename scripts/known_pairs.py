"""Pairs of captions whose better one is known without asking people, in the form that `aacbench metaeval` reads.

    python scripts/known_pairs.py CAPTIONS.csv PAIRS.jsonl

From a table of references (`file_name,caption_1,...`), for every clip: its caption against one of another clip
(`other clip`); against itself with one error put in, by the kind of error; and against itself with one sound exchanged
for another clip's (`other sound`). The references are the clip's other captions.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from fluency.errors import KINDS

from aacbench.text.parser import load_parser
from aacbench.text.parser.parse import Parse
from aacbench.text.ptb import tokenize_captions

NOUNS = ("NN", "NNS")


def other_sound(parse: Parse, other: Parse, rng: random.Random) -> list[str] | None:
    """The caption with one of its nouns replaced by one of another caption's, in the same number."""
    places = [(i, tag) for i, tag in enumerate(parse.tags) if tag in NOUNS and parse.relations[i] != "compound"]
    rng.shuffle(places)
    for place, tag in places:
        fresh = [
            word for word, own in zip(other.words, other.tags, strict=True) if own == tag and word not in parse.words
        ]
        if fresh:
            return [*parse.words[:place], rng.choice(fresh), *parse.words[place + 1 :]]
    return None


def pairs(captions: list[list[str]], rng: random.Random) -> Iterator[dict[str, object]]:
    """One pair of each category a clip, where its caption lends itself to it; the better caption is the first."""
    parser = load_parser()
    chosen = [rng.randrange(len(texts)) for texts in captions]
    said = tokenize_captions([texts[number] for texts, number in zip(captions, chosen, strict=True)])
    parses = parser.parse([text.split() for text in said])
    for clip, (texts, number, parse) in enumerate(zip(captions, chosen, parses, strict=True)):
        references = texts[:number] + texts[number + 1 :]
        other = rng.choice([place for place in range(len(captions)) if place != clip])
        worse: dict[str, list[str] | None] = {"other clip": said[other].split()}
        worse["other sound"] = other_sound(parse, parses[other], rng)
        worse |= {kind: make(parse, rng) if len(parse.words) > 3 else None for kind, make in KINDS.items()}
        for category, words in worse.items():
            if words and " ".join(words) != said[clip]:
                yield {
                    "references": references,
                    "category": category,
                    "caption_0": said[clip],
                    "caption_1": " ".join(words),
                    "vote": 1,
                }


def main(table: str, output: str) -> None:
    """Read the references, write the pairs."""
    with Path(table).open(encoding="utf-8", newline="") as lines:
        captions = [
            [row[key] for key in row if key.startswith("caption") and row[key]] for row in csv.DictReader(lines)
        ]
    text = "".join(json.dumps(pair) + "\n" for pair in pairs(captions, random.Random(0)))
    Path(output).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
