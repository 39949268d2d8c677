"""What a plugin supplies. Contracts are protocols: a part fits by its shape, there is nothing to inherit from.

A plugin registers light *specs* (names, summaries and where the code is), so that listing what is installed imports
no network. `factory` is either a callable or `"package.module:attribute"`, which is imported when the part is used.

Shapes: B clips in a batch, T feature or encoder frames, F mel bins, D encoder width, L tokens, V words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from aacbench.errors import AacbenchError, unknown_name
from aacbench.types import Clip, Encoded, Score, ScoringItems

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from aacbench.context import RunContext
    from aacbench.features import FeatureSettings
    from aacbench.features.augment import SpecAugment
    from aacbench.registry import Registries

Factory = str | Callable[..., Any]


def load(factory: Factory) -> Callable[..., Any]:
    """Return the callable that `factory` names, importing its module if need be.

    Raises:
        AacbenchError: there is no such module or attribute, or the module's own imports fail.
    """
    if not isinstance(factory, str):
        return factory
    module, _, attribute = factory.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise AacbenchError(f"cannot import {factory!r}, which a plugin names ({error})") from error
    return found


def make(spec: Spec, **arguments: Any) -> Any:
    """Return what the spec's factory makes of `arguments`.

    Raises:
        UserError: the factory does not take one of them, which is a setting; near matches are named.
        AacbenchError: the factory cannot be imported.
    """
    factory = load(spec.factory)
    taken = signature(factory).parameters.values()
    known = [one.name for one in taken if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)]
    if not any(one.kind is one.VAR_KEYWORD for one in taken):
        for name in arguments:
            if name not in known:
                raise unknown_name(f"setting of the {spec.kind} {spec.name}", name, known)
    return factory(**arguments)


# -- datasets -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """How a dataset is asked for: where the user says it lies, which version, and settings (`--dataset-set`)."""

    data_dir: Path | None = None
    version: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Dataset(Protocol):
    """A versioned set of clips in named splits. `clips` raises `UserError` for an unknown or incomplete split."""

    name: str
    version: str
    splits: tuple[str, ...]

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips in a fixed order, every audio path present."""
        ...


@runtime_checkable
class Mixed(Protocol):
    """What a dataset that is made of others has besides its contract."""

    @property
    def parts(self) -> Mapping[str, Dataset]:
        """The others by name."""
        ...

    def part_of(self, clip: Clip) -> str:
        """Return the name of the part that one of its clips comes from."""
        ...


@runtime_checkable
class NamesEvents(Protocol):
    """What a dataset whose clips have events may have besides its contract: the words that captions call them by."""

    def event_words(self) -> Mapping[str, Sequence[str]]:
        """Return the words in lower case by class of event; a word names one class."""
        ...


@dataclass(frozen=True)
class DatasetSpec:
    """`factory(options: DatasetOptions) -> Dataset`; `fetch(target: Path, version: str | None) -> Path` downloads it.

    `options` names the dataset's own settings; `smoke` are those that the preset `smoke` runs with. One that is made of
    others (`composed`) is made by `factory(options, open)`, where `open(name, options)` returns another dataset.
    """

    kind: ClassVar[str] = "dataset"
    name: str
    summary: str
    factory: Factory
    licence: str = ""
    citation: str = ""
    versions: tuple[str, ...] = ()
    fetch: Factory | None = None
    options: tuple[str, ...] = ()
    smoke: Mapping[str, str] = field(default_factory=dict)
    embedded: bool = False
    composed: bool = False


# -- networks -----------------------------------------------------------------------------------------------------


class Encoder(Protocol):
    """A `torch.nn.Module` from features to frames. Padding never changes a valid frame.

    `dim` is D, `clip_dim` the width of the clip vector, `reduction` how many feature frames one output frame covers.
    """

    dim: int
    clip_dim: int
    reduction: int

    def __call__(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode features (B, T, F) with valid lengths (B,) into frames (B, T', D), lengths (B,), clip (B, C)."""
        ...


@runtime_checkable
class Timed(Protocol):
    """What an encoder may have besides its contract, or a `CaptioningModel`, where `reduction` says too little.

    Frame k is made from the audio between k * `frame_hop` and k * `frame_hop` + `frame_span` seconds. Where this is
    missing, both are `reduction` hops of the front-end.
    """

    frame_hop: float
    frame_span: float


@runtime_checkable
class Levelled(Protocol):
    """What an encoder may have besides its contract: the outputs of earlier blocks too, for heads that read them.

    `level_dims` are the levels' widths, the last one `dim`.
    """

    level_dims: tuple[int, ...]

    def levels(self, features: Tensor, lengths: Tensor) -> tuple[Encoded, ...]:
        """Encode as the encoder itself does; return its levels from early to late, the usual output last."""
        ...


@runtime_checkable
class TagsItself(Protocol):
    """What an encoder may have besides its contract: a head of its own for audio tagging, with its temporal pooling."""

    def tagging_head(self, classes: int) -> nn.Module:
        """Return a new module from `Encoded` to logits (B, classes)."""
        ...


@dataclass(frozen=True)
class PublishedWeights:
    """Weights on the web: `aacbench fetch NAME` gets them, `load(encoder, path)` puts them into the network."""

    name: str
    url: str
    load: Factory
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class EncoderSpec:
    """`factory(mel_bins: int, **settings) -> Encoder`; `features` are the front-end its published weights expect.

    `small` are settings, and `small_features` changes to `features`, with which it trains in minutes on two cores:
    what `aacbench.testing` and the presets `smoke` and `quick` of `seq2seq` use. One that is `waveform` reads features
    of that kind and is made by `factory(features: FeatureSettings, **settings)`.
    """

    kind: ClassVar[str] = "encoder"
    name: str
    summary: str
    factory: Factory
    features: Mapping[str, Any] = field(default_factory=dict)
    published: tuple[PublishedWeights, ...] = ()
    small: Mapping[str, Any] = field(default_factory=dict)
    small_features: Mapping[str, Any] = field(default_factory=dict)
    waveform: bool = False


def make_encoder(spec: EncoderSpec, features: FeatureSettings, **settings: Any) -> Any:
    """Return a new encoder for these features; raises as `make`."""
    front: dict[str, Any] = {"features": features} if spec.waveform else {"mel_bins": features.mel_bins}
    return make(spec, **front, **settings)


class State(Protocol):
    """What a decoder carries from step to step for N hypotheses: attention memory, cached keys, hidden vectors."""

    def select(self, rows: Tensor) -> State:
        """Return the state of the hypotheses at `rows` (M,), in that order; a row may be taken several times."""
        ...


@runtime_checkable
class Attentive(Protocol):
    """What a decoder's state may have besides `select`: the attention of its last step."""

    @property
    def weights(self) -> Tensor:
        """Weights (N, T) over the encoder's frames, each row's sum 1; before the first step all are 0."""
        ...


@dataclass(frozen=True, slots=True)
class WordAttention:
    """Attention over words: token ids (N, M) and weights (N, M), each row's sum 1.

    PAD stands at places without a word, whose weight is 0; BOS stands for a memory's empty first entry.
    """

    tokens: Tensor
    weights: Tensor


@runtime_checkable
class AttendsToWords(Protocol):
    """What a decoder's state may have besides `select`, where the decoder also attends to words."""

    @property
    def word_attention(self) -> Mapping[str, WordAttention]:
        """The last step's attention by stream, such as `keywords` and `previous words`; empty before the first step.

        M may differ from stream to stream, and grow from step to step.
        """
        ...


class Decoder(Protocol):
    """A `torch.nn.Module` from encoded audio and tokens to the next token.

    `forward` and repeated `step` agree: step t given tokens[:, t] returns forward's logits[:, t]. The state is the
    decoder's own kind of `State`; callers only pass it on and `select` from it.
    """

    def __call__(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        """Teacher forcing: tokens (B, L) starting with BOS give logits (B, L, V) for the token after each."""
        ...

    def start(self, encoded: Encoded) -> Any:
        """Return the state before the first token, one hypothesis a clip."""
        ...

    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Feed tokens (N,); return logits (N, V) for the next token and the new state."""
        ...


@dataclass(frozen=True, slots=True)
class DecoderOutput:
    """Logits (B, L, V) and the last layer's outputs (B, L, D), which auxiliary losses may read."""

    logits: Tensor
    hidden: Tensor


@dataclass(frozen=True)
class DecoderSpec:
    """`factory(vocabulary_size: int, encoder_dim: int, **settings) -> Decoder`; `small` as in `EncoderSpec`."""

    kind: ClassVar[str] = "decoder"
    name: str
    summary: str
    factory: Factory
    small: Mapping[str, Any] = field(default_factory=dict)


# -- training -----------------------------------------------------------------------------------------------------


class Task(Protocol):
    """What the training loop trains. A batch is the task's own business; the loop only carries it."""

    name: str
    model: nn.Module

    def batches(self, epoch: int) -> Sequence[Any]:
        """Return the epoch's batches in order, as light descriptions (indices)."""
        ...

    def load(self, batch: Any) -> Any:
        """Read a described batch from disk; called in a background thread, uses no random numbers."""
        ...

    def losses(self, loaded: Any) -> Mapping[str, Tensor]:
        """Return named scalar losses of a loaded batch; their sum is minimised."""
        ...

    def validate(self) -> Mapping[str, float]:
        """Return the monitored values on the validation clips, `loss` among them; the model is in evaluation mode."""
        ...


@runtime_checkable
class Paced(Protocol):
    """What a task may have besides its contract, when something changes in the course of training."""

    def advance(self, share: float) -> None:
        """Be told before each optimiser step which share of all steps, from 0 to 1, has been done."""
        ...


@runtime_checkable
class Reports(Protocol):
    """What a task may have besides its contract, when it has numbers to log that nothing minimises."""

    def report(self, seconds: float) -> Mapping[str, float]:
        """Be told after each optimiser step how many seconds it took; return the step's numbers."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """What a task or a `CaptioningModel` may have besides its contract, when processes can divide a batch among them.

    A batch of the task is then a list, of which `load` and `losses` are given consecutive rows. Means over rows or words
    go through `aacbench.distributed.batch.shared_mean`, and what is drawn for a whole batch is drawn from `common()`.
    Whatever is not divisible is done by every process alike, on whole batches.
    """

    divisible: bool


@runtime_checkable
class Together(Protocol):
    """What a stage may have besides its contract, when all processes of a run do it together.

    The others are done by the first process, while the rest wait.
    """

    together: bool


class Stage(Protocol):
    """A step of a method's recipe. A stage whose inputs were run before is loaded, not run again.

    A `shared` stage is kept in the cache, for every run that asks for the same after the same stages.
    """

    @property
    def name(self) -> str:
        """What its folder and its row in the record are called."""
        ...

    @property
    def shared(self) -> bool:
        """Whether it is kept in the cache for other runs."""
        ...

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return what decides the outcome, as JSON: settings and data, but not the seed or the earlier stages."""
        ...

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Do the work in `folder`, going on from what a killed run left there; return numbers for the record."""
        ...


@runtime_checkable
class Delivered(Protocol):
    """What a shared stage may have besides its contract: files that a run owns too, so that it outlives the cache."""

    @property
    def delivered(self) -> tuple[str, ...]:
        """Return the names of the files that are put into the run's own folder."""
        ...


@runtime_checkable
class Needs(Protocol):
    """What a stage may have besides its contract, when it does not build upon all stages before it."""

    @property
    def needs(self) -> tuple[str, ...] | None:
        """The names of the earlier stages that it builds upon; None is all."""
        ...


@runtime_checkable
class Seeded(Protocol):
    """What a stage may have besides its contract, when it may run from another seed than the run's."""

    @property
    def seed(self) -> int | None:
        """The seed that it is told as the context's; None is the run's."""
        ...


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """An encoder by name, with its settings and the front-end whose features it reads."""

    name: str
    features: FeatureSettings
    settings: Mapping[str, Any] = field(default_factory=dict)


class Pretraining(Protocol):
    """An objective that trains an encoder."""

    def task(
        self, encoder: nn.Module, features: FeatureSettings, training: list[Clip], validation: list[Clip], seed: int
    ) -> Task:
        """Return the task that trains `encoder` in place on clips that carry the labels."""
        ...


@runtime_checkable
class Identified(Protocol):
    """What a `Pretraining` may have besides its contract, when it reads more than its settings say: weights, say."""

    @property
    def identity(self) -> str:
        """What names that, so that stages know when it changed."""
        ...


@runtime_checkable
class Keeps(Protocol):
    """What a `Task` may have besides its contract, when its network wants more than weights to be used again."""

    def keep(self, folder: Path) -> None:
        """Write that into the stage's folder once training is done."""
        ...


@dataclass(frozen=True)
class PretrainingSpec:
    """`factory(**settings) -> Pretraining`; `labels` names the `Clip` field that it learns from, "" is none.

    `small` as in `EncoderSpec`.
    """

    kind: ClassVar[str] = "pretraining"
    name: str
    summary: str
    factory: Factory
    labels: str = ""
    small: Mapping[str, Any] = field(default_factory=dict)


# -- metrics ------------------------------------------------------------------------------------------------------


class Metric(Protocol):
    """Scores candidates against references."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> Sequence[Score]:
        """Return one `Score` per output of the spec, in its order; `needed` holds the scores named by `needs`."""
        ...


@dataclass(frozen=True)
class MetricSpec:
    """`factory(**settings) -> Metric`; `outputs` are the score names it gives (by default its own name).

    `range` is (lowest, highest); `engines` says which engines have it; `default` whether `aacbench score` computes it
    unasked; `descriptive` that more is not better, so it never ranks.
    """

    kind: ClassVar[str] = "metric"
    name: str
    summary: str
    factory: Factory
    outputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    range: tuple[float, float] = (0.0, 1.0)
    engines: tuple[str, ...] = ("native",)
    default: bool = True
    descriptive: bool = False

    def __post_init__(self) -> None:
        if not self.outputs:
            object.__setattr__(self, "outputs", (self.name,))


# -- methods ------------------------------------------------------------------------------------------------------


class Captioner(Protocol):
    """A trained system: clips in, one caption each, in order."""

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return one caption per clip."""
        ...


class Retriever(Protocol):
    """A trained retrieval system: clips and texts as vectors whose products are their similarities, at most 1."""

    def embed_clips(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Return one embedding a clip (N, D), each heard in full."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one embedding a text (N, D)."""
        ...


class FeatureSource(Protocol):
    """Where a `CaptioningModel` gets its features from when they are no front-end's: a frozen encoder, say."""

    def prepare(self, clips: Sequence[Clip], progress: bool = True) -> None:
        """Compute what the clips need and is not yet kept."""
        ...

    def load(self, clip: Clip) -> Tensor:
        """Return the clip's features (T, F), float32, on the CPU; also called in a background thread."""
        ...


@runtime_checkable
class MasksInput(Protocol):
    """What a `FeatureSource` may have besides its contract, where SpecAugment masks what it reads."""

    def load_masked(self, clip: Clip, augment: SpecAugment, draw: int, keep: bool) -> Tensor:
        """Return the features of the clip masked in a way that `draw` decides; `keep` says to keep them."""
        ...


class CaptioningModel(Protocol):
    """A `torch.nn.Module` that the core trains and searches with: an encoder, a decoder and its own losses."""

    features: FeatureSettings | FeatureSource

    def encode(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode features (B, T, F) with valid lengths (B,)."""
        ...

    def losses(self, features: Tensor, lengths: Tensor, tokens: Tensor, clip_of: Tensor) -> Mapping[str, Tensor]:
        """Return named scalar losses of tokens (N, L); row n describes clip `clip_of[n]`. Their sum is minimised."""
        ...

    @property
    def decoder(self) -> Decoder:
        """The decoder that greedy and beam search step through."""
        ...


@runtime_checkable
class Taught(Protocol):
    """What a `CaptioningModel` may have besides its contract, and cross-entropy training then sets.

    `label_smoothing` is the share of the target that is spread over all words, `teaching` the chance that a step in
    training is fed the reference's word and not the network's own (`EncoderDecoder.taught`).
    """

    label_smoothing: float
    teaching: float


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of a paper's table: what it changes in the settings, and where the row stands."""

    name: str
    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    table: str = ""
    row: str = ""


class Outline(Protocol):
    """What is known of a method without its networks. `settings` is a pydantic model, the paper's values its defaults.

    Where the settings have `held_out`, a share of the development split, that share is the validation data of a run,
    also where the dataset has a validation split. None or no such setting: the dataset's own, or else a tenth.
    Where they have `merge_validation` and it is true, the dataset's validation split joins development before that.
    """

    @property
    def settings(self) -> type[Any]:
        """The settings model."""
        ...

    @property
    def presets(self) -> Mapping[str, Mapping[str, Any]]:
        """What each preset changes in the defaults."""
        ...


class Method(Outline, Protocol):
    """A paper's system."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the ordered stages that the core runs, checkpoints, resumes and caches."""
        ...

    def captioner(self, context: RunContext) -> Captioner:
        """Return the trained system from what the stages left in the run's folder."""
        ...


@runtime_checkable
class Combining(Protocol):
    """What an outline may have besides its contract, when the method is put together from registered parts."""

    def combination(self, settings: Any, registries: Registries) -> str:
        """Return the variant's name, made of the parts' names; an unknown part is a `UserError`."""
        ...

    def named(self, combination: str, registries: Registries) -> Variant:
        """Return the variant that `combination` names."""
        ...


class RetrievalMethod(Outline, Protocol):
    """As `Method`, for the task `retrieval`: it searches audio by text and text by audio."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the ordered stages that the core runs, checkpoints, resumes and caches."""
        ...

    def retriever(self, context: RunContext) -> Retriever:
        """Return the trained system from what the stages left in the run's folder."""
        ...


MethodTask = Literal["captioning", "retrieval"]


@dataclass(frozen=True)
class MethodSpec:
    """`factory() -> Method`, or `-> RetrievalMethod` for that task; the first variant is the default one.

    `outline() -> Outline` has the method's settings and presets in a module that loads no torch, so that misspelt names
    are refused at once; None is the method itself.
    """

    kind: ClassVar[str] = "method"
    name: str
    summary: str
    factory: Factory
    paper: str = ""
    variants: tuple[Variant, ...] = (Variant("default", "the method as it is"),)
    presets: tuple[str, ...] = ("smoke", "quick", "paper")
    task: MethodTask = "captioning"
    outline: Factory | None = None


def outline(spec: MethodSpec) -> Any:
    """Return what is known of a method without its networks, an `Outline`; raises as `load`."""
    return load(spec.outline or spec.factory)()


Spec = DatasetSpec | EncoderSpec | DecoderSpec | PretrainingSpec | MetricSpec | MethodSpec
