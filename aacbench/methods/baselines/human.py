"""`human`: how well people agree. Round k scores every clip's reference k against the clip's other references.

The score of the row is the mean over the rounds. With one reference fewer to match than a system has, it stands a
little lower than a person would score against all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aacbench.contracts import Stage
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError, first_few
from aacbench.methods.baselines.fit import NoSettings
from aacbench.types import Clip


class FirstReference:
    """Answers with the clip's own first reference; the run scores every reference in turn."""

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return each clip's first reference.

        Raises:
            UserError: a clip has fewer than two references, so none is left to score against.
        """
        lonely = [clip.id for clip in clips if len(clip.captions) < 2]
        if lonely:
            raise UserError(f"'human' needs two references a clip; one or none: {first_few(lonely)}")
        return [clip.captions[0] for clip in clips]


class Human:
    """The method. `leave_one_out` tells the run to score each reference against the others."""

    settings = NoSettings
    leave_one_out = True
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"smoke": {}, "quick": {}, "paper": {}}

    def recipe(self, context: RunContext) -> list[Stage]:
        """Nothing to train."""
        return []

    def captioner(self, context: RunContext) -> FirstReference:
        """Return the references themselves."""
        return FirstReference()
