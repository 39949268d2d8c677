"""The rows of the paper's Table 1 that are its own; the best one comes first."""

from __future__ import annotations

from aacbench.contracts import Variant

_ROWS = (
    ("ast", True, "AST Fe + Attn. decoder"),
    ("ast", False, "AST Fe + Attn. decoder"),
    ("yamnet", True, "YAMNet Fe + Attn. decoder"),
    ("yamnet", False, "YAMNet Fe + Attn. decoder"),
    ("logmel", True, "Baseline - Log mel spectrogram"),
)
_NAMES = {"ast": "frozen AST", "yamnet": "frozen YAMNet", "logmel": "no pretrained network, log-mel frames"}

VARIANTS: tuple[Variant, ...] = tuple(
    Variant(
        name=f"{embeddings}+specaugment" if masked and embeddings != "logmel" else embeddings,
        summary=_NAMES[embeddings] + (", SpecAugment" if masked else ", no augmentation"),
        settings={"embeddings": embeddings, **({} if masked else {"captions": {"augment": None}})},
        table="1",
        row=f"{row}, {'SpecAugment' if masked else '-'}",
    )
    for embeddings, masked, row in _ROWS
)
