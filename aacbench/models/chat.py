"""A language model behind an OpenAI-compatible server: one request, asked again where the server is in trouble.

Busy servers (429, 5xx, time-outs, broken answers) are asked again after growing pauses, or after what `Retry-After`
says, which then holds for all threads. The key comes from `AACBENCH_API_KEY`; it is sent in a header and is said and
written nowhere, also where the server repeats it.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from aacbench.errors import AacbenchError, UserError, cut, one_line
from aacbench.files.download import offline

KEY = "AACBENCH_API_KEY"
BUSY = (408, 409, 425, 429)
LONGEST_WAIT = 60.0  # seconds, whatever a server asks for
LOCAL = ("//127.", "//localhost", "//[::1]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the text, the tokens that were paid for it, and why the model ended (`stop`, `length` ...).

    `refusal` is what the model says in place of an answer, `kept` whether it comes from an earlier call.
    """

    text: str
    prompt_tokens: int = 0
    answer_tokens: int = 0
    kept: bool = False
    finish: str = ""
    refusal: str = ""


class UnansweredError(AacbenchError):
    """The server was asked as often as it may be and gave no answer."""


class RefusedError(UserError):
    """The server takes no such request; `status` is the HTTP one."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class _Pause:
    """Until when nobody asks, in seconds of `time.monotonic`."""

    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def extend(self, seconds: float) -> None:
        with self.lock:
            self.until = max(self.until, time.monotonic() + seconds)

    def wait(self) -> None:
        while (left := self.until - time.monotonic()) > 0:
            time.sleep(left)


@dataclass(frozen=True)
class ChatServer:
    """The server at `base_url` (such as `http://HOST:8000/v1`); `who` is what messages call it.

    A request is sent at most `attempts` times; `backoff` seconds is the first pause, each is twice the one before.
    """

    base_url: str
    who: str
    timeout: float = 60.0
    attempts: int = 5
    backoff: float = 1.0
    longest_wait: float = LONGEST_WAIT
    _pause: _Pause = field(default_factory=_Pause, compare=False, repr=False)

    def check_ready(self) -> None:
        """Make sure that the server is there.

        Raises:
            UserError: the network is forbidden, or nothing answers.
        """
        import requests  # loaded where the network is used  # noqa: PLC0415

        if offline() and not any(host in self.base_url for host in LOCAL):
            raise UserError(f"{self.who} is at {self.base_url}, but AACBENCH_OFFLINE is set; unset it")
        try:
            requests.head(self.base_url, timeout=2, allow_redirects=False)
        except requests.RequestException as error:
            raise UserError(
                f"no {self.who.removeprefix('the ')} answers at {self.base_url} ({type(error).__name__}); is the "
                "server up?"
            ) from error

    def ask(self, body: Mapping[str, Any]) -> Answer:
        """Return the answer to a request of `/chat/completions`.

        Raises:
            RefusedError: the server takes no such request.
            UnansweredError: the server keeps failing.
        """
        said = "nothing"
        for attempt in range(self.attempts):
            self._pause.wait()
            answer, said, wait = self._once(body)
            if answer is not None:
                return answer
            if attempt + 1 < self.attempts:
                pause = self.backoff * 2**attempt * random.uniform(0.75, 1.25) if wait is None else wait
                time.sleep(min(pause, self.longest_wait))
        raise UnansweredError(f"{self.who} at {self.base_url} failed {self.attempts} times in a row ({said})")

    def _once(self, body: Mapping[str, Any]) -> tuple[Answer | None, str, float | None]:
        """Return the answer; or what went wrong, and how many seconds the server wants to be left alone."""
        import requests  # loaded where the network is used  # noqa: PLC0415

        key = os.environ.get(KEY)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = f"{self.base_url.rstrip('/')}/chat/completions"
        try:
            response = requests.post(url, json=body, headers=headers, timeout=self.timeout)
            if response.status_code in BUSY or response.status_code >= 500:
                wait = retry_after(response.headers.get("Retry-After"))
                if wait is not None:
                    self._pause.extend(min(wait, self.longest_wait))
                return None, f"status {response.status_code}", wait
            if not response.ok:
                said = cut(_masked(response.text, key), 200)
                raise RefusedError(
                    response.status_code, f"{self.who} at {self.base_url} refuses: {response.status_code} {said}"
                )
            return _parsed(response.json(), key), "", None
        except (requests.RequestException, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            return None, _masked(one_line(error), key), None


def retry_after(text: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, as a number or as a date; None where it says nothing."""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, IndexError):
        return None


def _masked(text: str, key: str | None) -> str:
    return text.replace(key, "[key]") if key else text


def _parsed(answer: Any, key: str | None) -> Answer:
    """Return what an answer holds; one without choices is none, one without a text is an empty answer."""
    choice = answer["choices"][0]
    message, usage = choice["message"], answer.get("usage") or {}
    return Answer(
        _masked(_text_of(message.get("content")), key),
        int(usage.get("prompt_tokens") or 0),
        int(usage.get("completion_tokens") or 0),
        finish=str(choice.get("finish_reason") or ""),
        refusal=_masked(str(message.get("refusal") or ""), key),
    )


def _text_of(content: Any) -> str:
    """Return the text of a message: some servers give it in parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return str(content or "")
