"""The normaliser, on cases seen in the jar's behaviour."""

from __future__ import annotations

import pytest

from aacbench.metrics.meteor.normalise import words

PREFIXES = {"Mr": False, "No": True, "v": False}

CASES = [
    ("a dog barks", "a dog barks"),
    ("  A  Dog ", "a dog"),
    ("", ""),
    ("1,000 a,b 1,b a,1", "1,000 a , b 1 , b a , 1"),
    ("a-b-c", "a b-c"),
    ("ab-cd-ef -a a-", "ab cd ef -a a-"),
    ("a--b a---b a–b", "a b a--b a - b"),
    ("don't 80's 1'a dogs' 'tis", "don 't 80 's 1'a dogs ' ' tis"),
    ("rock'n'roll", "rock 'n'roll"),
    ("``a'' ‘b’ “c”", '" a " \' b \' " c "'),
    ("end.", "end ."),
    ("end. start", "end. start"),
    ("end. Start", "end . start"),
    ("Mr. Smith", "mr. smith"),
    ("mr. Smith", "mr . smith"),
    ("No. 5 No. X", "no. 5 no . x"),
    ("u.s. e.g. 1.2.3. 1.5", "us eg 1.2.3 . 1.5"),
    ("a...b ..", "a ... b .."),
    ("a.-b", "a. b"),
    ("5% $5 a/b c_d", "5 % $ 5 a / b c _ d"),
    ("日本 x² naïve", "日 本 x ² naïve"),
    ("a\u00a0b\u3000c", "a b c"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_words(text: str, expected: str) -> None:
    assert " ".join(words(text, PREFIXES)) == expected


def test_plain_captions_take_the_same_way_as_others() -> None:
    plain = "a dog barks 3 times"
    assert words(plain, PREFIXES) == words(plain + " é", PREFIXES)[:-1]
