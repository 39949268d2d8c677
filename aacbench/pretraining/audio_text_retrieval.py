"""Audio-text retrieval as an objective (Xu et al. 2022, sections 2.2 and 2.3): a bi-encoder trained with InfoNCE.

Training hears a random excerpt of each clip, validation the whole clip. Reported: recall of captions searching clips at
1, 5 and 10, and their geometric mean, `recall`, which the paper's code selects models by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from aacbench.audio import FeatureSettings
from aacbench.audio.batch import pad, random_crop
from aacbench.audio.cache import FeatureCache, prepare_ahead
from aacbench.contracts import Pretraining, Task
from aacbench.errors import UserError, counted
from aacbench.inference.retriever import embed_clips, embed_texts
from aacbench.models.bi_encoder import BiEncoder, Reduction, info_nce, similarities
from aacbench.models.published import ENCODER_FILE
from aacbench.models.published_text import TextSettings
from aacbench.models.text_encoders import KEPT, TextEncoder, make_text_encoder, reopen
from aacbench.runtime.distributed.shards import gather_rows, max_over_ranks, pad_to, shard
from aacbench.runtime.seeds import derive, shuffled
from aacbench.scoring.retrieval import evaluate
from aacbench.training.batches import cut_batches
from aacbench.training.checkpoint import load, load_model
from aacbench.training.pretrain import Pretrain
from aacbench.types import Clip

CUTS = (1, 5, 10)
BEST = "best.safetensors"

Sample = tuple[int, tuple[int, ...], int]
"""A clip, some of its captions, and the epoch: what decides the excerpt."""


@dataclass(frozen=True)
class AudioTextRetrieval(Pretraining):
    """The objective. `text` are `TextSettings`.

    `captions` says what a sample is: `random` is a clip with one of its captions, drawn anew in each epoch; `one` each
    pair of a clip and a caption; `all` a clip with all its captions. `other_captions` of the same clip in a batch are
    `ignored`, with the same words for another clip, or `negatives`, as in the paper. `audio_dropout` is that of the
    clip vector, before its projection. `start` is the folder of an earlier stage that trained the same network, whose
    weights and words this one begins with.
    """

    batch_size: int = 128
    dim: int = 1024
    temperature: float = 0.07
    audio_dropout: float = 0.0
    crop_seconds: float | None = 10.0
    captions: Literal["random", "one", "all"] = "random"
    other_captions: Literal["ignored", "negatives"] = "ignored"
    reduction: Reduction = "sum"
    text: Mapping[str, Any] = field(default_factory=dict)
    start: Path | None = None

    @property
    def cache_key(self) -> str:
        """What the text encoder's weights are, as settings that name a folder do not say."""
        return TextSettings(**self.text).identity()

    def task(
        self, encoder: nn.Module, features: FeatureSettings, training: list[Clip], validation: list[Clip], seed: int
    ) -> RetrievalTask:
        """Return the task that trains `encoder` and a text encoder.

        Raises:
            UserError: a clip has no captions, or the text encoder cannot be had.
        """
        bare = [clip.id for clip in (*training, *validation) if not clip.captions]
        if bare:
            raise UserError(
                f"audio-text-retrieval learns from captions; {counted(len(bare), 'clip has', 'clips have')} none, such "
                f"as {bare[0]}"
            )
        settings = TextSettings(**self.text)
        if self.start is not None:
            text = reopen(self.start, settings.max_tokens)
        else:
            text = make_text_encoder(settings, (caption for clip in training for caption in clip.captions))
        model = BiEncoder(features, encoder, text, self.dim, self.temperature, self.audio_dropout)
        if self.start is not None:
            load_model(model, load(self.start / BEST)[0])
        return RetrievalTask(self, model, training, validation, seed)


@dataclass(frozen=True, slots=True)
class Batch:
    """Features (B, T, F), lengths (B,), token ids (N, L), their lengths, each caption's clip; and what is in it.

    `clips` are the places (B,) of the clips among all, `captions` the number (N,) of each caption among its clip's.
    """

    features: Tensor
    lengths: Tensor
    ids: Tensor
    words: Tensor
    clip_of: Tensor
    clips: Tensor
    captions: Tensor


class RetrievalTask(Task):
    """Trains a `BiEncoder` in place."""

    name = "audio-text-retrieval"
    model: BiEncoder
    data_parallel = True

    def __init__(
        self,
        objective: AudioTextRetrieval,
        model: BiEncoder,
        training: list[Clip],
        validation: list[Clip],
        seed: int,
    ) -> None:
        self.objective, self.model, self.seed = objective, model, seed
        self.training, self.validation = training, validation
        self.features = FeatureCache(model.features)
        prepare_ahead(self.features, training, validation)

    def batches(self, epoch: int) -> list[list[Sample]]:
        """Return the epoch's samples in an order that depends on seed and epoch, cut into batches."""
        samples = self._samples(epoch)
        order = shuffled(len(samples), self.seed, self.name, "epoch", epoch)
        return cut_batches([samples[index] for index in order], self.objective.batch_size)

    def _samples(self, epoch: int) -> list[Sample]:
        counts = [len(clip.captions) for clip in self.training]
        if self.objective.captions == "one":
            return [(index, (caption,), epoch) for index, count in enumerate(counts) for caption in range(count)]
        if self.objective.captions == "all":
            return [(index, tuple(range(count)), epoch) for index, count in enumerate(counts)]
        drawn = [derive(self.seed, self.name, "caption", epoch, index) for index in range(len(counts))]
        return [(index, (drawn[index] % count,), epoch) for index, count in enumerate(counts)]

    def load(self, batch: Sequence[Sample]) -> Batch:
        """Read the clips' excerpts and cut their captions into tokens."""
        heard = self.features.load_all([self.training[sample[0]] for sample in batch])
        features, lengths = pad([self._excerpt(*pair) for pair in zip(batch, heard, strict=True)])
        clips = [index for index, _, _ in batch]
        pairs = [(owner, caption) for owner, (_, captions, _) in enumerate(batch) for caption in captions]
        texts = [self.training[clips[owner]].captions[caption] for owner, caption in pairs]
        ids, counts = self.model.text.tokens(texts)
        owners, captions = torch.tensor(pairs).T
        return Batch(features, lengths, ids, counts, owners, torch.tensor(clips), captions)

    def _excerpt(self, sample: Sample, features: Tensor) -> Tensor:
        seconds = self.objective.crop_seconds
        if seconds is None:
            return features
        generator = torch.Generator().manual_seed(derive(self.seed, self.name, "excerpt", *sample))
        return random_crop(features, seconds, self.model.features.hop_seconds, generator)

    def losses(self, loaded: Batch) -> Mapping[str, Tensor]:
        """Return the InfoNCE loss; processes that share a batch each make it of all clips and captions."""
        device, mine = self.model.log_scale.device, shard()
        features = pad_to(loaded.features, *max_over_ranks(loaded.features.shape[1]))
        given = (features, loaded.lengths, loaded.ids, loaded.words)
        features, lengths, ids, words = (tensor.to(device, non_blocking=True) for tensor in given)
        audio = gather_rows(self.model.embed_audio(features, lengths))
        text = gather_rows(self.model.embed_text(ids, words))
        clip_of, clips = gather_rows(loaded.clip_of + (mine.first if mine else 0)), gather_rows(loaded.clips)
        right = self._right(clip_of.tolist(), clips.tolist(), gather_rows(loaded.captions).tolist())
        return {"info_nce": self._loss(similarities(text, audio), clip_of.to(device), right.to(device))}

    def _right(self, clip_of: Sequence[int], clips: Sequence[int], captions: Sequence[int]) -> Tensor:
        """Return which caption of a batch (N,) is one of which of its clips' (B,)."""
        here = [self.training[index] for index in clips]
        texts = [here[owner].captions[caption] for owner, caption in zip(clip_of, captions, strict=True)]
        return torch.tensor([[text in clip.captions for clip in here] for text in texts])

    def _loss(self, similarity: Tensor, clip_of: Tensor, right: Tensor) -> Tensor:
        ignored = right if self.objective.other_captions == "ignored" else None
        return info_nce(similarity, clip_of, self.model.log_scale.exp(), ignored, self.objective.reduction)

    def validate(self) -> Mapping[str, float]:
        """Return loss and recalls over all validation captions and clips at once; clips are heard in full."""
        clips = self.validation
        texts = [caption for clip in clips for caption in clip.captions]
        owners = [index for index, clip in enumerate(clips) for _ in clip.captions]
        size = self.objective.batch_size
        audio = embed_clips(self.model, self.features, clips, size)
        similarity = similarities(embed_texts(self.model, texts, 4 * size), audio)
        right = torch.tensor([[text in clip.captions for clip in clips] for text in texts])
        loss = self._loss(
            similarity.to(self.model.log_scale.device),
            *(part.to(self.model.log_scale.device) for part in (torch.tensor(owners), right)),
        )
        scores = evaluate(similarity.numpy(), [row.nonzero()[:, 0].tolist() for row in right], cuts=CUTS)
        recalls = {f"recall_at_{cut}": scores[f"recall_at_{cut}"].corpus for cut in CUTS}
        mean = float(torch.tensor(list(recalls.values()), dtype=torch.float64).prod() ** (1 / len(CUTS)))
        return {"loss": float(loss), **recalls, "recall": mean}

    def save_artifacts(self, folder: Path) -> None:
        """Write what is needed to use the trained network."""
        self.model.text.keep(folder)


def reopen_pair(
    features: FeatureSettings, encoder: nn.Module, folder: Path, objective: AudioTextRetrieval
) -> BiEncoder:
    """Return the network that a stage of this objective trained in `folder`, around a new `encoder`."""
    text: TextEncoder = reopen(folder, TextSettings(**objective.text).max_tokens)
    model = BiEncoder(features, encoder, text, objective.dim, objective.temperature)
    load_model(model, load(folder / BEST)[0])
    return model


@dataclass(frozen=True)
class TrainPair(Pretrain):
    """The stage of this objective: its bi-encoder stays with the run, and with the cache for ensembles."""

    artifacts = (BEST, ENCODER_FILE, "log.jsonl", *KEPT)
