"""What is known of the method before anything is run: its settings, and runs that are called after their program."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from aacbench.contracts import Variant
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.names import path_safe
from aacbench.methods.command.settings import PRESETS, CommandSettings

AUDIO, LIST = "{audio}", "{list}"
RUNNERS = ("bash", "conda", "env", "nice", "poetry", "python", "run", "sh", "srun", "time", "torchrun", "uv")


class MethodConfig:
    """What is known of the method without its program."""

    settings = CommandSettings
    presets = PRESETS

    def combination(self, settings: CommandSettings, registries: Registries) -> str:
        """Return the program's name as it can stand in a path; raises `UserError` as `arguments`."""
        return path_safe(settings.name or program_name(arguments(settings)))

    def named(self, combination: str, registries: Registries) -> Variant:
        """Return the variant that `--variant NAME` means: a run of that name."""
        return Variant(combination, "", {} if combination == "default" else {"name": combination})


def arguments(settings: CommandSettings) -> list[str]:
    """Return the command's words, with one placeholder in them.

    Raises:
        UserError: there is no command, it is quoted wrongly, or has no placeholder or both.
    """
    try:
        words = shlex.split(settings.command)
    except ValueError as error:
        raise UserError(f"the setting command is quoted wrongly ({error}): {settings.command!r}") from error
    if sum(any(mark in word for word in words) for mark in (AUDIO, LIST)) != 1:
        raise UserError(
            f"command wants a program with {AUDIO} or {LIST}, such as --set 'command=python caption.py {AUDIO}'; got "
            f"{settings.command!r}"
        )
    return words


def takes_list(words: Sequence[str]) -> bool:
    """Whether the program is given all clips at once."""
    return any(LIST in word for word in words)


def program_name(words: Sequence[str]) -> str:
    """Return what the program is called: the first word that is no interpreter, option or placeholder."""
    for word in words:
        stem = Path(word).stem
        runner = stem.rstrip("0123456789.").lower() in RUNNERS
        if not runner and not word.startswith("-") and "=" not in word and AUDIO not in word and LIST not in word:
            return stem
    return Path(words[0]).stem
