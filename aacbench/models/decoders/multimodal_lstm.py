"""One LSTM layer with acoustic and semantic attention (Ye et al. 2021, section 2.2, equations 3 to 7).

X is a linear map of the encoder's frames. At each step the hidden vector h of the step before attends to X, to the
clip's keywords and to the words said so far: Y = F V with score w . ReLU(Y K + h Q), softmax over places, and the
weighted sum of Y, which a gate lets through. The LSTM reads the sum of what came out and the embedding of the last
word; a linear layer gives the next word's logits. Keywords and words said share one attention module, and one embedding
with the words that are fed; keywords do not train it. What was said begins with one zero vector, which stands for BOS.

What the released code (WangHelin1997/DCASE2021_Task6_PKU) does otherwise is a setting: its gate, its first hidden
vector, and its beam search, in which the memory of words said stays the one zero vector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from aacbench.contracts import DecoderOutput, WordAttention
from aacbench.errors import UserError
from aacbench.models.layers.masks import masked_mean, valid
from aacbench.text.vocabulary import BOS
from aacbench.types import Encoded

KEYWORDS, PREVIOUS = "keywords", "previous words"
Gate = Literal["glu", "linear"]


class Memory(NamedTuple):
    """What is attended to: values Y (N, M, C) and their part of the score, keys (N, M, A)."""

    values: Tensor
    keys: Tensor

    def take(self, rows: Tensor) -> Memory:
        """Return the memory of the hypotheses at `rows`."""
        return Memory(self.values[rows], self.keys[rows])

    def first(self, count: int) -> Memory:
        """Return the first `count` places."""
        return Memory(self.values[:, :count], self.keys[:, :count])

    def grown(self, more: Memory) -> Memory:
        """Return this memory with further places."""
        return Memory(torch.cat([self.values, more.values], 1), torch.cat([self.keys, more.keys], 1))


@dataclass(frozen=True, slots=True)
class MultimodalState:
    """Hidden and cell vectors (N, H), the clip of each hypothesis (N,), and what is attended to.

    `said` are the words so far (N, M), with their memory `previous`. The audio is a memory with the mask of valid
    frames (N, T); `suggested` are the keywords' ids (N, K) with their memory. `weights` (N, T) and `word_weights` are
    the attention of the last step, by stream.
    """

    hidden: Tensor
    cell: Tensor
    weights: Tensor
    owner: Tensor
    audio: Memory
    mask: Tensor
    suggested: Tensor | None = None
    keywords: Memory | None = None
    said: Tensor | None = None
    previous: Memory | None = None
    word_weights: Mapping[str, Tensor] | None = None

    def select(self, rows: Tensor) -> MultimodalState:
        """Re-order the hypotheses. Audio and keywords move only when a row changes its clip, as never inside a beam."""
        owner = self.owner[rows]
        moved = replace(
            self,
            hidden=self.hidden[rows],
            cell=self.cell[rows],
            weights=self.weights[rows],
            owner=owner,
            said=None if self.said is None else self.said[rows],
            previous=None if self.previous is None else self.previous.take(rows),
            word_weights={name: weights[rows] for name, weights in (self.word_weights or {}).items()},
        )
        if owner.shape == self.owner.shape and bool((owner == self.owner).all()):
            return moved
        return replace(
            moved,
            audio=self.audio.take(rows),
            mask=self.mask[rows],
            suggested=None if self.suggested is None else self.suggested[rows],
            keywords=None if self.keywords is None else self.keywords.take(rows),
        )

    @property
    def word_attention(self) -> Mapping[str, WordAttention]:
        """The last step's attention to keywords and to words said; empty before the first step."""
        ids = {KEYWORDS: self.suggested, PREVIOUS: self.said}
        attention = {}
        for name, weights in (self.word_weights or {}).items():
            tokens = ids[name]
            if tokens is not None:
                attention[name] = WordAttention(tokens, weights)
        return attention


class Attention(nn.Module):
    """Equations 3 and 4: additive attention with ReLU of hidden vectors (N, H) to features (N, M, F)."""

    def __init__(self, features: int, dim: int, attention_dim: int) -> None:
        super().__init__()
        self.value = nn.Linear(features, dim)
        self.key = nn.Linear(dim, attention_dim)
        self.query = nn.Linear(dim, attention_dim)
        self.score = nn.Linear(attention_dim, 1)

    def memory(self, features: Tensor) -> Memory:
        """Return values and keys of features (N, M, F), which no step changes."""
        values = self.value(features)
        return Memory(values, self.key(values))

    def forward(self, hidden: Tensor, memory: Memory, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the weighted sum of values (N, C) and the weights (N, M); places outside `mask` (N, M) get none."""
        scores = self.score(torch.relu(memory.keys + self.query(hidden)[:, None]))[:, :, 0].float()  # (N, M)
        weights = torch.softmax(scores if mask is None else scores.masked_fill(~mask, -torch.inf), 1)
        return (weights[:, None].to(memory.values.dtype) @ memory.values)[:, 0], weights


class MultimodalLstmDecoder(nn.Module):
    """The decoder. `dim` is the width of X, embedding, LSTM and streams; `attention_dim` that of the score.

    `keywords` and `previous` switch the semantic streams on; `shared` says whether both use one attention module.
    `gate` "glu" is attended x sigmoid(h), "linear" attended x sigmoid(linear(h)). `first` "mean" begins with h as the
    mean of the acoustic values, "linear" with a linear map of the mean of X, as the cell vector always does.
    `remembers` False keeps `step` from remembering the words it is fed.
    """

    def __init__(
        self,
        vocabulary_size: int,
        encoder_dim: int,
        dim: int = 512,
        attention_dim: int = 512,
        keywords: bool = True,
        previous: bool = True,
        shared: bool = True,
        gate: Gate = "glu",
        first: Literal["mean", "linear"] = "mean",
        keyword_gradient: bool = False,
        remembers: bool = True,
        embedding_dropout: float = 0.5,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        self.dim, self.keyword_gradient, self.remembers = dim, keyword_gradient, remembers
        self.embedding = nn.Embedding(vocabulary_size, dim, padding_idx=0)
        self.embedding_dropout, self.dropout = nn.Dropout(embedding_dropout), nn.Dropout(dropout)
        self.acoustic = nn.Linear(encoder_dim, dim)
        self.listen = Attention(dim, dim, attention_dim)
        streams = [name for name, on in ((KEYWORDS, keywords), (PREVIOUS, previous)) if on]
        self.streams = tuple(streams)
        self.read = nn.ModuleList(
            Attention(dim, dim, attention_dim) for _ in range(1 if shared and streams else len(streams))
        )
        gates = ("audio", *streams) if gate == "linear" else ()
        self.gates = nn.ModuleDict({name: nn.Linear(dim, dim) for name in gates})
        self.first_hidden = nn.Linear(dim, dim) if first == "linear" else None
        self.first_cell = nn.Linear(dim, dim)
        self.cell = nn.LSTMCell(dim, dim)
        self.classifier = nn.Linear(dim, vocabulary_size)

    def forward(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        """Teacher forcing: tokens (B, L), BOS first, give logits (B, L, V) and hidden (B, L, H)."""
        state = self.start(encoded)
        embedded = self.embedding_dropout(self.embedding(tokens))  # (B, L, C)
        said = None
        if PREVIOUS in self.streams:
            slots = torch.cat([torch.zeros_like(embedded[:, :1]), embedded[:, 1:]], 1)
            said = self._reader(PREVIOUS).memory(slots)
        steps = []
        for step in range(tokens.shape[1]):
            if said is not None:
                state = replace(state, previous=said.first(step + 1))
            state = self._advance(embedded[:, step], state)
            steps.append(state.hidden)
        hidden = torch.stack(steps, 1)
        return DecoderOutput(self.classifier(self.dropout(hidden)), hidden)

    def start(self, encoded: Encoded) -> MultimodalState:
        """Return the state before the first word.

        Raises:
            UserError: the decoder reads keywords, and the clips come without.
        """
        count, size = encoded.frames.shape[:2]
        mask = valid(encoded.lengths, size)
        frames = self.acoustic(encoded.frames.masked_fill(~mask[:, :, None], 0.0))  # X (B, T, C)
        audio, mean = self.listen.memory(frames), masked_mean(frames, encoded.lengths)
        hidden = masked_mean(audio.values, encoded.lengths) if self.first_hidden is None else self.first_hidden(mean)
        suggested = self._suggested(encoded) if KEYWORDS in self.streams else None
        return MultimodalState(
            hidden=hidden,
            cell=self.first_cell(mean),
            weights=hidden.new_zeros(count, size),
            owner=torch.arange(count, device=hidden.device),
            audio=audio,
            mask=mask,
            suggested=suggested,
            keywords=None if suggested is None else self._reader(KEYWORDS).memory(self._keywords(suggested)),
            said=mask.new_zeros((count, 0), dtype=torch.long) if PREVIOUS in self.streams else None,
        )

    def step(self, tokens: Tensor, state: MultimodalState) -> tuple[Tensor, MultimodalState]:
        """Feed tokens (N,), BOS first; return logits (N, V) for the next token and the new state."""
        embedded = self.embedding_dropout(self.embedding(tokens))
        if state.said is not None:
            state = self._remembered(tokens, embedded, state)
        state = self._advance(embedded, state)
        logits: Tensor = self.classifier(self.dropout(state.hidden))
        return logits, state

    def _remembered(self, tokens: Tensor, embedded: Tensor, state: MultimodalState) -> MultimodalState:
        """Add the words fed (N,) to the memory; what is fed first is BOS, a zero vector."""
        reader = self._reader(PREVIOUS)
        if state.said is None or state.previous is None:
            begin = reader.memory(torch.zeros_like(embedded)[:, None])
            return replace(state, said=torch.full_like(tokens, BOS)[:, None], previous=begin)
        if not self.remembers:
            return state
        grown = state.previous.grown(reader.memory(embedded[:, None]))
        return replace(state, said=torch.cat([state.said, tokens[:, None]], 1), previous=grown)

    def _advance(self, embedded: Tensor, state: MultimodalState) -> MultimodalState:
        """Attend with the hidden vectors (N, H), then take the words (N, C) in (equation 7)."""
        heard, weights = self.listen(state.hidden, state.audio, state.mask)
        total = embedded.to(heard.dtype) + self._gated("audio", heard, state.hidden)
        memories, word_weights = {KEYWORDS: state.keywords, PREVIOUS: state.previous}, {}
        for name in self.streams:
            memory = memories[name]
            if memory is not None:
                read, word_weights[name] = self._reader(name)(state.hidden, memory)
                total = total + self._gated(name, read, state.hidden)
        hidden, cell = self.cell(total, (state.hidden, state.cell))
        return replace(state, hidden=hidden, cell=cell, weights=weights, word_weights=word_weights)

    def _gated(self, stream: str, attended: Tensor, hidden: Tensor) -> Tensor:
        """Equations 5 and 6, or the released code's gate with a linear layer of the stream's own."""
        return attended * torch.sigmoid(self.gates[stream](hidden) if len(self.gates) else hidden)

    def _reader(self, stream: str) -> Attention:
        """Return the attention module of a semantic stream."""
        reader = self.read[min(self.streams.index(stream), len(self.read) - 1)]
        assert isinstance(reader, Attention)
        return reader

    def _keywords(self, suggested: Tensor) -> Tensor:
        embedded: Tensor = self.embedding(suggested)
        return embedded if self.keyword_gradient else embedded.detach()

    def _suggested(self, encoded: Encoded) -> Tensor:
        if encoded.words is None:
            raise UserError(
                "the decoder multimodal-lstm reads keywords, and the encoder gives none; put the bridge "
                "aacbench.models.keywords.TopWords between them, or build it with keywords=False"
            )
        return encoded.words
