"""Bidirectional LSTM and GRU layers over clips of many lengths, by the fastest way of each device.

Packed sequences are cuDNN's way. On a processor they are torch's own slow path: there each layer and direction runs
over padded frames, which oneDNN takes for an LSTM, and the backward direction reads each clip reversed inside its
own length. The numbers are those of packing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from aacbench.models.layers.dropout import dropout
from aacbench.models.layers.masks import valid


def run_bidirectional(layers: nn.LSTM | nn.GRU, frames: Tensor, lengths: Tensor) -> Tensor:
    """Return what the last layer gives for frames (B, T, D) with lengths (B,): (B, T, 2 x dim), zero at padding.

    `layers` is bidirectional, batch first and with biases. Padding is not read.
    """
    if not frames.is_cuda:
        return _padded(layers, frames, lengths)
    packed = pack_padded_sequence(frames, lengths.cpu(), batch_first=True, enforce_sorted=False)
    out: Tensor = pad_packed_sequence(layers(packed)[0], batch_first=True, total_length=frames.shape[1])[0]
    return out


def _padded(layers: nn.LSTM | nn.GRU, frames: Tensor, lengths: Tensor) -> Tensor:
    outside = ~valid(lengths, frames.shape[1])[:, :, None]
    frames = frames.masked_fill(outside, 0.0)
    places = _reversed_places(lengths, frames.shape[1])
    for index in range(layers.num_layers):
        if index:
            frames = dropout(frames, layers.dropout, layers.training)
        onward = _direction(layers, 2 * index, frames)
        back = _taken(_direction(layers, 2 * index + 1, _taken(frames, places)), places)
        frames = torch.cat([onward, back], 2).masked_fill(outside, 0.0)
    return frames


def _direction(layers: nn.LSTM | nn.GRU, index: int, frames: Tensor) -> Tensor:
    """Return one layer in one direction over frames (B, T, D), from a zero state: (B, T, dim)."""
    zeros = frames.new_zeros(1, len(frames), layers.hidden_size)
    weights: list[Tensor] = list(layers.all_weights[index])
    one_layer = (True, 1, 0.0, layers.training, False, True)  # bias, layers, dropout, training, directions, batch first
    out: Tensor
    if isinstance(layers, nn.LSTM):
        out = torch._VF.lstm(frames, (zeros, zeros), weights, *one_layer)[0]
    else:
        out = torch._VF.gru(frames, zeros, weights, *one_layer)[0]
    return out


def _reversed_places(lengths: Tensor, size: int) -> Tensor:
    """Return where each of B x T frames is found when every clip is read from its end; padding stays in place."""
    frame, last = torch.arange(size, device=lengths.device), lengths[:, None] - 1
    places = torch.where(frame <= last, last - frame, frame)
    return (places + size * torch.arange(len(lengths), device=lengths.device)[:, None]).flatten()


def _taken(frames: Tensor, places: Tensor) -> Tensor:
    """Return frames (B, T, D) in the order of `places` (B x T,)."""
    return frames.flatten(0, 1).index_select(0, places).view(frames.shape)
