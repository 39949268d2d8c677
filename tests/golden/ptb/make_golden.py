"""Writes strings.jsonl: hand-written and fuzzed strings with the official tokenizer's answer (needs Java).

python tests/golden/ptb/make_golden.py
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from aacbench.text.ptb_reference import official_jar, reference_tokenize

HERE = Path(__file__).parent
HAND = """
A man's dog can't bark, won't it?|It's raining... and then it stops.|"Loud" noises (in a hall) - then silence!
Don't; shouldn't've 'tis 'twas y'all gonna wanna gotta gimme lemme cannot|The '90s rock 'n' roll o'clock ma'am
1/2 of 3.5 kHz at 10,000 Hz costs $5.00 or £3
e.g. the U.S. army vs. Mr. Smith, Inc. etc.|walkie-talkie state-of-the-art 5-year-old
http://www.example.com/a?b=c and me@example.org|AT&T &amp; &lt;b&gt; &quot;x&quot;|:) :-( <3 ^_^|a--b a—b a–b a - b
“Curly” ‘quotes’ don’t|naïve café Ærø straße|colour favourite theatre grey|8:30 a.m. to 5 p.m.|no. 5 is no. Five
rain,wind;thunder:hail|wait...what....ok|50% of #1 @home *star* under_score
[brackets] {braces} <tags>|Dr. Who is at St. Paul's
1,000.50 -3.2 +7 1st 2nd 20th|(555) 123-4567|x=y+z/2|back\\slash|tab\tand  double  blanks|'quoted' words'|dogs' tails
Jan. 5 at 9 p.m. in Calif. and Mass.|a.b.c. A.B. C.|end.|END|...|!?|''|``|-|--|a|
""".strip()
ALPHABET = [
    *"abcdeinorst'\"-.,;:!?()[]{}<>/\\&@#$%^*_+=~`|0123456789AEIST  ",
    *"\u2019\u201c\u201d\u2013\u2014\u2026éß£€½中\xa0\xad🙂",
    *["n't", "'s", "...", "--", "&amp;", "Mr.", "e.g.", "U.S.", "the", "The", "dog", "km/h", "3.5", "http://x.org"],
]


def fuzzed(count: int, seed: int) -> list[str]:
    """Return strings of 1 to 25 pieces drawn from words, punctuation, symbols and letters of several scripts."""
    draw = random.Random(seed)
    return ["".join(draw.choice(ALPHABET) for _ in range(draw.randint(1, 25))) for _ in range(count)]


def main() -> None:
    """Ask the jar and write the file; each string is a file of its own for the tokenizer, as `x` lines part them."""
    texts = [text for line in HAND.splitlines() for text in line.split("|")] + fuzzed(400, 20)
    answers = reference_tokenize([part for text in texts for part in (text, "x", "x")], official_jar())[::3]
    lines = [json.dumps([text, answer]) for text, answer in zip(texts, answers, strict=True)]
    (HERE / "strings.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
