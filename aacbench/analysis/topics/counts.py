"""How much of captions is local and global, and how much of the references' topics a system's captions recall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aacbench.analysis.topics.words import GLOBAL, LOCAL, TOPICS, topic_words
from aacbench.errors import UserError


@dataclass(frozen=True)
class Counts:
    """Topic words of captions. `words` are by topic, `captions_with` how many captions have at least one."""

    captions: int
    words: dict[str, int]
    captions_with: dict[str, int]
    unknown: int
    top: dict[str, tuple[tuple[str, int], ...]]
    top_unknown: tuple[tuple[str, int], ...]

    @property
    def coverage(self) -> float:
        """The share of the words, function words left out, that the lists know."""
        known = sum(self.words.values())
        return known / (known + self.unknown) if known + self.unknown else 0.0

    def share(self, topics: Sequence[str]) -> float:
        """Return the share that `topics` have in all topic words."""
        total = sum(self.words.values())
        return sum(self.words[topic] for topic in topics) / total if total else 0.0

    def summary(self) -> dict[str, object]:
        """Return everything as JSON."""
        rows = {
            topic: {
                "words": self.words[topic],
                "words_per_caption": self.words[topic] / self.captions,
                "share": self.share([topic]),
                "captions_with": self.captions_with[topic] / self.captions,
                "top": [list(pair) for pair in self.top[topic]],
            }
            for topic in TOPICS
        }
        shares = {"local": self.share(LOCAL), "global": self.share(GLOBAL)}
        unknown = [list(pair) for pair in self.top_unknown]
        return {
            "captions": self.captions,
            "coverage": self.coverage,
            **shares,
            "topics": rows,
            "top_unknown": unknown,
        }


@dataclass(frozen=True, slots=True)
class Recall:
    """One topic: the share of a reference's distinct entries that the candidate has, pooled over references, and the
    share of the candidates' distinct entries that any reference of the clip has; None where there are none.
    """

    recall: float | None
    precision: float | None
    reference_words: int
    candidate_words: int


def count(captions: Iterable[str], top: int = 10) -> Counts:
    """Count the topic words of captions; `top` most frequent entries are listed.

    Raises:
        UserError: there is no caption.
    """
    entries: dict[str | None, Counter[str]] = {topic: Counter() for topic in (*TOPICS, None)}
    having: Counter[str | None] = Counter()
    number = 0
    for caption in captions:
        number += 1
        pairs = topic_words(caption)
        for entry, topic in pairs:
            entries[topic][entry] += 1
        having.update({topic for _, topic in pairs})
    if not number:
        raise UserError("topics are counted in captions; got none")
    return Counts(
        captions=number,
        words={topic: entries[topic].total() for topic in TOPICS},
        captions_with={topic: having[topic] for topic in TOPICS},
        unknown=entries[None].total(),
        top={topic: tuple(_most(entries[topic], top)) for topic in TOPICS},
        top_unknown=tuple(_most(entries[None], top)),
    )


def recall(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Recall]:
    """Return recall and precision by topic, and for all `local` and all `global` topics.

    Raises:
        UserError: the numbers of candidates and lists of references differ.
    """
    if len(candidates) != len(references):
        raise UserError(f"got {len(candidates)} candidates and references of {len(references)} clips; wanted as many")
    groups = {**{topic: (topic,) for topic in TOPICS}, "local": LOCAL, "global": GLOBAL}
    sums = {name: [0, 0, 0, 0] for name in groups}
    for candidate, captions in zip(candidates, references, strict=True):
        mine, theirs = topic_words(candidate), [topic_words(caption) for caption in captions]
        for name, topics in groups.items():
            own, others = _of(mine, topics), [_of(pairs, topics) for pairs in theirs]
            hits = sum(len(own & other) for other in others)
            supported = len(own & set().union(*others))
            for column, value in enumerate((hits, sum(map(len, others)), supported, len(own))):
                sums[name][column] += value
    return {
        name: Recall(hits / wanted if wanted else None, supported / said if said else None, wanted, said)
        for name, (hits, wanted, supported, said) in sums.items()
    }


def _of(pairs: Iterable[tuple[str, str | None]], topics: Sequence[str]) -> set[str]:
    return {entry for entry, topic in pairs if topic in topics}


def _most(counter: Counter[str], top: int) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:top]
