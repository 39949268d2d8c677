"""Scoring: candidates and references in, scores with signatures out.

Metrics come as specs and run in the order their `requires` ask for. Captions are tokenised once an engine: by
the native tokenizer, or by the official jar for `reference`. Engine `both` returns the native scores and how
far the official ones lie from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, first_few
from aacbench.scoring.report import Difference, Interval, ScoreReport
from aacbench.scoring.resampling import intervals
from aacbench.scoring.sanity import sanity
from aacbench.scoring.scorer import MetricSettings, Scorer, build, run_metric
from aacbench.scoring.signatures import complete
from aacbench.scoring.tokens import TOKENISER, tokenised
from aacbench.scoring.word_seconds import kept_seconds, require_one_a_word
from aacbench.text.postprocess import NONE, rule
from aacbench.types import Audio, Score, ScoringItems, WordSeconds

__all__ = ["ENGINES", "build", "difference", "run_metric", "score_items", "score_prepared", "tokenised"]

ENGINES = ("native", "reference", "both")


def score_items(
    ids: Sequence[str],
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    specs: Sequence[MetricSpec],
    engine: str = "native",
    settings: MetricSettings | None = None,
    resamples: int = 0,
    seed: int = 0,
    audio: Sequence[Audio | None] = (),
    alternatives: Sequence[Sequence[str]] = (),
    postprocess: str = "none",
    word_seconds: Sequence[WordSeconds] = (),
) -> ScoreReport:
    """Score N candidates against their references (any number a clip) with every metric of `specs`.

    `settings` are keyword arguments by spec name: `{"sbert_sim": {"model": "..."}}`. `audio` are the clips' files, for
    metrics that listen, `alternatives` all candidates of each clip, the one in `candidates` first. With `resamples`,
    every score gets a bootstrap 95 % confidence interval. `postprocess` is a rule of `aacbench.text.postprocess` that
    candidates go through first. `word_seconds` has an entry a clip for the words of its candidate, empty where nothing
    is known.

    Raises:
        UserError: lengths differ, ids repeat, a clip has no reference, nothing to score, the engine is
            unknown, a metric needs one that is not in `specs`, or what a metric works with is not there.
    """
    if engine not in ENGINES:
        raise UserError(f"unknown engine {engine!r}; wanted one of {', '.join(ENGINES)}")
    check_items(ids, candidates, references)
    clean = rule(postprocess)
    raw, candidates = candidates, [clean(text) for text in candidates]
    timed = _of_words(ids, raw, candidates, word_seconds) if word_seconds else ()
    alternatives = [[clean(text) for text in texts] for texts in alternatives]
    alternatives = alternatives if any(len(texts) > 1 for texts in alternatives) else ()
    first = "native" if engine == "both" else engine
    scorer = Scorer(specs, first, settings)
    official = _official(specs, settings) if engine == "both" else None  # what is more likely to be missing
    scorer.check_ready()
    items = replace(tokenised(ids, candidates, references, first, audio, alternatives), word_seconds=timed)
    report = score_prepared(scorer, items, first, resamples, seed)
    report = _with_rule(report, postprocess)
    if official is None:
        return report
    items = tokenised(ids, candidates, references, "reference", audio)
    official.prepare(items.reference_set())
    theirs = official(items)
    outputs = [name for spec in specs if "reference" in spec.engines for name in spec.outputs]
    differences = {name: difference(report.scores[name], theirs[name], ids) for name in outputs}
    return ScoreReport(report.items, report.scores, report.warnings, differences, report.intervals)


def _of_words(
    ids: Sequence[str], raw: Sequence[str], candidates: Sequence[str], seconds: Sequence[WordSeconds]
) -> tuple[WordSeconds, ...]:
    """Return the seconds of the words that post-processing left; raises `UserError` where they are of other words."""
    if len(seconds) != len(ids):
        raise UserError(f"wanted seconds for the words of each of {len(ids)} captions; got {len(seconds)}")
    for clip, text, one in zip(ids, raw, seconds, strict=True):
        require_one_a_word(clip, text, one)
    return tuple(kept_seconds(*row) for row in zip(raw, candidates, seconds, strict=True))


def _with_rule(report: ScoreReport, postprocess: str) -> ScoreReport:
    """Return the report with what looks odd in the captions, and the rule they went through in its signatures."""
    return signed(replace(report, warnings=(*report.warnings, *sanity(report.items))), postprocess)


def signed(report: ScoreReport, postprocess: str) -> ScoreReport:
    """Return the report with the rule that its candidates went through in every signature; `none` leaves no trace."""
    if postprocess == NONE:
        return report
    scores = {
        name: replace(score, signature={**score.signature, "postprocess": postprocess})
        for name, score in report.scores.items()
    }
    return replace(report, scores=scores)


def _official(specs: Sequence[MetricSpec], settings: MetricSettings | None) -> Scorer:
    """Return the reference engine's metrics, asked whether they can run before the native ones do."""
    official = Scorer([spec for spec in specs if "reference" in spec.engines], "reference", settings, known=specs)
    official.check_ready()
    return official


def score_prepared(
    scorer: Scorer, items: ScoringItems, engine: str = "native", resamples: int = 0, seed: int = 0
) -> ScoreReport:
    """Prepare the scorer with the references of `items`, and score them; the report has whole signatures."""
    scorer.prepare(items.reference_set())
    return score_ready(scorer, items, engine, resamples, seed)


def score_ready(
    scorer: Scorer, items: ScoringItems, engine: str = "native", resamples: int = 0, seed: int = 0
) -> ScoreReport:
    """As `score_prepared`, with a scorer that was told these references before: many systems, one set of references."""
    warnings = scorer.warnings(items)
    raw, scores = scorer(items), dict[str, Score]()
    measured: dict[str, Interval] = {}
    for spec in scorer.specs:
        own = [raw[name] for name in spec.outputs]
        for score in own:
            signature = complete(score.signature, score.name, spec, items, scorer.engines[spec.name], TOKENISER[engine])
            scores[score.name] = Score(score.name, score.corpus, score.items, signature)
        if resamples and spec.ranked:
            measured |= intervals(scorer.metrics[spec.name], items, own, resamples, seed)
    return ScoreReport(items, scores, (*warnings, *scorer.remarks()), {}, measured)


def difference(native: Score, official: Score, ids: Sequence[str]) -> Difference:
    """Return how far the official score lies from the native one."""
    corpus = abs(native.corpus - official.corpus)
    if native.items is None or official.items is None:
        return Difference(corpus)
    gaps = [abs(mine - theirs) for mine, theirs in zip(native.items, official.items, strict=True)]
    row = max(range(len(gaps)), key=gaps.__getitem__)
    return Difference(corpus, gaps[row], ids[row])


def check_items(ids: Sequence[str], candidates: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Raise `UserError` unless there is one candidate and one list of references a clip, each clip once."""
    if not len(ids) == len(candidates) == len(references):
        raise UserError(
            f"wanted one candidate and one list of references a clip; got {len(ids)} clips, "
            f"{len(candidates)} candidates and {len(references)} lists of references"
        )
    if not ids:
        raise UserError("nothing to score: there are no clips")
    if len(set(ids)) != len(ids):
        seen: set[str] = set()
        twice = [clip for clip in ids if clip in seen or seen.add(clip)]  # type: ignore[func-returns-value]
        raise UserError(f"every clip is scored once; these come more than once: {first_few(twice)}")
    if any(isinstance(captions, str) for captions in references):
        raise UserError("references are a list of captions a clip; got a plain string")
    without = [clip for clip, captions in zip(ids, references, strict=True) if not captions]
    if without:
        raise UserError(f"every clip needs at least one reference; without any: {first_few(without)}")
