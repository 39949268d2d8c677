"""A trained network as a captioner: features from the cache, batches of like length, search, words."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from aacbench.contracts import CaptioningModel
from aacbench.decoding.search import search
from aacbench.decoding.settings import SearchSettings
from aacbench.features.batch import pad
from aacbench.features.cache import feature_source
from aacbench.text.vocabulary import Vocabulary
from aacbench.types import Clip


class NetworkCaptioner:
    """Captions clips with `model`, which is set to evaluation mode and moved to `device`."""

    def __init__(
        self, model: CaptioningModel, vocabulary: Vocabulary, settings: SearchSettings, device: str = "cpu"
    ) -> None:
        self.model = model.to(device).eval()  # type: ignore[attr-defined]
        self.vocabulary, self.settings, self.device = vocabulary, settings, device
        self.features = feature_source(model.features)

    @torch.no_grad()
    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return one caption per clip, in order."""
        self.features.prepare(clips, progress=False)  # decoding shows its own
        loaded = [self.features.load(clip) for clip in clips]
        order = sorted(range(len(clips)), key=lambda place: len(loaded[place]))  # like lengths waste least padding
        captions = [""] * len(clips)
        for first in range(0, len(order), self.settings.batch_size):
            places = order[first : first + self.settings.batch_size]
            features, lengths = pad([loaded[place] for place in places])
            encoded = self.model.encode(features.to(self.device), lengths.to(self.device))
            tokens, _ = search(self.model.decoder, encoded, self.settings)
            for place, ids in zip(places, tokens, strict=True):
                captions[place] = self.vocabulary.decode(ids)
        return captions
