"""The method: nothing is trained, a program is run."""

from __future__ import annotations

from collections.abc import Sequence

from aacbench.contracts import Captioner, Stage
from aacbench.contracts.context import RunContext
from aacbench.files.journal import ANSWERS
from aacbench.methods.command.captioner import CommandCaptioner
from aacbench.methods.command.outline import MethodConfig


class Command(MethodConfig):
    """A program that captions."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Nothing to train."""
        return []

    def captioner(self, context: RunContext) -> Captioner:
        """Return what runs the program."""
        return CommandCaptioner(context.settings, context.outputs / ANSWERS)
