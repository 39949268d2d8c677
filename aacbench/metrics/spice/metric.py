"""SPICE as a metric (Anderson et al., ECCV 2016; range 0 to 1), and why a clip has its value.

The native engine parses with the small parser that the package ships; the reference engine is the official tool.
Their values differ a little, so the signature names the parser.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aacbench.contracts import Metric
from aacbench.metrics.spice.scorer import Explanation, Line, embedded, explain
from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class SpiceMetric(Metric):
    """SPICE of every item, and their mean. `keep` puts the candidates' tuples into the cache (the native engine)."""

    engine: str = "native"
    keep: bool = True

    def check_present(self) -> None:
        """Look for Java and CoreNLP (reference engine); raises `UserError` where one is missing."""
        if self.engine == "reference":
            from aacbench.metrics.spice.jvm import find_java  # noqa: PLC0415
            from aacbench.metrics.spice.official import class_path  # noqa: PLC0415

            find_java()
            class_path()

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `spice`.

        Raises:
            UserError: nothing to score, or (reference engine) Java or CoreNLP is missing.
            AacbenchError: Java failed (reference engine).
        """
        if self.engine == "reference":
            from aacbench.metrics.spice.official import score as official_score  # noqa: PLC0415

            result = official_score(items.candidate_tokens, items.reference_tokens)
            parser = "corenlp-3.6.0"
        else:
            engine = embedded()
            result = engine.score(items.candidate_tokens, items.reference_tokens, keep=self.keep)
            parser = engine.version
        return [Score("spice", result.corpus, result.items, {"version": 1, "parser": parser})]


def explanation(candidate: str, references: Sequence[str]) -> str:
    """Return as text the tuples of a raw candidate and its raw references, and which of them match."""
    from aacbench.text.ptb import tokenize_captions  # noqa: PLC0415

    tokens = tokenize_captions([candidate, *references])
    return render(candidate, references, explain(tokens[0], tokens[1:]))


def explanation_json(candidate: str, references: Sequence[str]) -> dict[str, Any]:
    """Return as plain data the tuples of a raw candidate and its raw references, and which of them match."""
    from aacbench.text.ptb import tokenize_captions  # noqa: PLC0415

    tokens = tokenize_captions([candidate, *references])
    explained = explain(tokens[0], tokens[1:])

    def tuples(lines: Sequence[Line]) -> list[dict[str, Any]]:
        return [{"words": [*line.words], "matched": line.matched} for line in lines]

    return {
        "spice": explained.score,
        "kinds": {kind: None if math.isnan(value) else value for kind, value in explained.kinds.items()},
        "candidate": {"caption": candidate, "tuples": tuples(explained.candidate)},
        "references": {"captions": [*references], "tuples": tuples(explained.references)},
    }


def render(candidate: str, references: Sequence[str], found: Explanation) -> str:
    """Return an explanation as text: a matched tuple is marked with `=`, one without a match with `-`."""
    kinds = [f"{kind} {value:.3f}" for kind, value in found.kinds.items() if not math.isnan(value)]
    matched = sum(line.matched for line in found.candidate)
    sizes = f"{matched} of {len(found.candidate)} tuples match, the references have {len(found.references)}"
    return "\n".join(
        [
            f"SPICE {found.score:.4f}: {sizes}",
            *([f"by kind: {', '.join(kinds)}"] if kinds else []),
            "",
            f"candidate: {candidate}",
            *listing(found.candidate),
            "",
            *(f"reference: {reference}" for reference in references),
            *listing(found.references),
        ]
    )


def listing(lines: Sequence[Line]) -> list[str]:
    """Return tuples as lines; what is merged shows as `one/other`."""
    return [f"  {'=' if line.matched else '-'} {line}" for line in lines] or ["  (no tuples)"]
