"""Specs of the shared decoders."""

from __future__ import annotations

from aacbench.contracts import DecoderSpec

SPECS: tuple[DecoderSpec, ...] = (
    DecoderSpec(
        name="transformer",
        summary="transformer decoder with cached keys and values, sinusoidal positions, post-norm",
        factory="aacbench.models.decoders.transformer:TransformerDecoder",
        tiny={"dim": 128, "feed_forward": 256, "dropout": 0.1},
    ),
    DecoderSpec(
        name="gru-attention",
        summary="one GRU layer with concat attention over the frames; attention weights per word",
        factory="aacbench.models.decoders.gru_attention:GruAttentionDecoder",
        tiny={"dim": 128, "embedding_dim": 64, "attention_dim": 128, "dropout": 0.1},
    ),
    DecoderSpec(
        name="multimodal-lstm",
        summary="one LSTM layer with attention to the frames, to keywords and to the words said; weights per word",
        factory="aacbench.models.decoders.multimodal_lstm:MultimodalLstmDecoder",
        tiny={"dim": 128, "attention_dim": 128, "embedding_dropout": 0.1, "dropout": 0.1},
    ),
    DecoderSpec(
        name="lstm-attention",
        summary="one LSTM layer with additive ReLU attention over the frames; attention weights per word",
        factory="aacbench.models.decoders.lstm_attention:LstmAttentionDecoder",
        tiny={"dim": 128, "embedding_dim": 64, "attention_dim": 128, "dropout": 0.1},
    ),
)
