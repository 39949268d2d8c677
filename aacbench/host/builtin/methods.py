"""Specs of the core's methods: those without a network, and the one that puts registered parts together."""

from __future__ import annotations

from aacbench.contracts import MethodSpec, Variant

SPECS: tuple[MethodSpec, ...] = (
    MethodSpec(
        name="floor",
        summary="one constant answer: the training caption that scores best for all clips",
        factory="aacbench.methods.baselines.floor:Floor",
        needs_audio=False,
        uses_torch=False,
        role="floor",
    ),
    MethodSpec(
        name="nearest",
        summary="the caption of the training clip with the nearest cepstral coefficients",
        factory="aacbench.methods.baselines.nearest:Nearest",
        role="floor",
    ),
    MethodSpec(
        name="human",
        summary="the ceiling: each reference scored against the other references of its clip",
        factory="aacbench.methods.baselines.human:Human",
        needs_audio=False,
        uses_torch=False,
        role="ceiling",
    ),
    MethodSpec(
        name="seq2seq",
        summary="any encoder, decoder and pretraining: --encoder NAME --decoder NAME --pretraining NAME",
        factory="aacbench.methods.seq2seq.method:Seq2Seq",
        outline="aacbench.methods.seq2seq.outline:MethodConfig",
    ),
    MethodSpec(
        name="ensemble",
        summary="finished captioning runs of one vocabulary, averaged word by word: --members RUN RUN ...",
        factory="aacbench.methods.ensemble.method:Ensemble",
        outline="aacbench.methods.ensemble.outline:MethodConfig",
        task_of="aacbench.methods.ensemble.outline:task_of",
    ),
    MethodSpec(
        name="command",
        summary="any program that captions: --set 'command=python caption.py {audio}'",
        factory="aacbench.methods.command.method:Command",
        outline="aacbench.methods.command.outline:MethodConfig",
        variants=(Variant("default", "the program that `command` names; the run is called after it"),),
    ),
)
