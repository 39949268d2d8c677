"""The checks fail for parts that break a contract, and say what was wanted and what came."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import BaseModel
from torch import Tensor, nn

from aacbench.contracts import (
    DatasetOptions,
    DatasetSpec,
    DecoderOutput,
    DecoderSpec,
    EncoderSpec,
    MethodSpec,
    MetricSpec,
    PretrainingSpec,
    Variant,
)
from aacbench.errors import UserError
from aacbench.methods.baselines.floor import Floor
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.pretraining.audio_tagging import AudioTagging
from aacbench.pretraining.clip_task import ClipTask
from aacbench.testing import (
    ContractError,
    check_dataset,
    check_decoder,
    check_encoder,
    check_method,
    check_metric,
    check_plugin,
    check_pretraining,
)
from aacbench.testing.material import tone_clips
from aacbench.types import Clip, Encoded, Score, ScoringItems


def test_parts_are_named_or_given_as_specs() -> None:
    with pytest.raises(UserError, match=r"unknown encoder 'crnn55'\. Did you mean 'crnn5'"):
        check_encoder("crnn55")
    with pytest.raises(ContractError, match="wanted the name of an installed part or a EncoderSpec; came type"):
        check_encoder(Cnn10)  # type: ignore[arg-type]
    with pytest.raises(ContractError, match=r"a name that no other part bears; came .*aacbench"):
        check_encoder(EncoderSpec("cnn10", "mine", Cnn10))
    with pytest.raises(UserError, match=r"unknown plugin 'rlsr'\. Did you mean 'rlssr'"):
        check_plugin("rlsr")
    with pytest.raises(UserError, match=r"setting of the encoder cnn10 'widht'\. Did you mean 'width'"):
        check_encoder("cnn10", widht=0.5)


# -- encoders -----------------------------------------------------------------------------------------------------


class Cnn(Cnn10):
    def __init__(self, mel_bins: int) -> None:
        super().__init__(mel_bins, 0.125, dropout=0.0, clip_dropout=0.0)


class ReadsPadding(Cnn):
    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        encoded = super().forward(features, lengths)
        return Encoded(encoded.frames, encoded.lengths, encoded.clip + features.mean((1, 2))[:, None])


class Forgets(Cnn):
    """Keeps a number outside the checkpoint."""

    def __init__(self, mel_bins: int) -> None:
        super().__init__(mel_bins)
        self.secret = float(torch.rand(()))

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        encoded = super().forward(features, lengths)
        return Encoded(encoded.frames, encoded.lengths, encoded.clip + self.secret)


class Wanders(Cnn):
    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        encoded = super().forward(features, lengths)
        return Encoded(encoded.frames, encoded.lengths, encoded.clip + torch.rand(()))


class Plain(Cnn):
    def forward(self, features: Tensor, lengths: Tensor) -> Any:
        encoded = super().forward(features, lengths)
        return encoded if self.training else (encoded.frames, encoded.lengths)


class Detached(Cnn):
    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        encoded = super().forward(features, lengths)
        leaf = encoded.frames.detach().requires_grad_()
        return Encoded(leaf, encoded.lengths, encoded.clip.detach())


class Narrow(Cnn):
    def __init__(self, mel_bins: int) -> None:
        super().__init__(mel_bins)
        self.dim = 5


class Nameless(Cnn):
    reduction = 0


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (ReadsPadding, r"encoded alike alone and padded in a batch \(clip vector\); came a difference of"),
        (Forgets, "wanted the same output after saving and loading"),
        (Wanders, "encoded alike|the same output for the same input"),
        (Plain, "wanted an aacbench.types.Encoded; came tuple"),
        (Detached, "wanted a gradient in some weight; came none"),
        (Narrow, r"wanted frames \(B, T', dim\) of shape \(6, 10, 5\); came \(6, 10, 64\)"),
        (Nameless, "wanted `reduction`, a whole number from 1; came 0"),
        (lambda mel_bins: nn.Identity, "wanted a torch.nn.Module from the factory; came type"),
    ],
)
def test_encoders(encoder: Callable[..., Any], message: str) -> None:
    with pytest.raises(ContractError, match=f"encoder mine: .*{message}|encoder mine: {message}"):
        check_encoder(EncoderSpec("mine", "mine", encoder))


# -- decoders -----------------------------------------------------------------------------------------------------


class Gru(GruAttentionDecoder):
    def __init__(self, vocabulary_size: int, encoder_dim: int) -> None:
        super().__init__(vocabulary_size, encoder_dim, 16, 8, 12, 0.0)


class Foresees(Gru):
    def forward(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        output = super().forward(encoded, tokens)
        return DecoderOutput(output.logits + tokens.float().mean(1)[:, None, None], output.hidden)


class StepsElsewhere(Gru):
    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        logits, state = super().step(tokens, state)
        return logits + 0.1, state


class Stuck(Gru):
    """Its state forgets to move the hidden vectors."""

    def start(self, encoded: Encoded) -> Any:
        return _Stuck(super().start(encoded))

    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        logits, state = super().step(tokens, state.inner)
        return logits, _Stuck(state)

    def forward(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        state, steps, hidden = self.start(encoded), [], []
        for place in range(tokens.shape[1]):
            logits, state = self.step(tokens[:, place], state)
            steps.append(logits)
            hidden.append(state.inner.vectors[0])
        return DecoderOutput(torch.stack(steps, 1), torch.stack(hidden, 1))


class _Stuck:
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def select(self, rows: Tensor) -> _Stuck:
        moved = self.inner.select(rows)
        vectors = tuple(vector.new_zeros(len(rows), vector.shape[1]) for vector in self.inner.vectors)
        return _Stuck(replace(moved, vectors=vectors))


class HearsPadding(Gru):
    def start(self, encoded: Encoded) -> Any:
        return super().start(
            Encoded(encoded.frames, torch.full_like(encoded.lengths, encoded.frames.shape[1]), encoded.clip)
        )


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        (Foresees, "logits that do not depend on later tokens; came a difference"),
        (StepsElsewhere, r"step 0 equal to forward's logits\[:, 0\]"),
        (Stuck, "a state re-ordered by `select` to go on as its rows would"),
        (HearsPadding, "logits that do not depend on frames beyond a clip's length"),
    ],
)
def test_decoders(decoder: Callable[..., Any], message: str) -> None:
    with pytest.raises(ContractError, match=f"decoder mine: wanted {message}"):
        check_decoder(DecoderSpec("mine", "mine", decoder))


# -- pretraining --------------------------------------------------------------------------------------------------


class Spied(AudioTagging):
    """Audio tagging, changed by what `change` does to its task."""

    change: Callable[[Any], None] = staticmethod(lambda task: None)

    def task(self, *arguments: Any, **named: Any) -> Any:
        made = super().task(*arguments, **named)
        type(self).change(made)
        return made


def _draws(task: ClipTask) -> None:
    load = task.load
    task.load = lambda batch: (torch.rand(1), load(batch))[1]  # type: ignore[method-assign]


def _shuffles(task: ClipTask) -> None:
    task.batches = lambda epoch: [random.sample(range(12), 12)]  # type: ignore[method-assign]


def _frozen(task: ClipTask) -> None:
    """Neither weights move nor, as it stays in evaluation mode, statistics of batch norm."""
    encoder: nn.Module = task.model.encoder  # type: ignore[assignment]
    encoder.requires_grad_(False)
    encoder.train = lambda mode=True: nn.Module.train(encoder, False)  # type: ignore[method-assign]


def _lossless(task: ClipTask) -> None:
    task.validate = lambda: {"map": 1.0}  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_draws, "`load` to draw no random numbers"),
        (_shuffles, "an epoch's batches to be the same each time"),
        (_frozen, "the encoder to be trained in place; came the weights it had before"),
        (_lossless, "`loss` among the monitored values; came map"),
    ],
)
def test_pretraining(change: Callable[[Any], None], message: str) -> None:
    kind = type("Changed", (Spied,), {"change": staticmethod(change)})
    with pytest.raises(ContractError, match=f"pretraining mine: wanted {message}"):
        check_pretraining(PretrainingSpec("mine", "mine", kind, "tags"), batch_size=6, mixup_alpha=0.0, mask_width=0)


def test_labels_are_a_field_of_clips() -> None:
    with pytest.raises(ContractError, match=r"labels '' or one of id, audio, .*came 'words'"):
        check_pretraining(PretrainingSpec("mine", "mine", AudioTagging, "words"))


# -- metrics ------------------------------------------------------------------------------------------------------


def metric(value: Callable[[ScoringItems], float], signature: Mapping[str, Any]) -> type:
    class Made:
        def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
            return [Score("mine", value(items), None, signature)]

    return Made


def _first(items: ScoringItems) -> float:
    return float(len(items.candidate_tokens[0]) % 7) / 7


def _share(items: ScoringItems) -> float:
    rows = zip(items.candidate_tokens, items.reference_tokens, strict=True)
    return sum(candidate in references for candidate, references in rows) / len(items)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (metric(_first, {"version": 1}), "scores that do not depend on the order of clips and references"),
        (metric(lambda items: 2.0, {"version": 1}), r"mine within its range \(0\.0, 1\.0\); came 2\.0"),
        (metric(lambda items: float("nan"), {"version": 1}), "finite values of mine; came nan"),
        (metric(_share, {}), "a signature of mine with its `version`, a whole number from 1"),
        (metric(_share, {"version": 1, "model": object()}), r"a signature of plain values \(JSON\)"),
        (metric(lambda items: random.random(), {"version": 1}), "the same scores each time"),
        (metric(lambda items: 0.5 * _share(items), {"version": 1}), "mine of 1, the top of its range.*came 0.5"),
        (
            metric(lambda items: 1.0, {"version": 1}),
            "a higher mine of captions equal to their references than of others",
        ),
    ],
)
def test_metrics(made: type, message: str) -> None:
    with pytest.raises(ContractError, match=f"metric mine: wanted {message}"):
        check_metric(MetricSpec("mine", "mine", made))


def test_a_metric_that_never_reaches_its_top_may_say_so() -> None:
    spec = MetricSpec("mine", "mine", metric(lambda items: 0.5 * _share(items), {"version": 1}))
    check_metric(spec, reaches_maximum=False)
    check_metric(replace(spec, range=(0.0, 0.5)))
    check_metric(replace(spec, range=(0.0, float("inf"))))


def test_a_metric_that_reads_when_words_were_attended_to_gets_it() -> None:
    last = metric(
        lambda items: max((one for row in items.word_seconds for one in row if one), default=0.0), {"version": 1}
    )
    check_metric(MetricSpec("mine", "mine", last, range=(0.0, 60.0), ranked=False, needs_word_seconds=True))
    with pytest.raises(ContractError, match="metric mine: wanted mine within its range"):
        check_metric(MetricSpec("mine", "mine", last, range=(0.0, 0.5), ranked=False, needs_word_seconds=True))


# -- datasets and methods -----------------------------------------------------------------------------------------


class Tones:
    name, version, splits = "mine", "1", ("development", "evaluation")

    def __init__(self, options: DatasetOptions) -> None:
        for name in options.settings:
            raise UserError(f"unknown setting {name}")
        assert options.data_dir
        self.all = tone_clips(options.data_dir, 8)

    def clips(self, split: str) -> list[Clip]:
        if split not in self.splits:
            raise UserError(f"unknown split {split}")
        return self.all[:6] if split == "development" else self.all[6:]


class Leaky(Tones):
    def clips(self, split: str) -> list[Clip]:
        return super().clips(split) and self.all


class Shuffled(Tones):
    def clips(self, split: str) -> list[Clip]:
        return random.sample(super().clips(split), len(super().clips(split)))


class Lax(Tones):
    def clips(self, split: str) -> list[Clip]:
        return super().clips(split) if split in self.splits else []


class Doubled(Tones):
    def clips(self, split: str) -> list[Clip]:
        return 2 * super().clips(split)


class Bare(Tones):
    def clips(self, split: str) -> list[Clip]:
        return [replace(clip, captions=("",)) for clip in super().clips(split)]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (Leaky, "every recording in one split alone; came tone-000.wav in development and evaluation"),
        (Shuffled, "the clips of development in a fixed order"),
        (Lax, "aacbench.errors.UserError, which names it, for an unknown split; came nothing raised"),
        (Doubled, "every id once in development; came 6 that come again"),
        (Bare, "captions as a tuple of texts that are not empty"),
    ],
)
def test_datasets(made: type[Tones], message: str, tmp_path: Path) -> None:
    spec = DatasetSpec("mine", "mine", Tones, licence="CC0-1.0")
    check_dataset(spec, tmp_path)
    with pytest.raises(ContractError, match=f"dataset mine: wanted {message}"):
        check_dataset(replace(spec, factory=made), tmp_path)
    with pytest.raises(ContractError, match="wanted a licence in the spec"):
        check_dataset(replace(spec, licence=""), tmp_path)


class Loose(Floor):
    class settings(BaseModel):
        """Takes whatever comes."""


class Presetless(Floor):
    presets = {"quick": {}}  # noqa: RUF012


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (MethodSpec("mine", "mine", Loose), "a UserError for an unknown setting"),
        (MethodSpec("mine", "mine", Presetless), r"the presets \['paper', 'quick', 'smoke'\]; came \['quick'\]"),
        (MethodSpec("mine", "mine", Floor, variants=(Variant("a/b", ""),)), "variant names of a-z.*came 'a/b'"),
        (MethodSpec("mine", "mine", Floor, variants=(Variant("a", ""),) * 2), "variants, each with a name of its own"),
        (MethodSpec("mine", "", Floor), "a summary of one line; came ''"),
        (MethodSpec("mine", "mine", Floor, outline=Loose), "an outline with the method's own `settings` and `presets`"),
    ],
)
def test_methods(spec: MethodSpec, message: str) -> None:
    with pytest.raises(ContractError, match=f"method mine: wanted {message}"):
        check_method(spec)
