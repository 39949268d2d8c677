"""When a system attended at each word of its caption, as the column `word_seconds` of a predictions file.

A cell has, for each word of the caption (what blanks part), the second from the clip's start at which the system
attended most (the centre of the frame with the most attention), parted by blanks: `0.24 1.2 - 2.88`. `-` stands for
a word of which it is not known; an empty cell says nothing of any. Seconds are kept to the millisecond.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from aacbench.errors import UserError, counted, cut
from aacbench.types import WordSeconds

WORD_SECONDS, UNKNOWN = "word_seconds", "-"
DECIMALS = 3
_BARE = re.compile(r"[\W_]")


def parse_seconds(place: str, caption: str, cell: str) -> WordSeconds:
    """Return what a cell says of a caption's words; `place` is what messages call it.

    Raises:
        UserError: a part is no time, or there are not as many as the caption has words.
    """
    seconds = tuple(_second(place, part) for part in cell.split())
    require_one_a_word(place, caption, seconds)
    return seconds


def require_one_a_word(place: str, caption: str, seconds: Sequence[float | None]) -> None:
    """Make sure that there are as many seconds as the caption has words, or none.

    Raises:
        UserError: there are more or fewer.
    """
    words = len(caption.split())
    if seconds and len(seconds) != words:
        raise UserError(
            f"{place}: {WORD_SECONDS} has {counted(len(seconds), 'entry', 'entries')} for the "
            f"{counted(words, 'word')} of {cut(repr(caption))}; wanted one a word, {UNKNOWN!r} where it is not known"
        )


def written_seconds(seconds: Sequence[float | None]) -> str:
    """Return the cell that `parse_seconds` reads."""
    return " ".join(UNKNOWN if second is None else f"{second:.{DECIMALS}f}" for second in seconds)


def kept_seconds(raw: str, cleaned: str, seconds: WordSeconds) -> WordSeconds:
    """Return the seconds of the words that post-processing left of a caption; nothing where it changed the words."""
    if raw == cleaned or not seconds:
        return seconds
    before, after = _bare_words(raw), _bare_words(cleaned)
    starts = range(len(before) - len(after) + 1)
    start = next((start for start in starts if before[start : start + len(after)] == after), None)
    return () if start is None else seconds[start : start + len(after)]


def _second(place: str, part: str) -> float | None:
    if part == UNKNOWN:
        return None
    try:
        second = float(part)
    except ValueError:
        second = math.nan
    if not 0 <= second < math.inf:
        raise UserError(
            f"{place}: {cut(repr(part))} in {WORD_SECONDS} is no time; wanted seconds from the clip's start, such as "
            f"1.25, or {UNKNOWN!r} where it is not known"
        )
    return round(second, DECIMALS)


def _bare_words(text: str) -> list[str]:
    return [_BARE.sub("", word) for word in text.split()]
