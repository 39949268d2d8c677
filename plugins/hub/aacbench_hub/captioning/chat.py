"""Audio language models: a message with audio and a prompt, through the model's own chat template."""

from __future__ import annotations

from typing import Any

import torch

from aacbench.errors import UserError, one_line
from aacbench_hub.captioning.captioner import Waves
from aacbench_hub.captioning.generating import generation, placed, sample_rate
from aacbench_hub.captioning.settings import PROMPT, HubSettings


class ChatAnswerer:
    """An audio language model with its processor."""

    def __init__(self, model: Any, processor: Any, settings: HubSettings) -> None:
        self.model, self.processor, self.settings = model, processor, settings
        self.tokenizer = getattr(processor, "tokenizer", processor)
        self.tokenizer.padding_side = "left"  # answers of a batch begin at one place
        self.sample_rate = sample_rate(processor)

    def answer(self, waves: Waves, tokens: int | None = None) -> list[str]:
        """Return the answers."""
        rows = self.answer_tokens(waves, tokens)
        texts: list[str] = self.tokenizer.batch_decode(rows, skip_special_tokens=True)
        return [text.strip() for text in texts]

    @torch.inference_mode()
    def answer_tokens(self, waves: Waves, tokens: int | None = None) -> torch.Tensor:
        """Return the new tokens (N, L) of each answer."""
        inputs = placed(self.inputs(waves), self.model)
        with torch.no_grad():
            whole = self.model.generate(**inputs, **generation(self.model, self.settings, tokens))
        new: torch.Tensor = whole[:, inputs["input_ids"].shape[1] :]
        return new

    def inputs(self, waves: Waves) -> Any:
        """Return what the processor makes of the conversations.

        Raises:
            UserError: it has no chat template, or none for audio.
        """
        kinds = {
            "text_kwargs": {"padding": True},  # audio is padded as the model was trained
            "audio_kwargs": {"sampling_rate": self.sample_rate},
        }
        conversations = [self._conversation(wave) for wave in waves]
        try:
            return self.processor.apply_chat_template(
                conversations,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                processor_kwargs=kinds,
            )
        except ValueError as error:
            raise UserError(f"{self.settings.model} takes no chat with audio ({one_line(error)})") from error

    def _conversation(self, wave: Any) -> list[dict[str, Any]]:
        prompt = PROMPT if self.settings.prompt is None else self.settings.prompt
        content = [{"type": "audio", "audio": wave}, {"type": "text", "text": prompt}]
        system = [{"role": "system", "content": [{"type": "text", "text": self.settings.system}]}]
        return [*(system if self.settings.system else []), {"role": "user", "content": content}]
