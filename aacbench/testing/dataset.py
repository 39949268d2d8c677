"""The contract of a dataset, checked on the clips it gives; audio is opened, not decoded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from aacbench.audio.io import info
from aacbench.audio.source import audio_location, is_missing
from aacbench.contracts import Dataset, DatasetOptions, DatasetSpec
from aacbench.datasets.fingerprint import fingerprint
from aacbench.errors import UserError
from aacbench.testing.facts import dataset_facts
from aacbench.testing.report import Checked, check_spec, find
from aacbench.types import AudioSource, Clip

OPENED = 20


def check_dataset(
    part: str | DatasetSpec, data_dir: Path | None = None, version: str | None = None, **settings: str
) -> None:
    """Check a dataset: splits, a fixed order, ids, audio, captions, clips in one split alone, errors for mistakes.

    Without settings it is opened with those that its spec calls `smoke`.

    Raises:
        ContractError: it does not keep the contract.
        UserError: it is not installed, or its data is not there.
    """
    spec, checked, registries = find(DatasetSpec, part)
    check_spec(checked, spec)
    checked.require(bool(spec.licence), "a licence in the spec", "none")
    dataset_facts(checked, spec)
    own = settings or dict(spec.smoke)

    def opened(**changes: str) -> Dataset:
        return registries.dataset(spec.name, DatasetOptions(data_dir, version, {**own, **changes}))

    dataset = opened()
    checked.require(isinstance(dataset, Dataset), "name, version, splits and clips(split)", type(dataset).__name__)
    checked.require(dataset.name == spec.name, f"the name {spec.name!r}", repr(dataset.name))
    checked.require(bool(dataset.version), "a version", repr(dataset.version))
    if spec.versions:
        checked.require(dataset.version in spec.versions, f"one of the versions {spec.versions}", dataset.version)
    wanted = ("development", "evaluation")
    checked.require(set(wanted) <= set(dataset.splits), f"the splits {' and '.join(wanted)}", dataset.splits)
    splits = {split: dataset.clips(split) for split in dataset.splits}
    for split, clips in splits.items():
        _clips(checked, split, clips)
        again = opened().clips(split)
        checked.require(clips == again, f"the clips of {split} in a fixed order", "another order or other clips")
    _apart(checked, splits)
    first = splits["evaluation"]
    checked.require(fingerprint(first) == fingerprint(opened().clips("evaluation")), "one fingerprint", "another")
    _mistakes(checked, dataset, opened)


def _clips(checked: Checked, split: str, clips: Sequence[Clip]) -> None:
    checked.require(len(clips) > 0, f"clips in {split}", "none")
    checked.require(all(isinstance(clip, Clip) for clip in clips), "aacbench.types.Clip", type(clips[0]).__name__)
    twice = len(clips) - len({clip.id for clip in clips})
    checked.require(not twice, f"every id once in {split}", f"{twice} that come again")
    for clip in clips:
        there = isinstance(clip.audio, Path | AudioSource) and not is_missing(clip.audio)
        checked.require(there, "the audio of every clip", clip.audio)
        texts = all(isinstance(text, str) and text.strip() for text in clip.captions)
        checked.require(
            isinstance(clip.captions, tuple) and texts, "captions as a tuple of texts that are not empty", clip
        )
        checked.require(isinstance(clip.tags, tuple), "tags as a tuple", clip.tags)
    for clip in clips[:OPENED]:
        try:
            info(clip.audio)
        except UserError as error:
            checked.require(False, "audio that can be read", error)


def _apart(checked: Checked, splits: dict[str, list[Clip]]) -> None:
    """No clip may be in two splits: trained on and tested with."""
    seen: dict[str, str] = {}
    for split in ("development", "validation", "evaluation"):
        for clip in splits.get(split, []):
            other = seen.setdefault(os.path.realpath(audio_location(clip.audio)), split)
            checked.require(other == split, "every recording in one split alone", f"{clip.id} in {other} and {split}")


def _mistakes(checked: Checked, dataset: Dataset, opened: Callable[..., Dataset]) -> None:
    """An unknown split and an unknown setting are the user's mistake, told in one line."""
    for what, attempt in (
        ("an unknown split", lambda: dataset.clips("no-such-split")),
        ("an unknown setting", lambda: opened(no_such_setting="1")),
    ):
        came = "nothing raised"
        try:
            attempt()
        except UserError as error:
            came = str(error)
            if "no-such-split" in came or "no_such_setting" in came:
                continue
        except Exception as error:
            came = f"{type(error).__name__}: {error}"
        checked.require(False, f"aacbench.errors.UserError, which names it, for {what}", came)
