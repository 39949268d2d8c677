"""How a caption is searched for. Plain data: importing this loads no network."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aacbench.contracts.settings import Frozen

Average = Literal["log-probabilities", "probabilities"]
Stop = Literal["bound", "beam-finished", "all-steps"]


class SearchSettings(Frozen):
    """Beam search; `beam_size` 1 is greedy search, which ends with the first end token (unless `stop` is `all-steps`).

    A finished hypothesis scores (sum of log-probabilities) / length ** `length_power`, where length counts the words
    and the end token. `stop` says when a clip is done: `bound` as soon as no open hypothesis can still win,
    `beam-finished` when `beam_size` hypotheses have finished, `all-steps` after `max_words` steps.
    `ignore_end` searches on raw log-probabilities for `max_words` steps without heeding the end token, and cuts the
    winner at its first end token (the released code of AT-CNN10). `say_unknown` lets captions hold `unk`, which stands
    for the words outside of the vocabulary; otherwise search leaves it out.
    """

    later = ("say_unknown",)
    beam_size: int = Field(4, ge=1)
    max_words: int = Field(30, ge=1)
    min_words: int = Field(1, ge=0)
    length_power: float = Field(1.0, ge=0.0)
    stop: Stop = "bound"
    ignore_end: bool = False
    temperature: float = Field(1.0, gt=0.0)
    batch_size: int = Field(32, ge=1)
    say_unknown: bool = False
