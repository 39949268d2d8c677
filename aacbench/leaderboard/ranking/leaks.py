"""Has a system heard the board's clips before? As far as it says what it learned from, and as the data sets are known.

A board counts, for each data set, how many of its evaluation clips are in there too (`overlaps`): by Freesound and
YouTube ids, or by the audio itself. What is not said is unknown, which is not none.
"""

from __future__ import annotations

from dataclasses import dataclass

from aacbench.leaderboard.store.boards import Board
from aacbench.runs.record import RunRecord


@dataclass(frozen=True, slots=True)
class Leak:
    """`clips` of the evaluation clips are in data sets that the system learned from; `unknown` are data sets of which
    the board does not know, None that the system does not say what it learned from.
    """

    clips: int
    heard_in: tuple[str, ...]
    unknown: tuple[str, ...] | None

    @property
    def short(self) -> str:
        """The leak in a word: `none`, a count, `unknown`."""
        if self.clips:
            return str(self.clips)
        return "none" if self.unknown == () else "unknown"

    def sentence(self) -> str:
        """Return the leak in one sentence."""
        if self.unknown is None:
            return "It is not said what the system learned from."
        parts = [f"{self.clips} evaluation clips are in {', '.join(self.heard_in)}" if self.clips else ""]
        if self.unknown:
            parts.append(f"how far {', '.join(self.unknown)} overlaps with the evaluation clips is unknown")
        said = "; ".join(part for part in parts if part) or "No evaluation clip is in what the system learned from"
        return f"{said[:1].upper()}{said[1:]}."


def leak(board: Board, record: RunRecord) -> Leak:
    """Return what is known of evaluation clips among those that a system learned from."""
    about = record.about
    if about.trained_on is None:
        return Leak(0, (), None)
    names = dict.fromkeys((*about.trained_on, *(about.external_data or ())))
    known = {name.casefold(): count for name, count in board.overlaps.items()}
    heard = tuple(name for name in names if known.get(name.casefold()))
    unknown = tuple(name for name in names if name.casefold() not in known)
    return Leak(sum(known[name.casefold()] for name in heard), heard, unknown)
