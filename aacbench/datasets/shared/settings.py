"""A dataset's own settings, as they come from the command line: names and values are text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aacbench.errors import UserError, unknown_name


class Settings:
    """The settings of one dataset; raises `UserError` for names that it does not have and values that do not fit."""

    def __init__(self, dataset: str, given: Mapping[str, str], known: Sequence[str]) -> None:
        for name in given:
            if name not in known:
                raise unknown_name(f"{dataset} setting", name, known)
        self.dataset, self.given = dataset, given

    def text(self, name: str) -> str | None:
        """Return a setting as it came, None if it was not given."""
        return self.given.get(name)

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """Return one of `choices`, the first by default."""
        value = self.given.get(name, choices[0])
        if value not in choices:
            raise unknown_name(f"value of the {self.dataset} setting {name}", value, choices)
        return value

    def integer(self, name: str, default: int) -> int:
        """Return a whole number."""
        value = self.given.get(name, str(default))
        try:
            return int(value)
        except ValueError:
            raise UserError(f"{self.dataset} setting {name}={value}: wanted a whole number") from None

    def fraction(self, name: str, default: float) -> float:
        """Return a number of at least 0 and below 1."""
        value = self.given.get(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0.0 <= number < 1.0:
            raise UserError(f"{self.dataset} setting {name}={value}: wanted a fraction from 0 to below 1, such as 0.1")
        return number
