"""What looks wrong with captions as a whole, whatever they score: a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import mean

from aacbench.errors import cut, first_few
from aacbench.text.postprocess import has_markdown
from aacbench.types import ScoringItems

FEW = 5  # captions below which nothing is said of all of them
ALIKE = 20  # captions from which on few words are suspicious
SMALLEST_VOCABULARY = 20
LONGER = 2.0  # times the references' length
COPIES = 3  # and one in twenty; more captions than that copy a reference
COPIED_WORDS = 5  # shorter sentences are found twice by chance


def sanity(items: ScoringItems) -> list[str]:
    """Return what a reader should know about the candidates, with the rule that would mend it where there is one."""
    raw, tokens = items.candidates, items.candidate_tokens
    lines = [_prefix(raw), _markdown(raw), _alike(tokens), _length(items), _copies(items)]
    return [line for line in lines if line]


def _prefix(captions: Sequence[str]) -> str | None:
    """Say that most captions begin with the same words and a mark: a label such as `Caption:`, or a phrase."""
    said = [caption.strip() for caption in captions if caption.strip()]
    if len(said) < FEW or len(set(said)) < len(said) / 2:
        return None
    for length in (6, 5, 4, 3, 2, 1):
        starts = Counter(" ".join(caption.split()[:length]) for caption in said if len(caption.split()) > length)
        start, count = starts.most_common(1)[0] if starts else ("", 0)
        label = start.rstrip("*_` ").endswith(":")
        if count > len(said) / 2 and (label or length >= 3):
            return (
                f"{count} of {len(captions)} captions begin with {cut(start)!r}, which costs n-gram metrics; "
                "--postprocess unprefix takes such beginnings off"
            )
    return None


def _markdown(captions: Sequence[str]) -> str | None:
    marked = [caption for caption in captions if has_markdown(caption)]
    if len(captions) < FEW or len(marked) <= len(captions) / 2:
        return None
    example = cut(marked[0], 60)
    return (
        f"{len(marked)} of {len(captions)} captions carry Markdown ({example!r}); --postprocess unprefix takes it off"
    )


def _alike(tokens: Sequence[str]) -> str | None:
    if len(tokens) < ALIKE:
        return None
    caption, count = Counter(tokens).most_common(1)[0]
    if count >= len(tokens) / 2:
        return f"{count} of {len(tokens)} clips have the same caption, {cut(caption)!r}"
    words = {word for text in tokens for word in text.split()}
    if len(words) < SMALLEST_VOCABULARY:
        return f"all {len(tokens)} captions are made of {len(words)} words"
    return None


def _length(items: ScoringItems) -> str | None:
    if len(items) < FEW:
        return None
    ours = mean(len(text.split()) for text in items.candidate_tokens)
    theirs = mean(len(text.split()) for captions in items.reference_tokens for text in captions)
    if ours <= LONGER * theirs:
        return None
    return (
        f"captions have {ours:.0f} words on average, references {theirs:.0f}; metrics of overlap punish that"
        " (--postprocess first-sentence keeps the first sentence)"
    )


def _copies(items: ScoringItems) -> str | None:
    copied = [
        clip
        for clip, text, captions in zip(items.ids, items.candidate_tokens, items.reference_tokens, strict=True)
        if text in captions and len(text.split()) >= COPIED_WORDS
    ]
    if len(copied) <= max(COPIES, len(items) / 20):
        return None
    return f"{len(copied)} of {len(items)} captions are a reference of their clip word for word: {first_few(copied)}"
