"""Words and their ids: pad 0, beginning 1, end 2, unknown 3, then words by falling count, ties by spelling."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast, get_args

from aacbench.errors import AacbenchError, UserError, one_line
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import load_json
from aacbench.text.normalise import Rule, words

PAD, BOS, EOS, UNK = 0, 1, 2, 3
SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>")
UNKNOWN = "unk"  # in captions: one token to every scorer


class Vocabulary:
    """A fixed list of words with a normalisation rule; equal lists under equal rules give equal ids."""

    def __init__(self, listed: Sequence[str], rule: Rule = "spaces") -> None:
        self.words = (*SPECIAL, *listed)
        self.rule: Rule = rule
        self._ids = {word: index for index, word in enumerate(self.words)}
        if len(self._ids) != len(self.words):
            raise AacbenchError("a vocabulary lists a word twice")

    @classmethod
    def build(cls, captions: Iterable[str], rule: Rule = "spaces", min_count: int = 1) -> Vocabulary:
        """Return the vocabulary of the words seen at least `min_count` times in `captions`.

        Raises:
            UserError: no word is left.
        """
        counts = Counter(word for caption in captions for word in words(caption, rule))
        kept = sorted((word for word, count in counts.items() if count >= min_count), key=lambda w: (-counts[w], w))
        if not kept:
            raise UserError(
                f"no word occurs {min_count} times in the training captions; lower min_count or check the captions"
            )
        return cls([word for word in kept if word not in SPECIAL], rule)

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, caption: str, max_words: int | None = None) -> list[int]:
        """Return BOS, the ids of the first `max_words` words, EOS."""
        return [BOS, *(self._ids.get(word, UNK) for word in words(caption, self.rule)[:max_words]), EOS]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the words of `ids` up to the first EOS, joined by one blank; UNK is `unk`, BOS and PAD are nothing."""
        kept = []
        for index in ids:
            if index == EOS:
                break
            if index >= UNK:
                kept.append(UNKNOWN if index == UNK else self.words[index])
        return " ".join(kept)

    def save(self, path: Path) -> None:
        """Write the vocabulary as JSON."""
        listed = list(self.words[len(SPECIAL) :])
        stored = {"rule": self.rule, "words": listed, "crc32": _check(self.rule, listed)}
        atomic_write(path, json.dumps(stored, ensure_ascii=False, indent=0))

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read what `save` wrote.

        Raises:
            AacbenchError: the file is missing, damaged, or is no vocabulary.
        """
        try:
            stored = load_json(path)
            listed, rule = list(stored["words"]), stored["rule"]
            if rule not in get_args(Rule) or not all(isinstance(word, str) for word in listed):
                raise ValueError(f"wanted words, and a rule of {get_args(Rule)}")
            if stored.get("crc32") not in (None, _check(rule, listed)):
                raise ValueError("its words are not those that were written")
            return cls(listed, cast(Rule, rule))
        except (OSError, ValueError, KeyError, TypeError, AacbenchError) as error:
            raise AacbenchError(
                f"{path} is no vocabulary ({one_line(error)}); train the run again with --fresh"
            ) from error


def _check(rule: str, listed: Sequence[str]) -> int:
    return zlib.crc32(json.dumps([rule, *listed]).encode())
