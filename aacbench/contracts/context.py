"""What a method's stages are told about the run they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aacbench.contracts.datasets import DatasetOptions
from aacbench.contracts.encoders import EncoderChoice, make_encoder
from aacbench.contracts.outputs import by_output
from aacbench.contracts.registry import Registries
from aacbench.contracts.specs import MetricSpec, make
from aacbench.contracts.trackers import Tracker, Untracked
from aacbench.errors import unknown_name
from aacbench.runtime.distributed.collectives import only_rank_zero
from aacbench.text.vocabulary import Vocabulary
from aacbench.types import Clip

if TYPE_CHECKING:
    from torch import nn

    from aacbench.text.normalise import Rule


@dataclass
class RunContext:
    """One run: a method's variant with its settings, on a dataset, from a seed, in a folder.

    `clips` has the keys `training`, `validation` and `evaluation`; it is empty when a finished run is only used to
    caption. `fingerprints` are those of the same three parts; of a large training set, its identity
    (`datasets.fingerprint`). `stages` maps a stage's name to its folder.
    `metric_settings` are settings by metric, for scores, monitors and rewards alike.
    """

    method: str
    variant: str
    settings: Any
    seed: int
    device: str
    dataset: str
    options: DatasetOptions
    folder: Path
    registries: Registries
    clips: Mapping[str, list[Clip]] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    stages: dict[str, Path] = field(default_factory=dict)
    tracker: Tracker = field(default_factory=Untracked)
    """Follows the run besides its logs; stages hand it to the training loop."""
    metric_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    split: str = "evaluation"
    """The dataset's split that is scored."""
    preset: str = ""
    """The method's preset, where there is one: `smoke` takes a few clips of every dataset."""
    energy: bool = False
    """Whether the energy of stages and decoding is measured."""

    @property
    def outputs(self) -> Path:
        """The folder of predictions, scores and the record: the run's own, or one in it for another split."""
        return self.folder if self.split == "evaluation" else self.folder / self.split

    def encoder(self, choice: EncoderChoice) -> nn.Module:
        """Return a new encoder of the chosen kind, for the chosen features."""
        spec = self.registries.encoders[choice.name]
        encoder: nn.Module = make_encoder(spec, choice.features, **choice.settings)
        return encoder

    def decoder(self, name: str, vocabulary_size: int, encoder_dim: int, **settings: Any) -> nn.Module:
        """Return a new decoder called `name`."""
        spec = self.registries.decoders[name]
        decoder: nn.Module = make(spec, vocabulary_size=vocabulary_size, encoder_dim=encoder_dim, **settings)
        return decoder

    def vocabulary(self, rule: Rule = "spaces", min_count: int = 1) -> Vocabulary:
        """Return the run's vocabulary: that of the training captions, kept in the run's folder."""
        path = self.folder / "vocabulary.json"
        if not self.clips:
            return Vocabulary.load(path)
        captions = [caption for clip in self.clips["training"] for caption in clip.captions]
        vocabulary = Vocabulary.build(captions, rule, min_count)
        only_rank_zero(vocabulary.save)(path)
        return vocabulary

    def metrics(self, names: Sequence[str]) -> list[MetricSpec]:
        """Return the specs that give the scores `names` (metrics or their outputs)."""
        captioning = [spec for spec in self.registries.metrics if spec.task == "captioning"]
        makers = {spec.name: spec for spec in captioning} | by_output(captioning)
        if unknown := [name for name in names if name not in makers]:
            raise unknown_name("metric", unknown[0], makers)
        return list({makers[name].name: makers[name] for name in names}.values())
