"""Writing the files the package ships: half-precision weights and the tables of strings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import load_file, save_file

from aacbench.text.parser.api import TABLES, WEIGHTS
from aacbench.text.parser.features import Vocabulary
from aacbench.text.parser.lemmas import exceptions
from spice_parser.corpus import Sentence
from spice_parser.network import ParserNetwork

Arrays = dict[str, npt.NDArray[np.float32]]
DIRECTIONS = (("forward", "l0"), ("backward", "l0_reverse"))


def named_weights(network: ParserNetwork) -> Arrays:
    """The weights under the names numpy inference knows; matrices as (inputs, outputs)."""
    table: dict[str, torch.Tensor] = {
        "word": network.word.weight,
        "affix": network.affix.weight,
        "pair": network.pair.weight,
        "project.weight": network.project.weight.T,
        "project.bias": network.project.bias,
        "root": network.root,
        "arc": network.arc_weight,
        "relation": network.relation_weight,
        "tag.weight": network.tag.weight.T,
        "tag.bias": network.tag.bias,
    }
    for index, layer in enumerate(network.layers):
        for direction, ending in DIRECTIONS:
            name = f"layer{index}.{direction}"
            table[f"{name}.input"] = getattr(layer, f"weight_ih_{ending}").T
            table[f"{name}.state"] = getattr(layer, f"weight_hh_{ending}").T
            table[f"{name}.bias"] = getattr(layer, f"bias_ih_{ending}") + getattr(layer, f"bias_hh_{ending}")
    return {name: value.detach().contiguous().numpy() for name, value in table.items()}


def take_over(network: ParserNetwork, folder: Path) -> None:
    """Give the network the weights of an export, the inverse of `named_weights`.

    Raises:
        SystemExit: the export is of another vocabulary or other widths.
    """
    values = {name: torch.from_numpy(array).float() for name, array in load_file(folder / WEIGHTS).items()}
    del values["pair_codes"]
    if {name: array.shape for name, array in named_weights(network).items()} != {k: v.shape for k, v in values.items()}:
        raise SystemExit(f"{folder} holds a network of other sizes")
    state = {f"{name}.weight": values[name] for name in ("word", "affix", "pair")}
    state |= {"root": values["root"], "arc_weight": values["arc"], "relation_weight": values["relation"]}
    for name in ("project", "tag"):
        state |= {f"{name}.weight": values[f"{name}.weight"].T, f"{name}.bias": values[f"{name}.bias"]}
    for index in range(len(network.layers)):
        for direction, ending in DIRECTIONS:
            layer, ours = f"layers.{index}", f"layer{index}.{direction}"
            state[f"{layer}.weight_ih_{ending}"] = values[f"{ours}.input"].T
            state[f"{layer}.weight_hh_{ending}"] = values[f"{ours}.state"].T
            state[f"{layer}.bias_ih_{ending}"] = values[f"{ours}.bias"]
            state[f"{layer}.bias_hh_{ending}"] = torch.zeros_like(values[f"{ours}.bias"])
    network.load_state_dict(state)


def export(network: ParserNetwork, vocabulary: Vocabulary, sentences: Iterable[Sentence], folder: Path) -> None:
    """Write weights and tables into `folder`, which then loads with `Parser(folder)`."""
    arrays: dict[str, npt.NDArray[np.generic]] = {
        name: value.astype(np.float16) for name, value in named_weights(network).items()
    }
    arrays["pair_codes"] = vocabulary.pairs.astype(np.int32)
    save_file(arrays, folder / WEIGHTS)
    triples = ((w, t, m) for s in sentences for w, t, m in zip(s.words, s.tags, s.lemmas, strict=True))
    tables = {**vocabulary.to_json(), "lemmas": exceptions(triples)}
    text = json.dumps(tables, ensure_ascii=False, separators=(",", ":"))
    (folder / TABLES).write_text(text + "\n", encoding="utf-8")
