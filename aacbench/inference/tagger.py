"""Tags of audio files, from an encoder with the tagging head that it was published with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
from torch import nn

from aacbench.audio import feature_settings
from aacbench.audio.io import read
from aacbench.audio.logmel import extract
from aacbench.contracts import EncoderSpec, PublishedWeights, TagsClips, load, make_encoder
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, unknown_name
from aacbench.models.published import classes_path, load_published, weights_path


def tagging_weights(registries: Registries) -> dict[str, tuple[EncoderSpec, PublishedWeights]]:
    """Return the published weights that can tag, by name, each with its encoder."""
    both = ((spec, weights) for spec in registries.encoders for weights in spec.published)
    return {weights.name: (spec, weights) for spec, weights in both if weights.classes is not None}


def choose_weights(registries: Registries, name: str | None) -> tuple[EncoderSpec, PublishedWeights]:
    """Return the weights called `name`, or else the first ones that were fetched.

    Raises:
        UserError: there are none of that name, or none were fetched.
    """
    known = tagging_weights(registries)
    if name is None:
        name = next((one for one, (_, weights) in known.items() if weights_path(weights).is_file()), None)
        if name is None:
            raise UserError(f"no weights with a tagging head are here; aacbench fetch one of: {', '.join(known)}")
    if name not in known:
        raise unknown_name("weights with a tagging head", name, known)
    return known[name]


class Tagger:
    """An encoder that tags. `weights` are published ones of `spec`; `path` and `classes` name other places of theirs.

    Raises:
        UserError: the weights or the list of their classes are not here, or do not fit.
    """

    def __init__(
        self,
        spec: EncoderSpec,
        weights: PublishedWeights,
        device: str = "cpu",
        path: Path | None = None,
        classes: Path | None = None,
    ) -> None:
        self.features = feature_settings(weights.features or spec.features)
        encoder: nn.Module = make_encoder(spec, self.features, **weights.tagging)
        if path is None:
            load_published(spec, encoder, weights.name)
        else:
            load(weights.load)(encoder, path)
        self.device, self.encoder = device, encoder.to(device).eval()
        self.head = cast(TagsClips, self.encoder)
        self.classes = self._classes(weights, classes)

    def _classes(self, weights: PublishedWeights, path: Path | None) -> Sequence[str]:
        assert weights.classes is not None
        path = path or classes_path(weights)
        assert path is not None
        if not path.is_file():
            raise UserError(f"the names of the classes are not here ({path}); run `aacbench fetch {weights.name}`")
        names: Sequence[str] = load(weights.classes.read)(path)
        return names

    @torch.no_grad()
    def scores(self, path: Path) -> dict[str, float]:
        """Return the probability of each class in an audio file, by name, in the head's order.

        Raises:
            UserError: the audio cannot be read, or the list has not the head's number of classes.
        """
        features = extract(read(path, self.features.sample_rate), self.features)
        lengths = torch.tensor([len(features)], device=self.device)
        tags = self.head.tag_scores(self.encoder(features[None].to(self.device), lengths))[0].float().tolist()
        if len(tags) != len(self.classes):
            raise UserError(f"the head has {len(tags)} classes, and the list {len(self.classes)}; name its own list")
        return dict(zip(self.classes, tags, strict=True))

    def top(self, path: Path, count: int) -> list[tuple[str, float]]:
        """Return the `count` likeliest classes of an audio file with their probabilities, the best first."""
        scores = self.scores(path)
        return sorted(scores.items(), key=lambda item: -item[1])[:count]
