"""Features of clips, computed once and kept on disk by the settings and the content of the audio file.

Moving or renaming an audio file costs no new extraction; changing a sample or a setting does. A second run reads no
audio at all: the content key of an unchanged file is remembered (`aacbench.files.content`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from aacbench.audio.io import read
from aacbench.audio.large import is_large
from aacbench.audio.logmel import extract
from aacbench.audio.settings import FeatureSettings
from aacbench.audio.source import audio_key, audio_name, fresh_audio_key, is_missing, remembered_audio_key
from aacbench.errors import UserError, first_few
from aacbench.files.arrays import ArrayCache, UnwritableError
from aacbench.files.cache_dir import cache
from aacbench.runtime.ahead import in_order
from aacbench.runtime.cores import cores, one_torch_thread
from aacbench.runtime.distributed.collectives import for_each_rank
from aacbench.runtime.progress import progress as progress_bar
from aacbench.types import Clip

if TYPE_CHECKING:
    from aacbench.audio.feature_source import FeatureSource

MOST_READERS = (
    16  # threads that read a batch at once; two a core cost more and load no faster (tests/benchmarks/loader.py)
)
AHEAD = 16  # clips that wait for each thread that makes features: what waits does not grow with the dataset


def feature_source(features: FeatureSettings | FeatureSource) -> FeatureSource:
    """Return where a network's features come from: itself, or the cache of a front-end's."""
    return FeatureCache(features) if isinstance(features, FeatureSettings) else features


class ClipCache:
    """What `compute` makes of clips, (T, F) each, kept below `folder` by the content of their audio files.

    Several processes may share the folder: what two of them compute at once is the same, and files appear whole.
    `work` is what the progress bar calls it. `compute` is called in several threads, and may raise `UserError`.
    """

    def __init__(self, folder: Path, compute: Callable[[Clip], Tensor], work: str) -> None:
        self.arrays, self.compute, self.work = ArrayCache(folder), compute, work

    def key(self, clip: Clip) -> str:
        """Return what the clip's features are kept under: the SHA-256 of its audio file."""
        return audio_key(clip.audio)

    def load(self, clip: Clip) -> Tensor:
        """Return the clip's features (T, F), float32, from the disk or else computed.

        Raises:
            UserError: the audio is missing or cannot be read, or the cache folder cannot be written.
        """
        key, fresh = self._key(clip)
        kept = self.arrays.get(key)
        if kept is not None and len(kept) == 1:
            return torch.from_numpy(kept[0])
        return self._computed(clip, key if fresh else None)

    def load_all(self, clips: Sequence[Clip]) -> list[Tensor]:
        """Return `load` of each clip, in order, with several threads; raises as `load`."""
        different = {clip.audio: clip for clip in clips}
        if len(different) < 2:
            return [self.load(clip) for clip in clips]
        features = dict(zip(different, _readers().map(self.load, different.values()), strict=True))
        return [features[clip.audio] for clip in clips]

    def missing(self, clips: Sequence[Clip]) -> list[Clip]:
        """Return the clips whose features are not yet kept."""
        return [clip for clip in clips if not self._is_kept(clip)]

    def prepare(self, clips: Sequence[Clip], progress: bool = True, workers: int | None = None) -> None:
        """Compute what is not yet kept for `clips`, with `workers` threads (by default one per core).

        What was done stays when this is stopped in the middle. Clips whose audio cannot be used do not keep
        the others from being done; they are reported together at the end.

        Raises:
            UserError: audio is missing or cannot be read, or the cache folder cannot be written.
        """
        self._check_present(clips)
        todo = self.missing(clips)
        if not todo:
            return
        workers = workers or min(cores(), len(todo))
        if progress:
            with progress_bar(self.work, len(todo)) as bar:
                errors = self._fill(todo, workers, bar.update)
        else:
            errors = self._fill(todo, workers, lambda done: None)
        if errors:
            raise _together(errors, len(clips))

    def _check_present(self, clips: Sequence[Clip]) -> None:
        missing = [clip.audio for clip in clips if is_missing(clip.audio)]
        if missing:
            raise UserError(
                f"{len(missing)} of {len(clips)} audio files are missing: {first_few(missing)}; "
                "put them there, or leave those clips out of the captions file"
            )

    def _is_kept(self, clip: Clip) -> bool:
        key = remembered_audio_key(clip.audio)
        return key is not None and key in self.arrays

    def _fill(self, clips: Sequence[Clip], workers: int, report: Callable[[int], None]) -> list[UserError]:
        """Compute the features of `clips`; return the errors of those whose audio cannot be used."""
        errors: list[UserError] = []
        with one_torch_thread(), ThreadPoolExecutor(workers, thread_name_prefix="features") as pool:
            try:
                for done, error in enumerate(in_order(pool, self._ensure, clips, AHEAD * workers), 1):
                    if error is not None:
                        errors.append(error)
                    report(done)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return errors

    def _ensure(self, clip: Clip) -> UserError | None:
        """Compute the clip's features where they are not kept; return, not raise, an error of its audio."""
        try:
            key, fresh = self._key(clip)
            if key not in self.arrays:
                self._computed(clip, key if fresh else None)
        except UnwritableError:
            raise
        except UserError as error:
            return error
        return None

    def _key(self, clip: Clip) -> tuple[str, bool]:
        """Return the clip's key, and whether its file was read for it just now: that is done once."""
        known = remembered_audio_key(clip.audio)
        return (fresh_audio_key(clip.audio), True) if known is None else (known, False)

    def _computed(self, clip: Clip, key: str | None = None) -> Tensor:
        """Compute and keep the clip's features, under the content that its file has before and afterwards.

        `key` is that of its file, where it was read just now.
        """
        key = fresh_audio_key(clip.audio) if key is None else key
        features = self.compute(clip)
        if audio_key(clip.audio) != key:
            raise UserError(
                f"{audio_name(clip.audio)} changed while it was read; leave the audio alone and repeat the command"
            )
        self.arrays.put(key, [features.numpy()])
        return features


class FeatureCache(ClipCache):
    """The features of clips under `settings`, kept below `folder` (by default the cache folder "features")."""

    def __init__(self, settings: FeatureSettings, folder: Path | None = None) -> None:
        self.settings = settings
        root = cache("features") if folder is None else folder
        super().__init__(root / settings.key(), self._extract, "extracting features")

    def _extract(self, clip: Clip) -> Tensor:
        return extract(read(clip.audio, self.settings.sample_rate), self.settings)


def prepare_ahead(source: FeatureSource, training: Sequence[Clip], validation: Sequence[Clip]) -> None:
    """Compute what training needs before it begins; of a `LARGE` set that is left to the first epoch, clip by clip."""
    clips = validation if is_large(training) else [*training, *validation]
    for_each_rank(clips, source.prepare)


def load_all(source: FeatureSource, clips: Sequence[Clip]) -> list[Tensor]:
    """Return the features (T, F) of each clip; several are read at once where the source can do that."""
    return source.load_all(clips) if isinstance(source, ClipCache) else [source.load(clip) for clip in clips]


def readers() -> int:
    """Return how many threads read a batch: one a core that this process may use, at least two."""
    return max(2, min(MOST_READERS, cores()))


@lru_cache(maxsize=1)
def _readers() -> ThreadPoolExecutor:
    """The threads that read the features of a batch; each computes on one core, and others keep torch's threads.

    Torch has a number of threads for each thread, set when that first asks, and one for threads to come.
    """
    count, before = readers(), torch.get_num_threads()
    started = Barrier(count)

    def begin() -> None:
        torch.get_num_threads()  # takes the number for threads to come, which the next line then replaces
        torch.set_num_threads(1)
        started.wait()

    pool = ThreadPoolExecutor(count, thread_name_prefix="aacbench-read")
    for begun in [pool.submit(begin) for _ in range(count)]:
        begun.result()
    torch.set_num_threads(before)
    return pool


def _together(errors: Sequence[UserError], total: int) -> UserError:
    if len(errors) == 1:
        return errors[0]
    shown = sorted(str(error) for error in errors)[:3]
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    return UserError(f"{len(errors)} of {total} audio files cannot be used: {'; '.join(shown)}{more}")
