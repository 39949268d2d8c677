"""What metrics that ask a language model share: the prompt as data, reading scores, ties, and what it cost.

A prompt is a text with `{candidate}` and `{references}`. The score is the number under "score" of the JSON object in
the answer, broken JSON included, divided by 100. An answer without one (a refusal, say) counts as 0 and is said.
Equal scores are told apart by the share of words (F1) with the nearest reference, weighed with 0.0001, so that it
never outweighs a point of the model's; `tie_break=none` switches that off.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import ClassVar

from aacbench.contracts import Metric
from aacbench.errors import UserError, counted, first_few
from aacbench.metrics.chat import Answer, Chat
from aacbench.types import Score, ScoringItems

EPSILON = 1e-4
_SCORE = re.compile(r"[\"']?score[\"']?\s*[:=]\s*[\"']?(-?\d+(?:\.\d+)?)", re.IGNORECASE)


@dataclass
class Judged(Metric):
    """A caption's score by a language model; `prompt` is a text with `{candidate}`, or a file's path."""

    name: ClassVar[str] = "judge"
    own_prompt: ClassVar[str] = "judge.txt"
    base_url: str = ""
    model: str = ""
    prompt: str = ""
    tie_break: str = "words"
    most_tokens: int = 300
    timeout: float = 60.0
    attempts: int = 5
    backoff: float = 1.0
    at_once: int = 8
    _refused: list[str] = field(default_factory=list, init=False, repr=False)
    _tokens: list[int] = field(default_factory=lambda: [0, 0], init=False, repr=False)

    @cached_property
    def chat(self) -> Chat:
        """The server."""
        return Chat(
            self.base_url, self.model, self.most_tokens, self.timeout, self.attempts, self.backoff, self.at_once
        )

    @cached_property
    def template(self) -> str:
        """The prompt's text.

        Raises:
            UserError: it names no candidate.
        """
        text = self.prompt
        if not text:
            text = resources.files("aacbench.metrics.prompts").joinpath(self.own_prompt).read_text(encoding="utf-8")
        elif len(text) < 1000 and "\n" not in text and Path(text).is_file():
            text = Path(text).read_text(encoding="utf-8")
        if "{candidate}" not in text:
            raise UserError(f"the prompt of {self.name} has to hold {{candidate}}, and {{references}} if it shows them")
        return text

    def check_ready(self) -> None:
        """Read the prompt and ask for the server; raises `UserError` where it is not there."""
        if self.tie_break not in ("words", "none"):
            raise UserError(f"{self.name}.tie_break is words or none; got {self.tie_break!r}")
        assert self.template
        self.chat.check_ready()

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score; raises `AacbenchError` where the server keeps failing."""
        pairs = zip(items.candidates, items.references, strict=True)
        answers = self.chat.ask([self.filled(candidate, references) for candidate, references in pairs])
        read = [score_of(answer.text) for answer in answers]
        self._count(items, answers, read)
        ties = [0.0] * len(items) if self.tie_break == "none" else word_shares(items)
        rows = tuple(((value or 0.0) + EPSILON * tie) / (1 + EPSILON) for value, tie in zip(read, ties, strict=True))
        signature = {
            "version": 1,
            "tokeniser": "none",
            "model": self.model,
            "prompt": hashlib.sha256(self.template.encode()).hexdigest()[:12],
            "temperature": 0,
            "tie_break": self.tie_break,
        }
        return [Score(self.name, sum(rows) / len(rows), rows, signature)]

    def filled(self, candidate: str, references: Sequence[str]) -> str:
        """Return the prompt for a caption."""
        listed = "\n".join(f"- {reference}" for reference in references)
        parts = re.split(r"(\{candidate\}|\{references\})", self.template)
        return "".join({"{candidate}": candidate, "{references}": listed}.get(part, part) for part in parts)

    def _count(self, items: ScoringItems, answers: Sequence[Answer], read: Sequence[float | None]) -> None:
        self._refused = [clip for clip, value in zip(items.ids, read, strict=True) if value is None]
        self._tokens = [0, 0]
        for answer in {id(answer): answer for answer in answers if not answer.kept}.values():
            self._tokens[0] += answer.prompt_tokens
            self._tokens[1] += answer.answer_tokens

    def remarks(self) -> list[str]:
        """Return what the last call cost, and which clips got no score."""
        lines = [f"{self.name}: {self._tokens[0]:,} tokens asked, {self._tokens[1]:,} answered"]
        if self._refused:
            lines.append(
                f"{self.name}: {counted(len(self._refused), 'answer')} without a score, taken as 0: "
                f"{first_few(self._refused)}"
            )
        return lines


def score_of(text: str) -> float | None:
    """Return the score in an answer, 0 to 1; None where it holds none."""
    whole = re.search(r"\{.*\}", text, re.DOTALL)
    value: object = None
    if whole:
        try:
            value = json.loads(whole[0]).get("score")
        except (ValueError, AttributeError, RecursionError):
            value = None
    if not isinstance(value, int | float) or isinstance(value, bool):
        match = _SCORE.search(text)
        value = float(match[1]) if match else None
    if value is None or not 0 <= float(value) <= 100:
        return None
    return float(value) / 100


def word_shares(items: ScoringItems) -> list[float]:
    """Return the F1 of each candidate's different words with those of its nearest reference."""
    return [
        max(_share({*ours.split()}, {*text.split()}) for text in theirs)
        for ours, theirs in zip(items.candidate_tokens, items.reference_tokens, strict=True)
    ]


def _share(mine: set[str], theirs: set[str]) -> float:
    return 2 * len(mine & theirs) / (len(mine) + len(theirs)) if mine or theirs else 0.0
