"""The contract of a metric, checked on a handful of captions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aacbench.contracts import Metric, MetricSpec
from aacbench.scoring import score_items
from aacbench.scoring.scorer import Scorer
from aacbench.scoring.select import ordered
from aacbench.scoring.tokens import reference_set, tokenizer
from aacbench.testing.facts import aggregate_fact, metric_facts
from aacbench.testing.material import CAPTIONS, tone_clips
from aacbench.testing.report import Checked, check_spec, find
from aacbench.types import Score, WordSeconds

CLOSE = 1e-6
Settings = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Rows:
    """Candidates and references by clip id."""

    ids: tuple[str, ...]
    candidates: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]

    def turned(self) -> Rows:
        """Return the clips in reverse order, each one's references too."""
        return Rows(self.ids[::-1], self.candidates[::-1], tuple(row[::-1] for row in self.references[::-1]))


@dataclass(frozen=True)
class Subject:
    """A metric with the settings it is checked with."""

    spec: MetricSpec
    specs: Sequence[MetricSpec]
    settings: Settings
    checked: Checked
    clips: Sequence[Path] = ()

    def audio(self, rows: Rows) -> tuple[Path, ...]:
        """Return a file for each clip of a metric that hears them: always the same for an id."""
        if not self.clips:
            return ()
        return tuple(
            self.clips[int(name.rpartition("-")[2].removesuffix(".wav")) % len(self.clips)] for name in rows.ids
        )

    def word_seconds(self, candidates: Sequence[str]) -> tuple[WordSeconds, ...]:
        """Return a second for every word, where the metric reads them."""
        if not self.spec.needs_word_seconds:
            return ()
        return tuple(tuple(number / 4 for number, _ in enumerate(text.split())) for text in candidates)

    def scores(self, rows: Rows) -> list[Score]:
        """Return the metric's own scores, each checked on its own."""
        captions = (rows.ids, rows.candidates, rows.references)
        report = score_items(
            *captions,
            self.specs,
            settings=self.settings,
            audio=self.audio(rows),
            word_seconds=self.word_seconds(rows.candidates),
        )
        scores = [report.scores[name] for name in self.spec.outputs]
        for score in scores:
            _values(self.checked, self.spec, score)
        return scores


def check_metric(
    part: str | MetricSpec,
    *,
    captions: Sequence[str] = CAPTIONS,
    reaches_maximum: bool = True,
    others: Settings | None = None,
    **settings: Any,
) -> None:
    """Check a metric: outputs, range, determinism, order of clips and references, empty captions, maximum, signature,
    and its lifetime (made and prepared once, called batch by batch).

    `captions` are six or more different captions that it can tell apart. On candidates equal to all their references a
    metric that ranks has to reach the top of its range, unless `reaches_maximum` is false or the range is open.
    `others` are settings of the metrics it needs, by name. A metric that hears gets six short clips of tones.

    Raises:
        ContractError: it does not keep the contract.
        UserError: it is not installed, needs a metric that is not, or does not take the settings.
    """
    spec, checked, registries = find(MetricSpec, part)
    check_spec(checked, spec)
    metric_facts(checked, spec)
    low, high = spec.range
    checked.require(low < high, "a range from the lowest to the highest score", spec.range)
    checked.require(len(set(captions)) == len(captions) >= 6, "six or more different captions", len(captions))
    specs = ordered([spec], registries.metrics)
    checked.require(spec.task == "captioning", "a metric of captions", spec.task)
    with TemporaryDirectory() as folder:
        heard = [Path(str(clip.audio)) for clip in tone_clips(Path(folder), 6)] if spec.needs_audio else []
        subject = Subject(spec, specs, {spec.name: settings, **(others or {})}, checked, heard)
        _check(subject, captions, reaches_maximum)


def _check(subject: Subject, captions: Sequence[str], reaches_maximum: bool) -> None:
    checked, spec = subject.checked, subject.spec
    mixed = _mixed(captions)
    first = subject.scores(mixed)
    aggregate_fact(checked, spec, first)
    _same(checked, "the same scores each time", first, subject.scores(mixed))
    turned = subject.scores(mixed.turned())
    _same(checked, "scores that do not depend on the order of clips and references", first, [_back(s) for s in turned])
    _edges(subject, captions)
    _lifetime(subject, mixed, first)
    if reaches_maximum and spec.ranked:
        _maximum(subject, captions, first)


def _mixed(captions: Sequence[str]) -> Rows:
    """Return good, bad and empty candidates with one to three references each."""
    indices = range(len(captions))
    candidates = [captions[index] if index % 2 else captions[index - 1] for index in indices]
    candidates[0] = ""
    candidates[1] = captions[1].upper() + " ."
    references = [tuple(captions[(index + step) % len(captions)] for step in range(1 + index % 3)) for index in indices]
    return Rows(tuple(f"clip-{index}.wav" for index in indices), tuple(candidates), tuple(references))


def _values(checked: Checked, spec: MetricSpec, score: Score) -> None:
    """Check that values are finite and in range, and the signature usable."""
    low, high = spec.range
    for value in (score.corpus, *(score.items or ())):
        checked.require(math.isfinite(value), f"finite values of {score.name}", value)
        inside = low - CLOSE <= value <= high * (1 + CLOSE) + CLOSE
        checked.require(inside, f"{score.name} within its range {spec.range}", value)
    version = score.signature["version"]
    checked.require(
        isinstance(version, int) and version >= 1,
        f"a signature of {score.name} with its `version`, a whole number from 1 that rises when its arithmetic changes",
        version,
    )
    try:
        json.dumps(score.signature)
    except TypeError as error:
        checked.require(False, "a signature of plain values (JSON)", error)


def _edges(subject: Subject, captions: Sequence[str]) -> None:
    """Empty captions on either side, punctuation alone, and a single clip have finite scores."""
    for candidates, references in (
        (("", ""), ((captions[0],), (captions[1], captions[2]))),
        ((captions[0], captions[1]), (("",), ("", captions[1]))),
        (("", "."), (("",), (".",))),
        ((captions[0],), ((captions[1],),)),
    ):
        ids = tuple(f"edge-{index}.wav" for index in range(len(candidates)))
        subject.scores(Rows(ids, candidates, references))


def _maximum(subject: Subject, captions: Sequence[str], mixed: Sequence[Score]) -> None:
    ids = tuple(f"equal-{index}.wav" for index in range(len(captions)))
    equal = subject.scores(Rows(ids, tuple(captions), tuple((caption, caption) for caption in captions)))
    upwards = subject.spec.higher_is_better
    top, end, better = (
        (subject.spec.range[1], "top", "higher") if upwards else (subject.spec.range[0], "bottom", "lower")
    )
    for score, other in zip(equal, mixed, strict=True):
        subject.checked.require(
            score.corpus > other.corpus if upwards else score.corpus < other.corpus,
            f"a {better} {score.name} of captions equal to their references than of others, {other.corpus:g}",
            score.corpus,
        )
        if math.isfinite(top):
            reached = math.isclose(score.corpus, top, rel_tol=1e-5, abs_tol=CLOSE)
            subject.checked.require(
                reached, f"{score.name} of {top:g}, the {end} of its range, where captions equal theirs", score.corpus
            )


def _lifetime(subject: Subject, rows: Rows, whole: Sequence[Score]) -> None:
    """Once made and prepared, a metric scores a clip alike alone, twice in a batch, and after other batches."""
    checked, spec = subject.checked, subject.spec
    scorer = Scorer(subject.specs, settings=subject.settings)
    metric = scorer.metrics[spec.name]
    if not isinstance(metric, Metric):  # what has `__call__` alone promises nothing
        more = [name for name in ("prepare", "check_ready", "warnings") if hasattr(metric, name)]
        checked.require(not more, "a class derived from aacbench.contracts.Metric, which alone is prepared", more)
        return
    scorer.check_ready()
    references = reference_set(rows.ids, rows.references, audio=subject.audio(rows))
    scorer.prepare(references)
    for batch in ([len(rows.ids) - 1], [2, 1, 2], [*range(len(rows.ids))]):
        said = [rows.candidates[row] for row in batch]
        items = references.with_candidates(batch, said, tokenizer("native")(said))
        scores = scorer(replace(items, word_seconds=subject.word_seconds(said)))
        for wanted, name in zip(whole, spec.outputs, strict=True):
            values, expected = scores[name].items, wanted.items
            if values is None or expected is None:
                continue
            gap = max(abs(value - expected[row]) for value, row in zip(values, batch, strict=True))
            checked.require(gap <= CLOSE, f"the same {name} of a clip in any batch, once prepared", f"{gap:.3g} more")


def _back(score: Score) -> Score:
    return Score(score.name, score.corpus, score.items[::-1] if score.items else score.items, score.signature)


def _same(checked: Checked, wanted: str, first: Sequence[Score], second: Sequence[Score]) -> None:
    for one, other in zip(first, second, strict=True):
        checked.require(
            math.isclose(one.corpus, other.corpus, rel_tol=CLOSE, abs_tol=CLOSE),
            f"{wanted} ({one.name})",
            f"{one.corpus!r} and {other.corpus!r}",
        )
        pairs = zip(one.items or (), other.items or (), strict=True)
        gap = max((abs(a - b) for a, b in pairs), default=0.0)
        checked.require(gap <= CLOSE, f"{wanted} ({one.name} by clip)", f"a difference of {gap:.3g}")
        checked.require(one.signature == other.signature, f"{wanted} (signature of {one.name})", other.signature)
