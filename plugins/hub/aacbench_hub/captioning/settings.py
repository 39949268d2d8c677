"""Settings of a captioner of the hub. Plain data: importing this loads no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from aacbench.contracts.settings import Frozen
from aacbench.text.postprocess import NONE, RuleName

PROMPT = (
    "Listen to the audio and write one caption for it: a single English sentence that says what is heard. "
    "Answer with the caption alone."
)
Kind = Literal["auto", "chat", "speech", "own"]


class HubSettings(Frozen):
    """Which model is loaded and how, and how it generates."""

    unkeyed = ("postprocess",)
    model: str = ""
    """A repository of the hub, ORG/NAME, or a folder in its form."""
    revision: str | None = None
    """The commit; none is the one that this machine uses, which then stands in the record. Of a folder, its content."""
    kind: Kind = "auto"
    """`chat` is an audio language model with a chat template, `speech` in Whisper's manner, `own` code of its own."""
    trust_remote_code: bool = False
    """Whether code of the repository is run (`--trust-remote-code`); it has to be of a commit."""
    prompt: str | None = None
    """What an audio language model is asked, or what a speech model's answer begins with; none is the usual."""
    system: str | None = None
    """The system's message of an audio language model."""
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Of the weights; auto is the repository's own."""
    device_map: str | None = None
    """How the layers are spread over devices: auto, balanced ...; none is the run's device."""
    bits: Literal[4, 8] | None = None
    """Load the weights in so many bits, with bitsandbytes."""
    batch_size: int = Field(8, ge=1)
    max_new_tokens: int = Field(100, ge=1)
    """Tokens of an answer at most."""
    num_beams: int = Field(1, ge=1)
    """Hypotheses of beam search; 1 is greedy."""
    do_sample: bool = False
    """Draw tokens at random, from the run's seed."""
    generation: Mapping[str, Any] = {}
    """More settings of generate(), such as temperature or repetition_penalty."""
    max_seconds: float = Field(30.0, gt=0.0)
    """A longer clip is cut there, and named in the record."""
    postprocess: RuleName = NONE
    """What is done to the answers before they are scored; the raw ones stay in decoding.jsonl."""


PRESETS: Mapping[str, Mapping[str, Any]] = {"smoke": {"max_new_tokens": 12}, "quick": {}, "paper": {}}
