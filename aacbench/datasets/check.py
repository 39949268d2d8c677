"""What a dataset holds and what is odd about it: counts, lengths, rates, silence, clipping, doubles, captions."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from aacbench.audio.io import info, read
from aacbench.audio.source import audio_key, remembered_audio_key
from aacbench.contracts import Dataset, notes_of
from aacbench.datasets.leaks import leaks
from aacbench.datasets.near_audio import Outline, near_leaks, outline
from aacbench.errors import UserError
from aacbench.runtime.ahead import in_order
from aacbench.runtime.progress import progress
from aacbench.types import Clip

SILENT = 1e-4  # a peak below this is silence: -80 dB of full scale
CLIPPED = 0.001  # of a clip's samples at full scale
LONG = 40  # words of a caption
NAMED = 5  # clips that are named of each kind
THREADS = 4
ODD = {
    "numbers": re.compile(r"\d"),
    "addresses": re.compile(r"https?://|www\.", re.IGNORECASE),
    "markup": re.compile(r"<[^>]*>|&\w+;|[*_#`]{2}"),
}


@dataclass
class SplitReport:
    """What one split holds; lengths are in seconds, `problems` names some clips of each kind."""

    clips: int = 0
    captions: int = 0
    words: int = 0
    vocabulary_size: int = 0
    seconds: float = 0.0
    shortest: float = 0.0
    longest: float = 0.0
    rates: dict[int, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)


def check(dataset: Dataset) -> dict[str, Any]:
    """Return the report of a dataset: `dataset`, `version`, `splits` by name, `leaks` and `notes`, as JSON has it.

    Every clip is read. A split that cannot be opened says why.
    """
    splits: dict[str, Any] = {}
    opened: dict[str, list[Clip]] = {}
    outlines: dict[str, dict[str, Outline]] = {}
    for split in dataset.splits:
        try:
            opened[split] = dataset.clips(split)
        except UserError as error:
            splits[split] = {"error": str(error)}
    with progress("reading clips", sum(map(len, opened.values()))) as bar:
        done = itertools.count(1)
        for split, clips in opened.items():
            report, outlines[split] = _split(clips, lambda: bar.update(next(done)))
            splits[split] = asdict(report)
    parts = {name: clips for name, clips in opened.items() if name in ("development", "validation", "evaluation")}
    notes = notes_of(dataset)
    found = [*leaks(parts), *near_leaks({name: outlines[name] for name in parts}, dict(map(_marks, parts.items())))]
    return {"dataset": dataset.name, "version": dataset.version, "splits": splits, "leaks": found, "notes": notes}


def _marks(split: tuple[str, Sequence[Clip]]) -> tuple[str, dict[str, set[str]]]:
    """Return a split's name, and what says of each of its clips that it is of one recording with others."""
    name, clips = split
    return name, {clip.id: {*filter(None, (clip.source, remembered_audio_key(clip.audio)))} for clip in clips}


def _split(clips: Sequence[Clip], told: Callable[[], None]) -> tuple[SplitReport, dict[str, Outline]]:
    report = SplitReport(clips=len(clips))
    outlines: dict[str, Outline] = {}
    problems: dict[str, list[str]] = {}
    lengths, rates = [], Counter[int]()
    with ThreadPoolExecutor(THREADS) as pool:
        for clip, heard in zip(clips, in_order(pool, _hear, clips, 4 * THREADS), strict=True):
            for kind in heard.odd:
                problems.setdefault(kind, []).append(clip.id)
            if heard.outline is not None:
                outlines[clip.id] = heard.outline
            if heard.rate:
                lengths.append(heard.seconds)
                rates[heard.rate] += 1
            told()
    for kind, names in {**problems, **_doubles(clips), **_captions(clips)}.items():
        report.counts[kind] = len(names)
        report.problems[kind] = names[:NAMED]
    words = [word for clip in clips for text in clip.captions for word in re.findall(r"[\w']+", text.lower())]
    report.captions = sum(len(clip.captions) for clip in clips)
    report.words, report.vocabulary_size = len(words), len(set(words))
    if lengths:
        report.seconds, report.shortest, report.longest = sum(lengths), min(lengths), max(lengths)
    report.rates = dict(sorted(rates.items()))
    return report, outlines


@dataclass(frozen=True, slots=True)
class _Heard:
    seconds: float = 0.0
    rate: int = 0
    odd: tuple[str, ...] = ()
    outline: Outline | None = None


def _hear(clip: Clip) -> _Heard:
    try:
        audio_key(clip.audio)
        header, heard = info(clip.audio), read(clip.audio)
        samples = np.abs(heard)
    except UserError:
        return _Heard(odd=("unreadable",))
    odd = []
    if samples.max() < SILENT:
        odd.append("silent")
    if (samples >= 1.0 - 2.0**-15).mean() > CLIPPED:
        odd.append("clipped")
    return _Heard(header.seconds, header.sample_rate, tuple(odd), outline(heard, header.sample_rate))


def _doubles(clips: Sequence[Clip]) -> Mapping[str, list[str]]:
    """Return clips of one split with the same audio as another one before them."""
    seen: set[str] = set()
    same: list[str] = []
    for clip in clips:
        try:
            key = audio_key(clip.audio)
        except UserError:
            continue
        if key in seen:
            same.append(clip.id)
        seen.add(key)
    return {"same audio twice": same} if same else {}


def _captions(clips: Sequence[Clip]) -> Mapping[str, list[str]]:
    clips_by_kind: dict[str, list[str]] = {}
    for clip in clips:
        kinds = {kind for kind, pattern in ODD.items() if any(map(pattern.search, clip.captions))}
        if any(not text.strip() for text in clip.captions):
            kinds.add("empty captions")
        if len(set(clip.captions)) < len(clip.captions):
            kinds.add("same caption twice")
        if any(len(text.split()) > LONG for text in clip.captions):
            kinds.add("very long captions")
        for kind in sorted(kinds):
            clips_by_kind.setdefault(kind, []).append(clip.id)
    return clips_by_kind
