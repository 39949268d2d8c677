"""METEOR's language resources, read from the installed pycocoevalcap wheel without importing it.

Inside `meteor-1.5.jar`: function words, abbreviations, WordNet synsets and exceptions. Beside it: the
gzipped paraphrase table. Their sizes and stored check sums make the fingerprint under which the compiled
index is kept.
"""

from __future__ import annotations

import importlib.util
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aacbench.errors import UserError

_SYNSETS = "synonym/english.synsets"
_EXCEPTIONS = "synonym/english.exceptions"
_FUNCTION_WORDS = "function/english.words"
_PREFIXES = "nonbreaking/english.prefixes"
_NUMBER_ONLY = "#NUMERIC_ONLY#"


@dataclass(frozen=True)
class Sources:
    """The two files METEOR comes in."""

    jar: Path
    paraphrases: Path

    @cached_property
    def fingerprint(self) -> str:
        """Sizes and CRC-32 of all that is read, as the archives state them: no file is read through."""
        parts = [f"{self.paraphrases.stat().st_size:x}-{_gzip_trailer(self.paraphrases)}"]
        with zipfile.ZipFile(self.jar) as archive:
            for name in (_SYNSETS, _EXCEPTIONS, _FUNCTION_WORDS, _PREFIXES):
                parts.append(f"{archive.getinfo(name).CRC:08x}")
        return "-".join(parts)

    def read_lines(self, member: str) -> list[str]:
        """Return the lines of one of the jar's text files."""
        with zipfile.ZipFile(self.jar) as archive:
            return archive.read(member).decode("utf-8").splitlines()

    def synsets(self) -> dict[str, list[int]]:
        """Return each word's WordNet synset ids."""
        lines = self.read_lines(_SYNSETS)
        return {word: [int(number) for number in ids.split()] for word, ids in _pairs(lines)}

    def exceptions(self) -> dict[str, list[str]]:
        """Return each irregular form's base words."""
        bases: dict[str, list[str]] = {}
        for base, forms in _pairs(self.read_lines(_EXCEPTIONS)):
            for form in forms.split():
                bases.setdefault(form, []).append(base)
        return bases

    def function_words(self) -> frozenset[str]:
        """Return the words that count as function words."""
        return frozenset(self.read_lines(_FUNCTION_WORDS))

    def prefixes(self) -> dict[str, bool]:
        """Return the abbreviations whose final dot stays, each with whether only a number may follow."""
        entries = (line.split() for line in self.read_lines(_PREFIXES))
        return {entry[0]: _NUMBER_ONLY in entry[1:] for entry in entries if entry and entry[0][0] != "#"}


def _pairs(lines: list[str]) -> zip[tuple[str, str]]:
    """Return lines two by two: (first, second), (third, fourth), ..."""
    return zip(lines[::2], lines[1::2], strict=False)


def _gzip_trailer(path: Path) -> str:
    """Return a gzip file's last eight bytes (CRC-32 and size of the content) in hexadecimal."""
    with path.open("rb") as file:
        file.seek(-8, 2)
        return file.read().hex()


def find_sources() -> Sources:
    """Return where the installed pycocoevalcap keeps METEOR.

    Raises:
        UserError: pycocoevalcap is not installed, or its METEOR files are missing.
    """
    spec = importlib.util.find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(
            "METEOR reads its synonyms and paraphrases from the package pycocoevalcap, which is not "
            "installed; run: pip install pycocoevalcap==1.2"
        )
    folder = Path(next(iter(spec.submodule_search_locations))) / "meteor"
    sources = Sources(folder / "meteor-1.5.jar", folder / "data" / "paraphrase-en.gz")
    for path in (sources.jar, sources.paraphrases):
        if not path.is_file():
            raise UserError(
                f"METEOR needs {path}, which is missing; run: pip install --force-reinstall pycocoevalcap==1.2"
            )
    return sources
