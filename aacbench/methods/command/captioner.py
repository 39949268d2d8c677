"""Clips captioned by a program; each caption is on disk when it is there, so that a killed run asks for none again.

`answers.jsonl` in the run's folder has a line a caption, and one for each clip that got none: what went wrong, the exit
code, the end of the standard error. A clip that got none is tried again by the next run that is not finished.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aacbench.audio.source import AudioFile, audio_key, audio_name, audio_source
from aacbench.contracts import Account
from aacbench.errors import AacbenchError, UserError, counted, one_line
from aacbench.files.journal import Journal
from aacbench.files.safe_read import parse_json
from aacbench.methods.command.outline import AUDIO, LIST, arguments, takes_list
from aacbench.methods.command.program import Ended, run_program
from aacbench.methods.command.settings import CommandSettings
from aacbench.types import Clip

FEW = 3  # failures without a caption, after which nothing more is tried
PATHS, CAPTIONS = ("audio", "path", "file", "file_name"), ("caption", "text", "caption_predicted")
NOTHING, NO_TEXT = "printed nothing", "printed what is no text"


class CommandCaptioner:
    """Captions clips by running the program that the settings name."""

    def __init__(self, settings: CommandSettings, path: Path) -> None:
        self.settings, self.words = settings, arguments(settings)
        self.answers = Journal(path)
        self._failed: dict[str, str] = {}
        self._captioned = any(entry.get("caption") for entry in self.answers.entries())

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return the program's caption for each clip, an empty one where it gave none.

        Raises:
            UserError: the program cannot be started.
            AacbenchError: it fails for every clip.
        """
        missing = [clip for clip in clips if self._caption_of(clip) is None]
        with tempfile.TemporaryDirectory(prefix="aacbench-") as folder:
            paths = {self._key(clip): (clip, _on_disk(clip, Path(folder))) for clip in missing}
            if paths:
                (self._listed if takes_list(self.words) else self._one_by_one)(paths, Path(folder))
        self._require_some()
        return [self._caption_of(clip) or "" for clip in clips]

    def account(self, clips: Sequence[Clip]) -> Account:
        """Return which clips got no caption, and why."""
        unanswered: dict[str, list[str]] = {}
        for clip in clips:
            if self._caption_of(clip) is None:
                unanswered.setdefault(self._failed.get(self._key(clip), NOTHING), []).append(clip.id)
        return Account(unanswered)

    def _key(self, clip: Clip) -> str:
        asked = [self.settings.command, self.settings.working_folder, clip.id, audio_key(clip.audio)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    def _caption_of(self, clip: Clip) -> str | None:
        entry = self.answers.get(self._key(clip)) or {}
        return str(entry["caption"]) if entry.get("caption") else None

    def _one_by_one(self, paths: Mapping[str, tuple[Clip, Path]], folder: Path) -> None:
        with ThreadPoolExecutor(self.settings.at_once) as pool:
            try:
                for _ in pool.map(lambda key: self._one(key, *paths[key]), paths):
                    pass
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _one(self, key: str, clip: Clip, path: Path) -> None:
        lines: list[bytes] = []

        def take(line: bytes) -> bool:
            lines.append(line)
            return False  # the whole call has its time, however much it prints

        begin = time.monotonic()
        words = [word.replace(AUDIO, str(path)) for word in self.words]
        ended = run_program(words, self.settings.working_folder, self.settings.timeout, take)
        said = [line for line in lines if line.strip()]
        try:
            caption = said[-1].decode("utf-8").strip() if said else ""
            why = ended.why or ("" if caption else NOTHING)
        except UnicodeDecodeError:
            caption, why = "", ended.why or NO_TEXT
        self._put(key, clip, "" if why else caption, why, ended, time.monotonic() - begin)

    def _listed(self, paths: Mapping[str, tuple[Clip, Path]], folder: Path) -> None:
        """Run the program on what is left, until nothing is: it goes on after the clip that it died of."""
        left = dict(paths)
        while left:
            begin, before = time.monotonic(), len(left)
            ended = self._list_once(left, folder)
            if len(left) < before:
                continue
            blamed = [*left] if not ended.why else [*left][:1]
            for key in blamed:
                clip, _ = left.pop(key)
                self._put(key, clip, "", ended.why or NOTHING, ended, time.monotonic() - begin)

    def _list_once(self, left: dict[str, tuple[Clip, Path]], folder: Path) -> Ended:
        """Run the program on the clips that are left; take those out that it captions."""
        by_path = {name: key for key, (_, path) in reversed(left.items()) for name in (path.name, str(path))}
        listing = folder / "list.txt"
        listing.write_text("".join(f"{path}\n" for _, path in left.values()), encoding="utf-8")
        last = time.monotonic()

        def take(line: bytes) -> bool:
            nonlocal last
            path, caption = _json_line(line)
            key = by_path.get(path)
            if key not in left or not caption:
                return False
            clip, _ = left.pop(key)
            self._put(key, clip, caption, "", None, time.monotonic() - last)
            last = time.monotonic()
            return True

        words = [word.replace(LIST, str(listing)) for word in self.words]
        return run_program(words, self.settings.working_folder, self.settings.timeout, take)

    def _put(self, key: str, clip: Clip, caption: str, why: str, ended: Ended | None, seconds: float) -> None:
        """Keep what came of a clip.

        Raises:
            AacbenchError: the program failed for all clips so far, which are enough to see that it always will.
        """
        entry = {"clip": clip.id, "caption": caption, "why": why, "seconds": round(seconds, 3)}
        if ended is not None:
            entry |= {"code": ended.code, "stderr": ended.stderr}
        self.answers.put(key, entry)
        self._captioned = self._captioned or bool(caption)
        if not caption:
            self._failed[key] = why
        if len(self._failed) >= FEW:
            self._require_some()

    def _require_some(self) -> None:
        if self._captioned or not self._failed:
            return
        key, why = [*self._failed.items()][-1]
        said = str((self.answers.get(key) or {}).get("stderr", "")).strip().splitlines()
        last = f": {one_line(ValueError(said[-1]))}" if said else ""
        raise AacbenchError(
            f"the program captioned none of {counted(len(self._failed), 'clip')} ({why}{last}); all that it said is in "
            f"{self.answers.path}"
        )


def _on_disk(clip: Clip, folder: Path) -> Path:
    """Return the path of a clip's audio, written into `folder` where it is no file of its own."""
    audio = clip.audio
    path = audio.path if isinstance(audio, AudioFile) else audio
    if isinstance(path, Path) and "\n" not in str(path):
        if not path.is_file():
            raise UserError(f"audio file {path} is missing; put it there, or leave the clip out")
        return Path(os.path.abspath(path))
    name = f"{len(list(folder.iterdir()))}-{Path(audio_name(audio).replace(os.linesep, ' ')).name}"
    with audio_source(audio).open() as source, (folder / name).open("wb") as target:
        shutil.copyfileobj(source, target)
    return folder / name


def _json_line(line: bytes) -> tuple[str, str]:
    """Return the path and the caption that a line of JSON gives; empty texts where it is none."""
    try:
        entry = parse_json(line)
    except ValueError:
        return "", ""
    if not isinstance(entry, dict):
        return "", ""
    path, caption = (
        next((entry[name] for name in names if isinstance(entry.get(name), str)), "") for names in (PATHS, CAPTIONS)
    )
    return path, caption.strip()
