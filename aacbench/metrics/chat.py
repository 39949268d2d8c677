"""An OpenAI-compatible chat endpoint: prompts in, answers out, each prompt asked for once and its answer kept.

Answers lie in the cache under the content of what was asked (model, prompt, temperature, length), so a repeated score
costs nothing and is the same. The key comes from `AACBENCH_API_KEY` and is written nowhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from aacbench.errors import AacbenchError, UserError, one_line
from aacbench.files.atomic import atomic_write
from aacbench.files.cache_dir import cache
from aacbench.files.download import offline
from aacbench.files.safe_read import load_json

KEY = "AACBENCH_API_KEY"
LONGEST_WAIT = 60.0  # seconds, whatever a server asks for


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the text, the tokens that were paid for it, and whether it was kept from an earlier call."""

    text: str
    prompt_tokens: int = 0
    answer_tokens: int = 0
    kept: bool = False


@dataclass(frozen=True)
class Chat:
    """The model `model` behind `base_url` (such as `http://HOST:8000/v1`), asked at temperature 0."""

    base_url: str
    model: str
    most_tokens: int = 300
    timeout: float = 60.0
    attempts: int = 5
    backoff: float = 1.0
    at_once: int = 8

    def check_ready(self) -> None:
        """Make sure that the server is there.

        Raises:
            UserError: no address or model is given, the network is forbidden, or nothing answers.
        """
        import requests  # loaded where the network is used

        if not self.base_url or not self.model:
            raise UserError(
                "a judge needs an OpenAI-compatible server and a model: --set judge.base_url=http://HOST:8000/v1 "
                "--set judge.model=NAME"
            )
        local = any(host in self.base_url for host in ("//127.", "//localhost", "//[::1]"))
        if offline() and not local:
            raise UserError(f"the judge is at {self.base_url}, but AACBENCH_OFFLINE is set; unset it")
        try:
            requests.head(self.base_url, timeout=2, allow_redirects=False)
        except requests.RequestException as error:
            raise UserError(
                f"no judge answers at {self.base_url} ({type(error).__name__}); is the server up?"
            ) from error

    def ask(self, prompts: Sequence[str]) -> list[Answer]:
        """Return the answer to each prompt.

        Raises:
            AacbenchError: the server keeps failing; what was answered is kept.
        """
        distinct = [*dict.fromkeys(prompts)]
        with ThreadPoolExecutor(max(1, self.at_once)) as pool:
            answers = dict(zip(distinct, pool.map(self._answer, distinct), strict=True))
        return [answers[prompt] for prompt in prompts]

    def _answer(self, prompt: str) -> Answer:
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": self.most_tokens,
        }
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        path = cache("judge", digest[:2]) / f"{digest}.json"
        try:
            stored = load_json(path)
            return Answer(str(stored["text"]), int(stored["prompt_tokens"]), int(stored["answer_tokens"]), True)
        except (OSError, ValueError, KeyError, TypeError):
            answer = self._asked(body)
        kept = {"text": answer.text, "prompt_tokens": answer.prompt_tokens, "answer_tokens": answer.answer_tokens}
        atomic_write(path, json.dumps(kept, ensure_ascii=False))
        return answer

    def _asked(self, body: dict[str, Any]) -> Answer:
        import requests  # loaded where the network is used

        headers = {"Authorization": f"Bearer {os.environ[KEY]}"} if os.environ.get(KEY) else {}
        said = "nothing"
        for attempt in range(self.attempts):
            wait = self.backoff * 2**attempt
            try:
                url = f"{self.base_url.rstrip('/')}/chat/completions"
                response = requests.post(url, json=body, headers=headers, timeout=self.timeout)
                if response.status_code in (408, 409, 425, 429) or response.status_code >= 500:
                    said = f"status {response.status_code}"
                    wait = _retry_after(response.headers.get("Retry-After"), wait)
                elif not response.ok:
                    raise UserError(
                        f"the judge at {self.base_url} refuses: {response.status_code} {response.text[:200]}"
                    )
                else:
                    return _parsed(response.json())
            except (requests.RequestException, ValueError, KeyError, TypeError, IndexError) as error:
                said = one_line(error)
            if attempt + 1 < self.attempts:
                time.sleep(min(wait, LONGEST_WAIT))
        raise AacbenchError(
            f"the judge at {self.base_url} failed {self.attempts} times in a row ({said}); answers so far are kept, "
            "the same command goes on from there"
        )


def _retry_after(text: str | None, otherwise: float) -> float:
    try:
        return max(0.0, float(text)) if text else otherwise
    except ValueError:  # a date
        return otherwise


def _parsed(answer: Any) -> Answer:
    """Return what an answer holds; an empty one is a refusal, which is an answer too."""
    text = answer["choices"][0]["message"]["content"] or "" if answer["choices"] else ""
    usage = answer.get("usage") or {}
    return Answer(str(text), int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
