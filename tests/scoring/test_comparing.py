"""Outputs compared by the statistic that is reported; several at once with corrected p-values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.scoring import select
from aacbench.scoring.comparing import compare_all, compare_pair, order
from aacbench.scoring.files import References
from aacbench.scoring.systems import System, aligned, from_predictions

TEXTS: dict[str, tuple[str, ...]] = {
    f"{number:02d}.wav": (f"a {animal} {sound} in the {place}", f"the {place} has a {animal} that {sound}")
    for number, (animal, sound, place) in enumerate(
        (animal, sound, place)
        for animal in ("dog", "bird", "cat", "cow")
        for sound in ("calls", "sings", "howls")
        for place in ("garden", "street")
    )
}


def system(folder: Path, name: str, wrong: int, metrics: Sequence[str], turned: bool = False) -> System:
    said = [
        (clip, "a plane flies by" if n < wrong else f"{texts[0]} today")
        for n, (clip, texts) in enumerate(TEXTS.items())
    ]
    path = folder / f"{name}.csv"
    rows = said[::-1] if turned else said
    path.write_text("file_name,caption_predicted\n" + "".join(f"{clip},{text}\n" for clip, text in rows))
    selection = select(metrics, manager.load().registries.metrics)
    return from_predictions(path, References(Path("r"), TEXTS), selection.specs, selection.outputs, "native")


def test_bleu_is_compared_as_a_corpus_score_and_rouge_as_a_mean(tmp_path: Path) -> None:
    a, b = system(tmp_path, "a", 9, ["bleu_4", "rouge_l"]), system(tmp_path, "b", 2, ["bleu_4", "rouge_l"], True)
    names, b = aligned(a, b)
    assert names == ["bleu_4", "rouge_l"]
    bleu, rouge = (compare_pair(a, b, name, 300) for name in names)
    assert bleu.of_corpus and not rouge.of_corpus
    assert rouge.a == pytest.approx(sum(a.scores["rouge_l"]) / len(TEXTS))
    assert bleu.a != pytest.approx(sum(a.scores["bleu_4"]) / len(TEXTS), abs=0.01)
    assert bleu.difference > 0 and bleu.low > 0 and bleu.p_randomisation < 0.05


def test_several_systems_make_a_matrix_with_corrected_p_values(tmp_path: Path) -> None:
    systems = [system(tmp_path, str(wrong), wrong, ["rouge_l"]) for wrong in (12, 2, 3)]
    matrix = compare_all(systems, "rouge_l", 400)
    assert set(matrix.pairs) == {(0, 1), (0, 2), (1, 2)}
    assert order(matrix) == [1, 2, 0]
    raw = compare_pair(systems[0], systems[1], "rouge_l", 400)
    assert matrix.pairs[0, 1].p_bootstrap == pytest.approx(min(1, 3 * raw.p_bootstrap))
    assert matrix.pairs[1, 2].p_bootstrap > 0.05
    with pytest.raises(UserError, match="two systems"):
        compare_all(systems[:1], "rouge_l")
    with pytest.raises(UserError, match="spice is not in both"):
        compare_all(systems, "spice")
