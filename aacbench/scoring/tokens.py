"""Captions as Penn Treebank tokens, by the native tokenizer or by the official jar."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aacbench.types import Audio, ReferenceSet, ScoringItems

TOKENISER = {"native": "ptb-3.4.1", "reference": "ptb-3.4.1-jar"}


def tokenizer(engine: str) -> Callable[[Sequence[str]], list[str]]:
    """Return the function that tokenises captions for `engine`."""
    if engine == "reference":
        from aacbench.text.ptb_reference import tokenize_captions  # starts Java  # noqa: PLC0415

        return tokenize_captions
    from aacbench.text.ptb import tokenize_captions as native  # compiles its rules at import  # noqa: PLC0415

    return native


def tokenised(
    ids: Sequence[str],
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    engine: str,
    audio: Sequence[Audio | None] = (),
    alternatives: Sequence[Sequence[str]] = (),
) -> ScoringItems:
    """Return items with their tokens; all captions are tokenised in one call (one start of the jar)."""
    flat = [*candidates, *(text for captions in references for text in captions)]
    tokens = iter(tokenizer(engine)(flat))
    return ScoringItems(
        ids=tuple(ids),
        candidates=tuple(candidates),
        references=tuple(tuple(captions) for captions in references),
        candidate_tokens=tuple(next(tokens) for _ in candidates),
        reference_tokens=tuple(tuple(next(tokens) for _ in captions) for captions in references),
        audio=tuple(audio),
        alternatives=tuple(tuple(texts) for texts in alternatives),
    )


def reference_set(
    ids: Sequence[str], references: Sequence[Sequence[str]], engine: str = "native", audio: Sequence[Audio | None] = ()
) -> ReferenceSet:
    """Return references with their tokens."""
    return tokenised(ids, (), references, engine, audio).reference_set()
