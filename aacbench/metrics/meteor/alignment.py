"""Choose, among all matches, those that make METEOR's alignment: fixed matches first, then a beam search.

The search runs over the reference from left to right and prefers more matched words (weighted sizes,
truncated to whole numbers), then fewer chunks, then a smaller distance. Fixed matches are alone at their
start and share no word with another match, so no other match can ever collide with them, and only the
candidate's words need a record of use. The quirks of the sums, ties and distances are kept because they
decide scores.
"""

from __future__ import annotations

from typing import NamedTuple

from aacbench.metrics.meteor.matching import Match

BEAM = 40
WEIGHTS = (1.0, 0.5, 0.5, 0.5)  # of the four modules; the score weighs them otherwise (`statistics.WEIGHTS`)


class _Path(NamedTuple):
    """A partial alignment: `position` is the next reference word; `last_end`, where a match ended, or -1."""

    total: int
    chunks: int
    distance: int
    position: int
    last_end: int
    used: int  # bit i: candidate word i is taken
    chosen: tuple[Match, ...]


def align(matches: list[list[Match]], candidate_length: int) -> list[Match]:
    """Return the chosen matches in the order of the reference.

    Args:
        matches: those that start at each reference word, in the order METEOR finds them.
        candidate_length: number of words of the candidate.
    """
    fixed = _fixed(matches, candidate_length)
    paths = [_Path(0, 0, 0, 0, -1, 0, ())]
    for position, here in enumerate(matches):
        following: list[_Path] = []
        for path in paths:
            following += _continue(path, position, here, fixed[position])
        paths = _best(following)
    closed = [path._replace(chunks=path.chunks + (path.last_end != -1)) for path in paths]
    return list(_best(closed)[0].chosen)


def _best(paths: list[_Path]) -> list[_Path]:
    """Return the beam's best paths, the earlier of equals first."""
    return sorted(paths, key=lambda path: (-path.total, path.chunks, path.distance))[:BEAM]


def _fixed(matches: list[list[Match]], candidate_length: int) -> list[bool]:
    """Tell for each reference word whether its only match shares no word with any other match."""
    reference_cover = [0] * len(matches)
    candidate_cover = [0] * candidate_length
    for here in matches:
        for match in here:
            for index in range(match.reference, match.reference + match.reference_words):
                reference_cover[index] += 1
            for index in range(match.candidate, match.candidate + match.candidate_words):
                candidate_cover[index] += 1
    return [
        len(here) == 1
        and all(cover == 1 for cover in reference_cover[index : index + here[0].reference_words])
        and all(
            cover == 1 for cover in candidate_cover[here[0].candidate : here[0].candidate + here[0].candidate_words]
        )
        for index, here in enumerate(matches)
    ]


def _continue(path: _Path, position: int, here: list[Match], fixed: bool) -> list[_Path]:
    """Return the paths that `path` leads to at a reference word."""
    if path.position > position:
        return [path]
    if fixed:
        taken = _take(path, here[0])
        return [taken._replace(distance=taken.distance + abs(position - here[0].candidate))]
    following: list[_Path] = []
    for match in here:
        span = ((1 << match.candidate_words) - 1) << match.candidate
        if path.used & span:
            continue
        child = _take(path, match)
        following.append(child._replace(used=child.used | span))
        # The distance falls on the parent: on later children and on the path that skips this word.
        path = path._replace(distance=path.distance + abs(position - match.candidate))
    skipped = path._replace(position=position + 1, chunks=path.chunks + (path.last_end != -1), last_end=-1)
    return [*following, skipped]


def _take(path: _Path, match: Match) -> _Path:
    """Return the path with a match added; the weighted sizes of both sides are cut to whole numbers."""
    weight = WEIGHTS[match.module]
    return path._replace(
        total=path.total + int(match.reference_words * weight) + int(match.candidate_words * weight),
        chunks=path.chunks + (path.last_end not in (-1, match.candidate)),
        position=match.reference + match.reference_words,
        last_end=match.candidate + match.candidate_words,
        chosen=(*path.chosen, match),
    )
