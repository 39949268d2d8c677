"""What each setting is tried with: another value, and where it has a say. Names of settings are regular expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

AUTO = object()
"""Another value by the setting's type (`effects.other_value`)."""


@dataclass(frozen=True)
class Case:
    """Settings of a method, by regular expression: the value to try, and the other settings under which it is tried.

    `{0}`, `{1}`, ... in the names of these settings are the groups of the expression.
    """

    names: str
    value: Any = AUTO
    where: Mapping[str, Any] = field(default_factory=dict)

    def matched(self, setting: str) -> dict[str, Any] | None:
        """Return the settings under which `setting` is tried; None where the case is not about it."""
        found = re.fullmatch(self.names, setting)
        return None if found is None else {name.format(*found.groups()): value for name, value in self.where.items()}


HEARD = {"{0}probability": 1.0, "{0}time_masks": 2, "{0}time_width": 30, "{0}mel_masks": 2, "{0}mel_width": 8}

COMMON = (
    Case(r"(captions|scst)\.train\.monitor", "bleu_1"),
    Case(r".*\.monitor", "no such score"),
    Case(r"(?!captions|scst|search).*\.batch_size", 3),
    Case(r".*\.epochs", 9),
    Case(r"(?:captions|scst)\.max_words", 3),
    Case(r"(captions|scst)\.augment", {}, {"{0}.augment": None}),
    Case(r"((?:captions|scst)\.augment\.)versions", 1, HEARD),
    Case(r"((?:captions|scst)\.augment\.)probability", 0.3, HEARD),
    Case(r"((?:captions|scst)\.augment\.).*", AUTO, HEARD),
    Case(r"captions\.final_teacher_forcing_ratio", 0.0),
    Case(r"scst\.samples", 3),
    Case(r"scst\.start", "final", {"captions.train.keep_final": True}),
    Case(r"scst\.reward", {"bleu_2": 1.0}),
    Case(r"min_count", 4),
    Case(r"held_out", 0.5),
    Case(r".*\.max_clips", 6),
    Case(r".*\.epoch_clips", 5),
    Case(r".*\.per_class", 1),
    Case(r".*\.mask_width", 32),
    Case(r".*\.mixup_alpha", 1.0),
    Case(r"(?:.*\.)dataset", "esc50"),
    Case(r"(.*\.)version", "9", {"{0}dataset": "soundscapes"}),
    Case(
        r"(.*\.)dataset_settings",
        {"development": "6", "validation": "2", "preset": "tiny"},
        {"{0}dataset": "soundscapes"},
    ),
)

TRAIN = {"epochs": 2}
CAPTIONS = {"epochs": 2, "batch_size": 4}


def _stages(train: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return short training for the named stages."""
    return {f"{name}.{key}": value for name in names for key, value in train.items()}


@dataclass(frozen=True)
class Tried:
    """A method's settings, tried from `base`: `cases` go before the common ones, `scopes` say where settings hold."""

    method: str
    base: Mapping[str, Any]
    cases: tuple[Case, ...] = ()
    scopes: tuple[Case, ...] = ()

    def of(self, setting: str) -> tuple[Any, dict[str, Any]]:
        """Return the value to try, and the settings under which."""
        where = dict(self.base)
        for scope in self.scopes:
            where |= scope.matched(setting) or {}
        for case in (*self.cases, *COMMON):
            own = case.matched(setting)
            if own is not None:
                return case.value, {**where, **own}
        return AUTO, where


SEQ2SEQ = Tried(
    "seq2seq",
    {**_stages(TRAIN, "pretrain.train"), **_stages(CAPTIONS, "captions.train"), "pretraining_settings.batch_size": 4},
    (
        Case(r"encoder", "crnn5"),
        Case(r"decoder", "gru-attention"),
        Case(r"encoder_settings", {"width": 0.25}),
        Case(r"decoder_settings", {"dim": 64}),
        Case(r"features", {"mel_bins": 48}),
        Case(r"pretraining", None),
        Case(r"pretraining_settings", {"dropout": 0.6}),
        Case(r"weights", "nowhere.pth"),
    ),
)
RLSSR = Tried(
    "rlssr",
    {**_stages(TRAIN, "pretrain.train"), **_stages(CAPTIONS, "captions.train"), "pretrain.batch_size": 4},
    (
        Case(r"features", {"mel_bins": 48}),
        Case(r"weights", "nowhere.pth"),
        Case(r"heads", 2),
        Case(r"dim", 64),
        Case(r"similarity_hidden", 16),
        Case(r"pool_first", True, {"similarity_hidden": 16}),
    ),
)
MAAC = Tried(
    "maac",
    {
        **_stages(TRAIN, "keywords.head", "keywords.whole"),
        **_stages(CAPTIONS, "captions.train", "scst.train"),
        "keywords.batch_size": 4,
    },
    (
        Case(r"features", {"mel_bins": 48}),
        Case(r"encoder\.weights", "nowhere.pth"),
        Case(r"keywords\.size", 5),
        Case(r"keywords\.head", None),
        Case(r"(keywords\.)separate_mixup", True, {"{0}mixup_alpha": 1.0}),
        Case(r"(keywords\.)(?:time_masks|mel_masks|mel_width)", AUTO, {"{0}mask_width": 32}),
        Case(r"keywords\.frozen", AUTO, {"encoder.dropout": 0.2}),
        Case(r"scst\.frozen_encoder", True, {"frozen": "weights", "trained_encoder": True}),
        Case(r"trained_encoder", True, {"frozen": "weights"}),
        Case(r"scst\.dropout", "encoder", {"frozen": "weights", "encoder.dropout": 0.2}),
    ),
)
SOURCES = ("asc", "at_balanced", "at_unbalanced")
AT_CNN = Tried(
    "at-cnn",
    {
        **_stages(CAPTIONS, "captions.train"),
        **_stages(TRAIN, *(f"{source}.train" for source in SOURCES)),
        **{f"{source}.batch_size": 4 for source in SOURCES},
    },
    (
        Case(r"features", {"mel_bins": 48}),
        Case(r"weights", "nowhere.pth"),
    ),
    (
        *(Case(rf"{source}\..*", where={"source": source.replace("_", "-")}) for source in SOURCES),
        Case(r"crnn5\..*", where={"encoder": "crnn5"}),
    ),
)
AED_BILSTM = Tried(
    "aed-bilstm",
    {
        **_stages(CAPTIONS, "captions.train"),
        **_stages(TRAIN, "ast.tagging.train", "yamnet.tagging.train"),
        **{f"{name}.tagging.batch_size": 4 for name in ("ast", "yamnet")},
    },
    (
        Case(r"embeddings", "yamnet"),
        Case(r"weights", "nowhere.pth"),
        Case(r"logmel", {"mel_bins": 48}),
        Case(r".*\.features", {"mean": 1.0}),
        Case(r"ast\.encoder", {"heads": 2}),
        Case(r"yamnet\.encoder", {"width": 0.25}),
        Case(r"layer_dropout", 0.3, {"layers": 2}),
    ),
    (
        Case(r"yamnet\..*", where={"embeddings": "yamnet"}),
        Case(r"(?:scale_)?logmel", where={"embeddings": "logmel"}),
    ),
)
PRETRAIN = {"batch_size": 4, "train.epochs": 2, "train.lr": 2e-3, "train.monitor": "recall"}
RETRIEVAL_CASES = (
    Case(r"(.*\.)?pretrain", {"batch_size": 4, "train": TRAIN}),
    Case(r"(?:.*\.)?features", {"mel_bins": 48}),
    Case(r"(?:.*\.)?settings", {"clip_dropout": 0.5}),
    Case(r"(?:.*\.)?weights", "nowhere.pth"),
    Case(r"(?:.*\.)?source", "nowhere"),
    Case(r"(?:.*\.)?heads", 2),
    Case(r"(?:.*\.)?(?:bert_base|bert_medium|roberta_base)\.dim", 32),
    Case(r"merge_validation", True, {"held_out": 0.2}),
    Case(r"(?:.*\.)?max_tokens", 4),
    Case(r"(?:.*\.)?crop_seconds", 1.0),
)
SJTU_RETRIEVAL = Tried(
    "sjtu2022-retrieval",
    {**_stages(TRAIN, "finetune.train"), "finetune.batch_size": 4, "pairs": ["cnn14+bert-medium"]},
    (
        Case(r"pairs", ["cnn14+bert-base"]),
        Case(r"ast\.settings", {"layers": 1}),
        *RETRIEVAL_CASES,
    ),
    (
        Case(r"wavegram_logmel_cnn14\..*", where={"pairs": ["wlcnn14+bert-base"]}),
        Case(r"ast\..*", where={"pairs": ["ast+bert-base"]}),
        Case(r"bert_base\..*", where={"pairs": ["cnn14+bert-base"]}),
        Case(r"roberta_base\..*", where={"pairs": ["cnn14+roberta-base"]}),
        Case(r"pretrain\..*", where={f"pretrain.{name}": value for name, value in PRETRAIN.items()}),
    ),
)
SJTU = Tried(
    "sjtu2022",
    {
        **_stages(TRAIN, "retrieval.finetune.train"),
        **_stages(CAPTIONS, "captions.train", "scst.train"),
        "retrieval.finetune.batch_size": 4,
    },
    (
        Case(r"decoders", ["gru"]),
        Case(r"pair", "cnn14+bert-base"),
        Case(r"average", AUTO, {"decoders": ["trm-2", "gru"], "self_critical": False}),
        Case(r"retrieval\.ast\.settings", {"layers": 1}),
        Case(r"retrieval\.held_out", 0.5),
        Case(r"layer_dropout", 0.3, {"layers": 2}),
        Case(r"transformer\.heads", 2),
        Case(r"transformer\.dim", 64),
        Case(r"scst\.dropout", "encoder", {"transformer.dropout": 0.1}),
        *RETRIEVAL_CASES,
    ),
    (
        Case(r"gru\..*", where={"decoders": ["gru"]}),
        Case(r"retrieval\.wavegram_logmel_cnn14\..*", where={"pair": "wlcnn14+bert-base"}),
        Case(r"retrieval\.ast\..*", where={"pair": "ast+bert-base"}),
        Case(r"retrieval\.bert_base\..*", where={"pair": "cnn14+bert-base"}),
        Case(r"retrieval\.roberta_base\..*", where={"pair": "cnn14+roberta-base"}),
        Case(
            r"retrieval\.pretrain\..*", where={f"retrieval.pretrain.{name}": value for name, value in PRETRAIN.items()}
        ),
    ),
)
TRIED = {one.method: one for one in (SEQ2SEQ, RLSSR, MAAC, AT_CNN, AED_BILSTM, SJTU_RETRIEVAL, SJTU)}
ELSEWHERE = {
    f"sjtu2022 retrieval.finetune.{name}": "the parts of the paper's mix stay beside another dataset's name; it is "
    "tried in sjtu2022-retrieval, whose stage it is"
    for name in ("version", "dataset_settings")
}
"""Settings that are tried in another method, and why."""
REFUSED = (
    *("sjtu2022 retrieval.pairs", "sjtu2022 retrieval.held_out", "sjtu2022 retrieval.merge_validation"),
    *("sjtu2022 scst.frozen_encoder", "at-cnn asc.balanced"),
    *("rlssr captions.augment.versions", "seq2seq captions.augment.versions", "at-cnn captions.augment.versions"),
)
"""Settings that would mean nothing, so that another value of theirs is refused before anything is made."""
