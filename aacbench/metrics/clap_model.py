"""A CLAP model of transformers: unit vectors of texts and of clips, each distinct one once.

Longer clips than the model hears at once (10 s for LAION's) are heard in full: their vector is the mean over
consecutive windows, so that nothing is left to chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacbench.audio.io import read
from aacbench.errors import UserError, first_few, one_line
from aacbench.files.download.hub import model_folder, quiet_progress
from aacbench.runtime import libraries
from aacbench.runtime.cores import each_on_a_core
from aacbench.types import Audio, ScoringItems

DEFAULT_MODEL = "laion/clap-htsat-unfused"
FloatArray = NDArray[np.float64]


def clap_folder(name: str, revision: str | None, setting: str) -> Path:
    """Return the folder of a CLAP model, fetched where it is not here.

    Raises:
        UserError: it cannot be had.
    """
    return model_folder(name, "CLAP model", revision, setting)


class Clap:
    """A loaded model with its processor.

    Raises:
        UserError: the model is neither here nor to be had.
    """

    def __init__(self, name: str, revision: str | None, device: str, batch_size: int, setting: str) -> None:
        folder = clap_folder(name, revision, setting)
        transformers = libraries.load("transformers", "CLAP", "ClapModel", "ClapProcessor")
        quiet_progress()
        try:
            self.model = transformers.ClapModel.from_pretrained(str(folder), local_files_only=True)
            self.processor = transformers.ClapProcessor.from_pretrained(str(folder), local_files_only=True)
        except Exception as error:  # transformers raises many kinds, all for want of files
            raise UserError(f"cannot load the CLAP model {name!r} ({one_line(error)})") from error
        self.model.train(False).to(device)
        self.device, self.batch_size = device, batch_size
        self._texts: dict[str, FloatArray] = {}
        self._clips: dict[Audio, FloatArray] = {}

    def texts(self, texts: Iterable[str]) -> dict[str, FloatArray]:
        """Return the unit vector of each text; those asked for before are remembered."""
        wanted = [*dict.fromkeys(texts)]
        lacking = sorted((text for text in wanted if text not in self._texts), key=len, reverse=True)
        batches = [lacking[start : start + self.batch_size] for start in range(0, len(lacking), self.batch_size)]
        rows = each_on_a_core(self._read, batches, self.device)
        self._texts |= dict(zip(lacking, (row for batch in rows for row in batch), strict=True))
        return {text: self._texts[text] for text in wanted}

    def _read(self, texts: list[str]) -> FloatArray:
        inputs = self.processor.tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        return self._vectors(self.model.get_text_features, inputs)

    def clips(self, clips: Sequence[Audio]) -> list[FloatArray]:
        """Return the unit vector of each clip; those asked for before are remembered."""
        for clip in clips:
            if clip not in self._clips:
                self._clips[clip] = self._heard(clip)
        return [self._clips[clip] for clip in clips]

    def _heard(self, clip: Audio) -> FloatArray:
        extractor = self.processor.feature_extractor
        rate, window = int(extractor.sampling_rate), int(extractor.nb_max_samples)
        wave = np.asarray(read(clip, rate), np.float32)
        parts = [wave[start : start + window] for start in range(0, max(1, len(wave)), window)]
        if len(parts) > 1 and len(parts[-1]) < rate:  # less than a second says little
            parts.pop()
        rows = []
        for start in range(0, len(parts), self.batch_size):
            some = parts[start : start + self.batch_size]
            inputs = extractor(some, sampling_rate=rate, return_tensors="pt")
            rows.append(self._vectors(self.model.get_audio_features, inputs))
        mean: FloatArray = np.concatenate(rows).mean(0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)

    def _vectors(self, project: Any, inputs: Any) -> FloatArray:
        import torch  # loaded where a network runs

        with torch.inference_mode():
            output = project(**inputs.to(self.device))
            rows = output if isinstance(output, torch.Tensor) else output.pooler_output
            return torch.nn.functional.normalize(rows.float(), dim=-1).cpu().double().numpy()


def require_audio(items: ScoringItems, metric: str) -> list[Audio]:
    """Return the audio of every item.

    Raises:
        UserError: it is not known of a clip.
    """
    audio = items.audio or (None,) * len(items)
    silent = [clip for clip, heard in zip(items.ids, audio, strict=True) if heard is None]
    if silent:
        raise UserError(
            f"{metric} hears the clips, but the audio of {first_few(silent)} is not known; name its folder with --audio"
        )
    return [heard for heard in audio if heard is not None]
