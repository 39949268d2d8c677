"""Settings of a model behind a server. Plain data: importing this loads no network."""

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


class EndpointSettings(Frozen):
    """What is sent with every clip, and how the server is treated."""

    unkeyed = ("at_once", "timeout", "attempts", "backoff", "longest_wait", "on_failure", "postprocess")
    base_url: str = ""
    """Where the server is, up to the version: http://HOST:8000/v1."""
    model: str = ""
    """What the server calls the model."""
    prompt: str = PROMPT
    """What the model is asked, after the audio."""
    system: str | None = None
    """What stands before, as the system's message."""
    temperature: float = Field(0.0, ge=0.0)
    """Of sampling; 0 is the likeliest word each time. Above 0 the run's seed is sent, too."""
    top_p: float | None = Field(None, gt=0.0, le=1.0)
    """Sample from the likeliest words that have this probability together; None is the server's own."""
    max_tokens: int | None = Field(200, ge=1)
    """Tokens of an answer at most; None is the server's own limit."""
    extra: Mapping[str, Any] = {}
    """More fields of the request, as the server takes them. They stand in the record: put no key here."""
    sample_rate: int = Field(16000, ge=1000, le=192000)
    """Of the 16-bit mono wav that is sent, in Hz."""
    max_seconds: float = Field(60.0, gt=0.0)
    """A longer clip is cut there, and named in the record."""
    at_once: int = Field(8, ge=1, le=256)
    """Requests at the same time."""
    timeout: float = Field(120.0, gt=0.0)
    """Seconds that an answer may take."""
    attempts: int = Field(8, ge=1)
    """How often a clip is asked for while the server is in trouble."""
    backoff: float = Field(1.0, ge=0.0)
    """Seconds of the first pause after trouble; each is twice the one before, where the server asks for no other."""
    longest_wait: float = Field(300.0, ge=0.0)
    """Seconds of a pause at most, whatever the server asks for."""
    on_failure: Literal["stop", "empty"] = "stop"
    """What to do when a clip got no answer in all attempts: stop, to go on later, or score it as an empty caption."""
    postprocess: RuleName = NONE
    """What is done to the answers before they are scored; the raw ones stay in decoding.jsonl."""


PRESETS: Mapping[str, Mapping[str, Any]] = {"smoke": {"backoff": 0.05}, "quick": {}, "paper": {}}
