"""Frozen records that travel between the layers. Times are in seconds, scores are fractions unless stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


@runtime_checkable
class AudioSource(Protocol):
    """A clip's recording, wherever it lies: a file, a member of a shard, samples in memory.

    It can be compared and hashed, and goes to other processes by pickle. Features are kept under its `key`.
    """

    @property
    def name(self) -> str:
        """Where it lies, for messages: a path, or a shard and a member."""
        ...

    @property
    def key(self) -> str:
        """The SHA-256 (hex) of the bytes that `open` gives; read at the first time only, where that is known."""
        ...

    def open(self) -> BinaryIO:
        """Return the bytes of an audio file (wav, flac, ogg, mp3 ...), which can be sought in.

        Raises:
            UserError: it is missing or cannot be read.
        """
        ...


Audio = Path | AudioSource  # what names a recording: a path is a file's
WordSeconds = tuple[float | None, ...]
"""For each word of a caption (what blanks part), the second of the clip that was attended to; None where not known."""


@dataclass(frozen=True, slots=True)
class Event:
    """A sound event: its class and when it is heard, in seconds from the clip's start."""

    label: str
    onset: float
    offset: float


@dataclass(frozen=True, slots=True)
class Clip:
    """One audio clip with its reference captions.

    `id` is the file name that predictions and references are matched by. `source` names the recording that the
    clip was cut from (a Freesound id, a YouTube id), where it is known: clips of one source in two splits are a leak.
    `audio` is a path or an `AudioSource`; `aacbench.audio.io` reads both.
    """

    id: str
    audio: Audio
    captions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    scene: str | None = None
    events: tuple[Event, ...] = ()
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """What an encoder gives: frames (B, T, D), their valid lengths (B,), and one vector a clip (B, C).

    Frames at and beyond a clip's length are padding; their values are unspecified and no decoder may read them.
    `words`, where a network gives them, are ids (B, K) of words of the vocabulary that the audio suggests.
    """

    frames: Tensor
    lengths: Tensor
    clip: Tensor
    words: Tensor | None = None

    def select(self, rows: Tensor) -> Encoded:
        """Return the clips at `rows` (N,), in that order; a row may be taken several times."""
        words = None if self.words is None else self.words[rows]
        return Encoded(self.frames[rows], self.lengths[rows], self.clip[rows], words)

    def join(self, other: Encoded) -> Encoded:
        """Return these clips and then the other's, which were padded to the same number of frames."""
        import torch

        return Encoded(
            torch.cat([self.frames, other.frames]),
            torch.cat([self.lengths, other.lengths]),
            torch.cat([self.clip, other.clip]),
            None if self.words is None or other.words is None else torch.cat([self.words, other.words]),
        )


@dataclass(frozen=True, slots=True)
class Caption:
    """A predicted caption with its search score (sum of log-probabilities, normalised as the search was told)."""

    clip_id: str
    text: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """The references of N clips, raw and as Penn Treebank tokens joined by one blank, and their audio if it is known.

    `audio` is empty, or has an entry a clip, None where a clip's is not known.
    """

    ids: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    reference_tokens: tuple[tuple[str, ...], ...]
    audio: tuple[Audio | None, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, rows: Sequence[int]) -> ReferenceSet:
        """Return the clips at `rows`, in that order."""
        return ReferenceSet(
            tuple(self.ids[row] for row in rows),
            tuple(self.references[row] for row in rows),
            tuple(self.reference_tokens[row] for row in rows),
            tuple(self.audio[row] for row in rows) if self.audio else (),
        )

    def with_candidates(
        self, rows: Sequence[int], candidates: Sequence[str], candidate_tokens: Sequence[str]
    ) -> ScoringItems:
        """Return items of which number n is a candidate for the clip at `rows[n]`; a clip may come several times."""
        chosen = self.select(rows)
        return ScoringItems(
            chosen.ids,
            tuple(candidates),
            chosen.references,
            tuple(candidate_tokens),
            chosen.reference_tokens,
            chosen.audio,
        )


@dataclass(frozen=True, slots=True)
class ScoringItems:
    """Candidates and references of N clips, raw and as Penn Treebank tokens joined by one blank.

    `ids`, `candidates`, `references`, `candidate_tokens` and `reference_tokens` have length N; the number of
    references may differ from clip to clip. `audio` is empty, or has an entry a clip, None where it is not known.
    `alternatives` is empty, or has all raw candidates of each clip, the one in `candidates` first. `word_seconds` is
    empty, or has an entry a clip, for the words of its candidate; that is empty where nothing is known.
    """

    ids: tuple[str, ...]
    candidates: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    candidate_tokens: tuple[str, ...]
    reference_tokens: tuple[tuple[str, ...], ...]
    audio: tuple[Audio | None, ...] = ()
    alternatives: tuple[tuple[str, ...], ...] = ()
    word_seconds: tuple[WordSeconds, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def reference_set(self) -> ReferenceSet:
        """Return the references alone."""
        return ReferenceSet(self.ids, self.references, self.reference_tokens, self.audio)


@dataclass(frozen=True, slots=True)
class RankedItems:
    """Q queries with the ranks, from 1 and ascending, at which their relevant clips stand; half ranks come from ties.

    `ranks` has the relevant clips that were ranked, `relevant` how many each query has. `depth` is how many places are
    known, None where all are: a relevant clip that is not among them was missed. `signature` says how they were ranked.
    """

    ids: tuple[str, ...]
    ranks: tuple[NDArray[np.float64], ...]
    relevant: tuple[int, ...]
    depth: int | None = None
    signature: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's value over a set of items: the corpus value, and one value per item where the metric has them."""

    name: str
    corpus: float
    items: tuple[float, ...] | None = None
    signature: Mapping[str, Any] = field(default_factory=dict)
