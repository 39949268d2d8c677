"""The parser's network in numpy: the numbers of the torch network it was trained as, to float32 rounding.

Embeddings, bidirectional LSTM layers, then biaffine scores of arcs and relations (Dozat and Manning 2017,
"Deep Biaffine Attention for Neural Dependency Parsing") and tag scores; sentences of one length at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aacbench.text.parser.features import Ids

Floats = npt.NDArray[np.float32]

SLOPE = np.float32(0.1)  # of the leaky rectifiers
DIRECTIONS = ("forward", "backward")
_CHUNK = 256  # tokens whose relations are scored at once


@dataclass(frozen=True, slots=True)
class Scores:
    """Arc scores (B, n dependents, n + 1 heads), tag ids (B, n), and what relation scores are made of."""

    arcs: Floats
    tags: Ids
    dependents: Floats  # (B, n, relation)
    heads: Floats  # (B, n + 1, relation)


def _halve_sigmoids(gates: Floats) -> Floats:
    """Gate weights in the order i, f, o, g, the first three halved: sigmoid(x) = (1 + tanh(x / 2)) / 2."""
    i, f, g, o = np.split(gates, 4, axis=-1)
    half = np.float32(0.5)
    return np.ascontiguousarray(np.concatenate([i * half, f * half, o * half, g], axis=-1))


def _recur(gates: Floats, weight: Floats, out: Floats, backward: bool) -> None:
    """Run one LSTM direction over gate inputs (n, 4h, B) (overwritten), twice its states into `out` (n, h, B).

    A sentence is a column, so that each gate is one piece of memory: on rows of another array numpy takes four times
    as long. What is half of something is doubled, here and in the weights, which rounds nothing.
    """
    hidden = out.shape[1]
    half, one = np.float32(0.5), np.float32(1)
    added = np.empty(gates.shape[1:], np.float32)
    cell = state = None
    for t in range(len(gates) - 1, -1, -1) if backward else range(len(gates)):
        gate = gates[t]
        if state is not None:
            gate += np.matmul(weight, state, out=added)
        np.tanh(gate, out=gate)
        gate[: 3 * hidden] += one
        fresh = gate[:hidden]
        fresh *= gate[3 * hidden :]
        if cell is not None:
            cell *= gate[hidden : 2 * hidden]
            fresh += cell
        fresh *= half
        cell, state = fresh, np.tanh(fresh, out=out[t])
        state *= gate[2 * hidden : 3 * hidden]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's weights: inputs (8h, width) and bias (8h) of both directions, states (4h, h) of each."""

    inputs: Floats
    bias: Floats
    ahead: Floats
    back: Floats


def _layer(weights: Mapping[str, Floats], name: str, doubled: bool) -> Layer:
    """Return a layer's weights; those of states are halved, and those of inputs that are `doubled` states."""
    inputs, bias, states = (
        [_halve_sigmoids(weights[f"{name}.{direction}.{part}"]) for direction in DIRECTIONS]
        for part in ("input", "bias", "state")
    )
    half = np.float32(0.5)
    ahead, back = (np.ascontiguousarray(state.T) * half for state in states)
    scale = half if doubled else np.float32(1)
    return Layer(np.ascontiguousarray(np.concatenate(inputs, axis=1).T) * scale, np.concatenate(bias), ahead, back)


class Network:
    """Weights by name (float32), as `scripts/spice_parser/export.py` writes them."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = weights
        count = sum(name.endswith(".forward.bias") for name in weights)
        self._layers = [_layer(weights, f"layer{index}", doubled=index > 0) for index in range(count)]
        self._hidden = self._layers[0].ahead.shape[1]
        self._relation = weights["relation"].shape[0] - 1
        self._arc = weights["arc"].shape[1]

    def prepare(self, words: Ids, affixes: Ids) -> Floats:
        """What words (T,) with their affixes (T, A) add to the first layer's gates, (T, 8h)."""
        weights = self._weights
        parts = weights["affix"][affixes].sum(axis=1, dtype=np.float32)
        described = np.concatenate([weights["word"][words], parts], axis=1)
        first = self._layers[0]
        prepared: Floats = described @ first.inputs[:, : described.shape[1]].T + first.bias
        return prepared

    def score(self, prepared: Floats, types: Ids, pairs: Ids) -> Scores:
        """Scores of sentences given as rows of `prepared`, types (B, n), and pairs (B, n + 1)."""
        first, half = self._layers[0], np.float32(0.5)
        joints = self._weights["pair"][pairs.T]  # (n + 1, B, width)
        around = np.concatenate([joints[:-1], joints[1:]], axis=2)  # (n, B, 2 width)
        own = prepared[types.T]  # (n, B, 8h)
        own += around @ first.inputs[:, -around.shape[2] :].T
        states = self._run(np.ascontiguousarray(own.transpose(0, 2, 1)), first)
        for layer in self._layers[1:]:
            gates = layer.inputs @ states
            gates += layer.bias[:, None]
            states = self._run(gates, layer)
        states *= half
        return self._heads(np.ascontiguousarray(states.transpose(2, 0, 1)))

    def _run(self, gates: Floats, layer: Layer) -> Floats:
        """Twice the states (n, 2h, B) of both directions from gate inputs (n, 8h, B), which are overwritten."""
        hidden = self._hidden
        states = np.empty((len(gates), 2 * hidden, gates.shape[2]), np.float32)
        _recur(gates[:, : 4 * hidden], layer.ahead, states[:, :hidden], backward=False)
        _recur(gates[:, 4 * hidden :], layer.back, states[:, hidden:], backward=True)
        return states

    def _heads(self, states: Floats) -> Scores:
        """Scores from the last layer's states (B, n, 2h)."""
        weights, arc = self._weights, self._arc
        batch, length, width = states.shape
        flat = states.reshape(-1, width)
        tags = (flat @ weights["tag.weight"] + weights["tag.bias"]).argmax(axis=1)
        features = flat @ weights["project.weight"] + weights["project.bias"]
        np.maximum(features, SLOPE * features, out=features)
        dependents, heads = np.split(features.reshape(batch, length, -1), 2, axis=2)
        root = np.broadcast_to(weights["root"], (batch, 1, heads.shape[2]))
        heads = np.concatenate([root, heads], axis=1)  # (B, n + 1, arc + relation)
        weighed = dependents[:, :, :arc].reshape(-1, arc) @ weights["arc"][:-1] + weights["arc"][-1]
        arcs = weighed.reshape(batch, length, arc) @ heads[:, :, :arc].transpose(0, 2, 1)
        return Scores(arcs, tags.reshape(batch, length), dependents[:, :, arc:], heads[:, :, arc:])

    def relations(self, scores: Scores, heads: Ids) -> Ids:
        """Best relation ids (B, n) of tokens under their heads (B, n)."""
        table, width = self._weights["relation"], self._relation  # (width + 1, relations, width + 1)
        chosen = np.take_along_axis(scores.heads, heads[:, :, None], axis=1).reshape(-1, width)
        flat, weight, bias = scores.dependents.reshape(-1, width), table[:-1].reshape(width, -1), table[-1]
        best = np.empty(len(flat), np.int64)
        for start in range(0, len(flat), _CHUNK):
            part = slice(start, start + _CHUNK)
            mixed = (flat[part] @ weight).reshape(-1, *bias.shape)
            mixed += bias
            totals = mixed[:, :, :-1] @ chosen[part, :, None]  # (chunk, relations, 1)
            best[part] = (totals[:, :, 0] + mixed[:, :, -1]).argmax(axis=1)
        return best.reshape(heads.shape)
