"""Post-processing as a method's setting: `postprocess` names a rule of `aacbench.text.postprocess`, `none` by default.

Answers are decoded and kept as they came; what is predicted, scored and said by the finished run went through the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aacbench.contracts import Captioner
from aacbench.text.postprocess import NONE, rule
from aacbench.types import Clip


def rule_of(settings: Any) -> str:
    """Return the name of the rule that a method's settings choose."""
    return str(getattr(settings, "postprocess", NONE))


def cleaned(captions: Sequence[str], settings: Any) -> list[str]:
    """Return the captions after the rule that the settings choose; raises `UserError` for an unknown one."""
    clean = rule(rule_of(settings))
    return [clean(caption) for caption in captions]


class PostProcessed:
    """A captioner whose captions go through the rule that the settings of its method choose."""

    def __init__(self, captioner: Captioner, settings: Any) -> None:
        self.captioner, self.settings = captioner, settings

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return one caption per clip."""
        return cleaned(self.captioner.caption(clips), self.settings)
