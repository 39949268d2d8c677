"""Multi-word prepositions of collapsed dependencies, as lists of their words.

They are those of the Stanford typed dependencies manual (de Marneffe and Manning) and of Schuster and
Manning, "Enhanced English Universal Dependencies", LREC 2016, so far as the converter's output shows
them.
"""

from __future__ import annotations

_TWO_WORD = """
    across from, along with, alongside of, apart from, as for, as from, as of, as per, as to, aside from,
    based on, close by, close to, contrary to, compared to, compared with, depending on, except for,
    exclusive of, far from, followed by, inside of, irrespective of, near to, next to, off of, out of,
    outside of, owing to, preliminary to, preparatory to, previous to, pursuant to, regardless of,
    subsequent to, thanks to, together with
"""

_HEADED = """
    ahead of, apart from, aside from, away from, close by, close to, far from, next to, out of, outside of
"""

_THREE_WORD = """
    by means of, in accordance with, in addition to, in case of, in front of, in lieu of, in place of,
    in spite of, on account of, on behalf of, on top of, with regard to, with respect to
"""


def phrases(text: str) -> frozenset[tuple[str, ...]]:
    """Return the phrases of a comma-separated list, as tuples of words."""
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))


TWO_WORD = phrases(_TWO_WORD)
"""Words that are sisters under the noun: `out` and `of`."""

HEADED = phrases(_HEADED)
"""The first word heads the phrase of the second: `next` heads `to the road`."""

THREE_WORD = phrases(_THREE_WORD)
"""The second word heads the phrase of the third: `front` heads `of the barn`."""
