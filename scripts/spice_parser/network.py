"""The parser's network in torch: embeddings, three bidirectional LSTM layers, biaffine heads.

Arc scoring after Dozat and Manning (2017), "Deep Biaffine Attention for Neural Dependency Parsing"; tags are
read from the same states as the arcs. All sentences of a batch have one length: nothing is padded or masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1  # of the leaky rectifiers


@dataclass(frozen=True, slots=True)
class Sizes:
    """Widths of the network; the first five are set by the vocabulary."""

    words: int
    affixes: int
    pairs: int  # unknown pair included
    tags: int
    relations: int
    word: int = 100
    affix: int = 64
    pair: int = 64
    hidden: int = 128  # per direction
    layers: int = 3
    arc: int = 128
    relation: int = 48


@dataclass(slots=True)
class Dropout:
    """Probabilities of dropping; `word` is a in a / (a + count), so rare words are dropped more."""

    word: float = 0.4
    pair: float = 0.25
    input: float = 0.1
    state: float = 0.1
    head: float = 0.1

    def scaled(self, factor: float) -> Dropout:
        """All probabilities times a factor."""
        return Dropout(*(getattr(self, name) * factor for name in self.__slots__))


NO_DROPOUT = Dropout(0.0, 0.0, 0.0, 0.0, 0.0)


class Scores(NamedTuple):
    """Arc scores (B, n dependents, n + 1 heads), tag scores (B, n, tags), and what relation scores need."""

    arcs: Tensor
    tags: Tensor
    dependents: Tensor  # (B, n, relation)
    heads: Tensor  # (B, n + 1, relation)


def shared_mask(x: Tensor, probability: float) -> Tensor:
    """Dropout with one mask for all positions of a sentence; x is (n, B, width)."""
    if probability <= 0.0:
        return x
    mask = torch.empty(1, x.shape[1], x.shape[2]).bernoulli_(1.0 - probability)
    return x * mask.div_(1.0 - probability)


class ParserNetwork(nn.Module):
    """Tags, arcs and relations of a batch of sentences of one length."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.word = nn.Embedding(sizes.words, sizes.word)
        self.affix = nn.Embedding(sizes.affixes, sizes.affix)
        self.pair = nn.Embedding(sizes.pairs, sizes.pair)
        width, states = sizes.word + sizes.affix + 2 * sizes.pair, 2 * sizes.hidden
        self.layers = nn.ModuleList(
            nn.LSTM(states if index else width, sizes.hidden, bidirectional=True) for index in range(sizes.layers)
        )
        self.project = nn.Linear(states, 2 * (sizes.arc + sizes.relation))
        self.root = nn.Parameter(torch.zeros(sizes.arc + sizes.relation))
        self.arc_weight = nn.Parameter(torch.zeros(sizes.arc + 1, sizes.arc))  # last row: bias of the heads
        self.relation_weight = nn.Parameter(torch.zeros(sizes.relation + 1, sizes.relations, sizes.relation + 1))
        self.tag = nn.Linear(states, sizes.tags)
        self._initialise()

    def _initialise(self) -> None:
        for table, scale in ((self.word, 0.3), (self.affix, 0.15), (self.pair, 0.15)):
            nn.init.normal_(table.weight, std=scale)
        with torch.no_grad():
            self.affix.weight[0].zero_()
            self.pair.weight[0].zero_()
            for name, value in self.layers.named_parameters():
                if "weight_hh" in name:
                    for gate in value.chunk(4):
                        nn.init.orthogonal_(gate)
                elif "weight_ih" in name:
                    nn.init.xavier_uniform_(value, gain=1.0)
                else:
                    value.zero_()
                    if "bias_ih" in name:  # forget gates start open
                        value[self.sizes.hidden : 2 * self.sizes.hidden] = 1.0
        nn.init.normal_(self.arc_weight, std=self.sizes.arc**-0.5 * 0.5)
        nn.init.normal_(self.root, std=0.1)

    def embed(self, words: Tensor, affixes: Tensor, pairs: Tensor) -> Tensor:
        """Inputs (B, n, width) of words (B, n), affixes (B, n, A) and pairs (B, n + 1)."""
        joints = self.pair(pairs)
        parts = functional.embedding_bag(affixes.flatten(0, 1), self.affix.weight, mode="sum")
        shape = (*words.shape, self.sizes.affix)
        return torch.cat([self.word(words), parts.view(shape), joints[:, :-1], joints[:, 1:]], dim=2)

    def forward(self, words: Tensor, affixes: Tensor, pairs: Tensor, dropout: Dropout = NO_DROPOUT) -> Scores:
        """Scores of a batch; dropout is asked for by its probabilities, whatever the module's mode."""
        states = self.embed(words, affixes, pairs).transpose(0, 1).contiguous()  # (n, B, width)
        states = shared_mask(states, dropout.input)
        for index, layer in enumerate(self.layers):
            states = shared_mask(layer(states)[0], dropout.state if index < len(self.layers) - 1 else 0.0)
        states = shared_mask(states, dropout.head)
        tags = self.tag(states).transpose(0, 1)
        features = functional.leaky_relu(self.project(states), SLOPE)
        features = shared_mask(features, dropout.head).transpose(0, 1)  # (B, n, 2 * (arc + relation))
        arc, relation = self.sizes.arc, self.sizes.relation
        dependents, heads = features[..., : arc + relation], features[..., arc + relation :]
        root = self.root.expand(len(heads), 1, -1)
        heads = torch.cat([root, heads], dim=1)  # (B, n + 1, arc + relation)
        weighed = dependents[..., :arc] @ self.arc_weight[:-1] + self.arc_weight[-1]
        arcs = weighed @ heads[..., :arc].transpose(1, 2)
        return Scores(arcs, tags, dependents[..., arc:], heads[..., arc:])

    def relations(self, scores: Scores, heads: Tensor) -> Tensor:
        """Relation scores (B, n, relations) of every token under the head chosen for it, heads (B, n)."""
        index = heads.unsqueeze(2).expand(-1, -1, self.sizes.relation)
        chosen = torch.gather(scores.heads, 1, index)  # (B, n, relation)
        width = self.sizes.relation
        table = self.relation_weight
        mixed = scores.dependents @ table[:-1].reshape(width, -1) + table[-1].reshape(-1)
        mixed = mixed.view(*heads.shape, self.sizes.relations, width + 1)
        return (mixed[..., :-1] @ chosen.unsqueeze(3)).squeeze(3) + mixed[..., -1]
