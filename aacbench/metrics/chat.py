"""What judges ask a language model: prompts in, answers out, each prompt asked for once and its answer kept.

Answers lie in the cache under the content of what was asked (model, prompt, temperature, length), so a repeated score
costs nothing and is the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from aacbench.errors import AacbenchError, UserError
from aacbench.files.cache_dir import cache
from aacbench.files.kept_json import keep_json, kept_json
from aacbench.models.chat import Answer, ChatServer, UnansweredError

__all__ = ["Answer", "Chat"]


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

    @cached_property
    def server(self) -> ChatServer:
        """What is asked."""
        return ChatServer(self.base_url, "the judge", self.timeout, self.attempts, self.backoff)

    def check_ready(self) -> None:
        """Make sure that the server is there.

        Raises:
            UserError: no address or model is given, the network is forbidden, or nothing answers.
        """
        if not self.base_url or not self.model:
            raise UserError(
                "a judge needs an OpenAI-compatible server and a model: --set judge.base_url=http://HOST:8000/v1 "
                "--set judge.model=NAME"
            )
        self.server.check_ready()

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
            stored = kept_json(path)
            return Answer(str(stored["text"]), int(stored["prompt_tokens"]), int(stored["answer_tokens"]), True)
        except (ValueError, KeyError, TypeError):
            pass
        try:
            answer = self.server.ask(body)
        except UnansweredError as error:
            raise AacbenchError(f"{error}; answers so far are kept, the same command goes on from there") from error
        kept = {"text": answer.text, "prompt_tokens": answer.prompt_tokens, "answer_tokens": answer.answer_tokens}
        keep_json(path, kept)
        return answer
