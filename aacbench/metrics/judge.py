"""A language model as the judge, with any prompt: `--set judge.model=NAME --set judge.prompt=FILE`."""

from __future__ import annotations

from dataclasses import dataclass

from aacbench.metrics.judging import Judged


@dataclass
class Judge(Judged):
    """Scores 0 to 1 by the prompt in `prompts/judge.txt`, or one's own."""
