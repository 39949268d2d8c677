"""Specs of the shared encoders."""

from __future__ import annotations

from aacbench.contracts import EncoderSpec
from aacbench.host.builtin.weights import (
    AST,
    AST_ORIGINAL,
    AUDIOCAPTION_CNN10,
    GPV_F,
    GPV_TEACHER1,
    GPV_TEACHER2,
    PANNS_CNN10,
    PANNS_CNN14,
    PANNS_RESNET38,
    PANNS_WAVEGRAM_LOGMEL_CNN14,
    YAMNET,
    YAMNET_TFLITE,
    YAMNET_TORCH,
)

# 64 ms every 32 ms up to 8 kHz: a third of the published networks' frames.
COARSE = {"sample_rate": 16000, "window": 1024, "n_fft": 1024, "hop": 512, "f_max": 8000.0}

SPECS: tuple[EncoderSpec, ...] = (
    EncoderSpec(
        name="cnn10",
        summary="10-layer CNN of PANNs: 64 mel bins, 512-wide frames, time / 16",
        factory="aacbench.models.encoders.cnn10:Cnn10",
        features={"front_end": "panns"},
        published=(PANNS_CNN10, AUDIOCAPTION_CNN10),
        tiny={"width": 0.125, "dropout": 0.0, "clip_dropout": 0.0},
        tiny_features={**COARSE, "mel_bins": 32},
    ),
    EncoderSpec(
        name="crnn5",
        summary="5-layer CRNN of CDur: 64 mel bins, LP pooling, bidirectional GRU, 256-wide frames, time / 4",
        factory="aacbench.models.encoders.crnn5:Crnn5",
        features={"front_end": "at-cnn"},
        published=(GPV_TEACHER1, GPV_TEACHER2, GPV_F),
        tiny={"width": 0.25, "dropout": 0.0},
        tiny_features=COARSE,
    ),
    EncoderSpec(
        name="cnn14",
        summary="14-layer CNN of PANNs: 64 mel bins, 2048-wide frames, time / 32",
        factory="aacbench.models.encoders.cnn14:Cnn14",
        features={"front_end": "panns"},
        published=(PANNS_CNN14,),
        tiny={"width": 0.0625, "dropout": 0.0, "clip_dropout": 0.0},
        tiny_features=COARSE,
    ),
    EncoderSpec(
        name="resnet38",
        summary="38-layer residual CNN of PANNs: 64 mel bins, 2048-wide frames, time / 32, three levels",
        factory="aacbench.models.encoders.resnet38:ResNet38",
        features={"front_end": "panns"},
        published=(PANNS_RESNET38,),
        tiny={"width": 0.125, "dropout": 0.0, "clip_dropout": 0.0},
        tiny_features=COARSE,
    ),
    EncoderSpec(
        name="wavegram-logmel-cnn14",
        summary="CNN14 of PANNs with a learnt spectrogram of the waveform beside the log-mel one",
        factory="aacbench.models.encoders.wavegram_logmel_cnn14:WavegramLogmelCnn14",
        features={"front_end": "panns-waveform"},
        published=(PANNS_WAVEGRAM_LOGMEL_CNN14,),
        tiny={"width": 0.0625, "dropout": 0.0, "clip_dropout": 0.0},
        tiny_features=COARSE,
        waveform=True,
    ),
    EncoderSpec(
        name="yamnet",
        summary="YAMNet: MobileNet on patches of 0.96 s every 0.48 s of 64 mel bins, 1024-wide frames",
        factory="aacbench.models.encoders.yamnet:Yamnet",
        features={"front_end": "yamnet"},
        published=(YAMNET, YAMNET_TORCH, YAMNET_TFLITE),
        tiny={"width": 0.125, "window": 48, "hop": 24, "frame_seconds": 0.02},
        tiny_features={"window": 640, "n_fft": 1024, "hop": 320, "patch": 15680},
    ),
    EncoderSpec(
        name="ast",
        summary="audio spectrogram transformer on windows of 0.96 s every 0.48 s of 128 mel bins, 768-wide frames",
        factory="aacbench.models.encoders.ast:Ast",
        features={"front_end": "ast"},
        published=(AST, AST_ORIGINAL),
        tiny={
            "dim": 64,
            "layers": 2,
            "heads": 4,
            "feed_forward": 128,
            "stride": 16,
            "window": 48,
            "frame_seconds": 0.02,
        },
        tiny_features={"window": 640, "n_fft": 1024, "hop": 320, "mel_bins": 64},
    ),
)
