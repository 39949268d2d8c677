"""Unit vectors of a caption's word pieces by a language model of transformers, each distinct text once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from aacbench.errors import UserError, one_line
from aacbench.files.download.hub import model_folder, quiet_progress
from aacbench.runtime import libraries
from aacbench.runtime.cores import each_on_a_core

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 512  # pieces


def language_folder(name: str, revision: str | None) -> Path:
    """Return the folder of a language model, fetched where it is not here.

    Raises:
        UserError: it cannot be had.
    """
    return model_folder(name, "language model", revision, "bert_score.model")


class WordVectors:
    """A language model; `layer` counts from 0, the embeddings, and is the last one if None.

    Raises:
        UserError: the model is neither here nor to be had, or has no such layer.
    """

    def __init__(self, name: str, layer: int | None, revision: str | None, device: str, batch_size: int) -> None:
        folder = language_folder(name, revision)
        transformers = libraries.load("transformers", "BERTScore", "AutoModel", "AutoTokenizer")
        quiet_progress()
        try:
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            self.model = transformers.AutoModel.from_pretrained(str(folder), local_files_only=True)
        except Exception as error:  # transformers raises many kinds, all for want of files
            raise UserError(f"cannot load the language model {name!r} ({one_line(error)})") from error
        self.model.train(False).to(device)
        layers = int(self.model.config.num_hidden_layers)
        if layer is not None and not 0 <= layer <= layers:
            raise UserError(f"{name} has the layers 0 to {layers}; got {layer}")
        self.layer, self.device, self.batch_size = layers if layer is None else layer, device, batch_size

    def vectors(self, texts: Iterable[str]) -> dict[str, Tensor]:
        """Return each text's vectors (pieces, width) on the CPU; batches are of like length, so little is padding."""
        distinct = sorted(dict.fromkeys(texts), key=len, reverse=True)
        batches = [distinct[start : start + self.batch_size] for start in range(0, len(distinct), self.batch_size)]
        rows = each_on_a_core(self._batch, batches, self.device)
        return dict(zip(distinct, (row for batch in rows for row in batch), strict=True))

    def _batch(self, texts: list[str]) -> list[Tensor]:
        import torch  # loaded where a network runs

        pieces = self.tokenizer(
            texts, padding=True, truncation=True, max_length=self._longest(), return_tensors="pt",
            return_special_tokens_mask=True,
        )  # fmt: skip
        marks = pieces.pop("special_tokens_mask").bool()
        with torch.inference_mode():
            hidden = self.model(**pieces.to(self.device), output_hidden_states=True).hidden_states[self.layer].cpu()
        hidden = torch.nn.functional.normalize(hidden.float(), dim=-1)
        return [row[~mark] for row, mark in zip(hidden, marks, strict=True)]

    def _longest(self) -> int:
        return min(LONGEST, int(self.tokenizer.model_max_length))
