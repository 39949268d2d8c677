"""Clips as requests: several at a time, each answer on disk before the next clip is asked for.

`answers.jsonl` in the run's folder has a line an answer, under the content of what was asked: the audio, the model, the
prompt, the settings of sampling. What is there is never asked for again, whatever killed the run.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np

from aacbench.audio.io import info, read
from aacbench.audio.source import audio_key
from aacbench.contracts import Account
from aacbench.errors import AacbenchError
from aacbench.files.journal import Journal
from aacbench.models.chat import ChatServer, RefusedError, UnansweredError
from aacbench.types import Audio, Clip
from aacbench_endpoint.settings import EndpointSettings

FOR_EVERY_CLIP = (401, 402, 403, 404, 405)  # what a server would say to any request
FEW = 3  # failures without an answer, after which no more is asked


class EndpointCaptioner:
    """Captions clips by asking `server`."""

    def __init__(self, server: ChatServer, settings: EndpointSettings, path: Path, seed: int) -> None:
        self.server, self.settings, self.seed = server, settings, seed
        self.answers = Journal(path)
        self._failed: dict[str, str] = {}
        self._ready = False

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return the model's answer for each clip, an empty one where it gave none.

        Raises:
            UserError: the server is not there, or takes no such requests.
            AacbenchError: it keeps failing; what was answered is kept.
        """
        wanted = {self.key(clip): clip for clip in clips}
        missing = {key: clip for key, clip in wanted.items() if self.answers.get(key) is None}
        if missing:
            self._check_ready()
            self._ask_all(missing)
        return [self._text(clip) for clip in clips]

    def account(self, clips: Sequence[Clip]) -> Account:
        """Return which clips got no caption and why, which were cut, and the tokens of different answers."""
        unanswered: dict[str, list[str]] = {}
        remarks: dict[str, list[str]] = {}
        tokens = [0, 0]
        counted: set[str] = set()
        for clip in clips:
            key = self.key(clip)
            answer = self.answers.get(key) or {}
            if why := self._failed.get(key) if not answer else _fault(answer):
                unanswered.setdefault(why, []).append(clip.id)
            for remark in self._remarks(clip, answer):
                remarks.setdefault(remark, []).append(clip.id)
            if answer and key not in counted:
                counted.add(key)
                tokens = [tokens[0] + answer["prompt_tokens"], tokens[1] + answer["answer_tokens"]]
        return Account(unanswered, tokens[0], tokens[1], remarks)

    def key(self, clip: Clip) -> str:
        """Return what an answer is kept under: a hash of all that is sent."""
        sent = {**self._body([]), "audio": audio_key(clip.audio), "prompt": self.settings.prompt}
        sent |= {"sample_rate": self.settings.sample_rate, "max_seconds": self.settings.max_seconds}
        sent["base_url"] = self.server.base_url
        return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()

    def _check_ready(self) -> None:
        if not self._ready:
            self.server.check_ready()
            self._ready = True

    def _ask_all(self, missing: Mapping[str, Clip]) -> None:
        """Ask for the clips; stop where going on makes no sense."""
        answered = 0
        last: RefusedError | UnansweredError | None = None
        with ThreadPoolExecutor(self.settings.at_once) as pool:
            futures = {pool.submit(self._ask, key, clip): key for key, clip in missing.items()}
            try:
                for done in as_completed(futures):
                    try:
                        done.result()
                        answered += 1
                    except (RefusedError, UnansweredError) as error:
                        self._failed[futures[done]], last = _why(error), error
                        if self._hopeless(error, answered):
                            raise _final(error) from error
            except BaseException:
                pool.shutdown(cancel_futures=True)  # those on their way are kept when they come
                raise
        if last is not None and not len(self.answers):
            raise _final(last)

    def _hopeless(self, error: RefusedError | UnansweredError, answered: int) -> bool:
        none_yet = not answered and len(self._failed) >= FEW
        if isinstance(error, RefusedError):
            return error.status in FOR_EVERY_CLIP or none_yet
        return self.settings.on_failure == "stop" or none_yet

    def _ask(self, key: str, clip: Clip) -> None:
        """Ask for a clip and keep the answer."""
        data = base64.b64encode(wav(clip.audio, self.settings.sample_rate, self.settings.max_seconds)).decode()
        audio = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
        begin = time.monotonic()
        answer = self.server.ask(self._body([audio, {"type": "text", "text": self.settings.prompt}]))
        self.answers.put(
            key,
            {
                "clip": clip.id,
                "text": answer.text,
                "refusal": answer.refusal,
                "finish": answer.finish,
                "prompt_tokens": answer.prompt_tokens,
                "answer_tokens": answer.answer_tokens,
                "seconds": round(time.monotonic() - begin, 3),
            },
        )

    def _body(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        settings = self.settings
        system = [{"role": "system", "content": settings.system}] if settings.system else []
        body: dict[str, Any] = {
            "model": settings.model,
            "messages": [*system, {"role": "user", "content": content}],
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "max_tokens": settings.max_tokens,
            "seed": self.seed if settings.temperature > 0 else None,
        }
        return {name: value for name, value in body.items() if value is not None} | dict(settings.extra)

    def _text(self, clip: Clip) -> str:
        answer = self.answers.get(self.key(clip))
        return "" if answer is None or _fault(answer) else str(answer["text"])

    def _remarks(self, clip: Clip, answer: Mapping[str, Any]) -> list[str]:
        longest = self.settings.max_seconds
        said = [f"of which the first {longest:g} s were sent"] if info(clip.audio).seconds > longest else []
        return [*said, "whose answer ended at max_tokens"] if answer.get("finish") == "length" else said


def wav(audio: Audio, sample_rate: int, seconds: float) -> bytes:
    """Return the first `seconds` of audio as a mono 16-bit wav file.

    Raises:
        UserError: the audio is missing or cannot be read.
    """
    import soundfile  # noqa: PLC0415

    stream = io.BytesIO()
    samples = np.clip(read(audio, sample_rate)[: int(seconds * sample_rate)], -1.0, 1.0)
    soundfile.write(stream, samples, sample_rate, format="WAV", subtype="PCM_16")
    return stream.getvalue()


def _fault(answer: Mapping[str, Any]) -> str:
    """Return why an answer is no caption; "" where it is one."""
    if answer["refusal"] or answer["finish"] == "content_filter":
        return "refused by the model"
    return "" if str(answer["text"]).strip() else "empty answer"


def _why(error: AacbenchError) -> str:
    return f"refused by the server ({error.status})" if isinstance(error, RefusedError) else "no answer"


def _final(error: RefusedError | UnansweredError) -> AacbenchError:
    if isinstance(error, RefusedError):
        return error
    return AacbenchError(
        f"{error}; answers so far are kept, the same command goes on from there. --set on_failure=empty scores clips "
        "without an answer as empty captions"
    )
