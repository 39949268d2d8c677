"""WordNet synset ids and base forms of English words, as METEOR 1.5 packs and looks them up.

METEOR's jar (carried by the pycocoevalcap wheel) holds two text files: `english.synsets`, a word line
followed by a line of its synset ids, all parts of speech together; `english.exceptions`, a base form's
line followed by a line of its irregular forms. METEOR matches synonyms by them, SPICE concepts. Words are
lower-case, blanks within an entry are underscores. Base forms follow WordNet's morphology (morphy(7WN)):
the list of exceptions first, else the first rule of detachment that leads to a known entry. Words of one
or two letters or ending in -ss or -ful have no base form by rule.
"""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from aacbench.errors import AacbenchError

_NOUNS = "s> ses>s xes>x zes>z ches>ch shes>sh men>man ies>y"
_VERBS = "s> ies>y es>e es> ed>e ed> ing>e ing>"
_ADJECTIVES = "er> est> er>e est>e"
DETACHMENT = [rule.split(">") for rules in (_NOUNS, _VERBS, _ADJECTIVES) for rule in rules.split()]
"""WordNet's rules of detachment: ending, replacement."""

JAR = ("pycocoevalcap", "meteor/meteor-1.5.jar")


class WordNet:
    """Synset ids by word, and the base forms of inflected words."""

    def __init__(self, synsets: dict[str, str], exceptions: Iterable[tuple[str, str]]) -> None:
        """Take ids by word (decimal, between blanks), and pairs of a base and its irregular forms."""
        self._synsets = synsets
        self._bases: dict[str, list[str]] = {}
        for base, forms in exceptions:
            for form in forms.split():
                self._bases.setdefault(form, []).append(base)
        self._found: dict[str, frozenset[int]] = {}

    def __contains__(self, word: str) -> bool:
        """Tell whether `word` is an entry itself."""
        return word in self._synsets

    def own_ids(self, word: str) -> frozenset[int]:
        """Return the synset ids of an entry; none for a word that is no entry."""
        return frozenset(map(int, self._synsets.get(word, "").split()))

    def bases(self, word: str) -> tuple[str, ...]:
        """Return the base forms of `word`: those listed for it, else at most one by rule."""
        listed = self._bases.get(word)
        if listed:
            return tuple(listed)
        base = self._by_rule(word)
        return () if base is None else (base,)

    def ids(self, word: str) -> frozenset[int]:
        """Return the synset ids of `word` and of its base forms (remembered from call to call)."""
        synsets = self._found.get(word)
        if synsets is None:
            synsets = self.own_ids(word).union(*(self.own_ids(base) for base in self.bases(word)))
            self._found[word] = synsets
        return synsets

    def _by_rule(self, word: str) -> str | None:
        if len(word) <= 2 or word.endswith(("ss", "ful")):
            return None
        for ending, replacement in DETACHMENT:
            if word.endswith(ending):
                base = word[: -len(ending)] + replacement
                if base in self._synsets:
                    return base
        return None


@cache
def load_wordnet() -> WordNet:
    """Return METEOR's WordNet tables, read once a process from the jar in pycocoevalcap (about 0.1 s).

    Raises:
        AacbenchError: the jar is missing or unreadable.
    """
    jar = jar_path()
    try:
        with zipfile.ZipFile(jar) as members:
            synsets, exceptions = (
                members.read(f"synonym/english.{name}").decode("utf-8").split("\n")
                for name in ("synsets", "exceptions")
            )
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise AacbenchError(f"cannot read WordNet from {jar} ({error}); reinstall pycocoevalcap==1.2") from error
    return WordNet(
        dict(zip(synsets[::2], synsets[1::2], strict=False)),
        zip(exceptions[::2], exceptions[1::2], strict=False),
    )


def jar_path() -> Path:
    """Return the place of METEOR's jar in the installed pycocoevalcap, without importing that package."""
    package, member = JAR
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise AacbenchError(f"the package {package} is not installed; run: pip install pycocoevalcap==1.2")
    return Path(spec.submodule_search_locations[0], member)
