"""What a plugin registers of an encoder, and of the weights that are published for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from aacbench.contracts.renamed import accepts_renamed
from aacbench.contracts.specs.factories import Factory


@dataclass(frozen=True)
class ClassList:
    """The names of a tagging head's classes on the web; `read(path: Path) -> Sequence[str]` gives them in its order."""

    name: str
    url: str
    read: Factory
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class PublishedWeights:
    """Weights on the web: `aacbench fetch NAME` gets them, `load(encoder, path)` puts them into the network.

    Where they have a tagging head, `classes` says what its outputs are, and `tagging` are the encoder's settings with
    which it tags (`contracts.TagsClips`, `aacbench tag`). `features` is their front-end where it is not the encoder's.
    Reading them wants `packages`, which pip installs by `install`.
    """

    name: str
    url: str
    load: Factory
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    classes: ClassList | None = None
    tagging: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, Any] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    install: str = ""


@accepts_renamed(small="tiny", small_features="tiny_features")
@dataclass(frozen=True)
class EncoderSpec:
    """`factory(mel_bins: int, **settings) -> Encoder`; `features` are the front-end its published weights expect.

    `tiny` are settings, and `tiny_features` changes to `features`, with which it trains in minutes on two cores:
    what `aacbench.testing` and the presets `smoke` and `quick` of `seq2seq` use. One that is `waveform` reads features
    of that kind and is made by `factory(features: FeatureSettings, **settings)`.
    """

    kind: ClassVar[str] = "encoder"
    name: str
    summary: str
    factory: Factory
    features: Mapping[str, Any] = field(default_factory=dict)
    published: tuple[PublishedWeights, ...] = ()
    tiny: Mapping[str, Any] = field(default_factory=dict)
    tiny_features: Mapping[str, Any] = field(default_factory=dict)
    waveform: bool = False
