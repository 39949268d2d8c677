"""Tiny random models of each kind, saved as repositories of the hub are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors

transformers: Any = import_module("transformers")
WORDS = "a dog barks rain falls on roof car the birds sing loud engine water runs people talk wind blows in out".split()
CHAT = (
    "{% for message in messages %}{{ '<|im_start|> ' + message['role'] + ' ' }}{% for part in message['content'] %}"
    "{% if part['type'] == 'audio' %}{{ AUDIO }}{% else %}{{ ' ' + part['text'] }}{% endif %}{% endfor %}"
    "{{ ' <|im_end|> ' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|> assistant ' }}{% endif %}"
)


def tokenizer(*special: str, words: list[str] = WORDS, **names: str) -> Any:
    marks = ["<pad>", "<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", *special]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys([*marks, *words]))}
    pieces = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    pieces.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    known = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", **names}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=pieces, additional_special_tokens=[*special, "<|im_start|>", "<|im_end|>"], **known
    )


def small_llm(kind: str, vocabulary: int, **more: Any) -> dict[str, Any]:
    return {
        "model_type": kind, "vocab_size": vocabulary, "hidden_size": 16, "intermediate_size": 32,
        "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8,
        "max_position_embeddings": 2048, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, **more,
    }  # fmt: skip


def small_ears(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "model_type": kind, "d_model": 16, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32,
        "num_mel_bins": 32, "max_source_positions": 1500, **more,
    }  # fmt: skip


def save(folder: Path, model: Any, processor: Any) -> Path:
    with torch.no_grad():
        for number, weights in enumerate(model.parameters()):  # larger than they are made, so that answers differ
            generator = torch.Generator().manual_seed(number)
            weights += 0.15 * torch.randn(weights.shape, generator=generator)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def qwen2_audio(folder: Path) -> Path:
    words = tokenizer("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")
    config = transformers.Qwen2AudioConfig(
        audio_config=small_ears("qwen2_audio_encoder"),
        text_config=small_llm("qwen2", len(words)),
        audio_token_index=words.convert_tokens_to_ids("<|AUDIO|>"),
    )
    features = transformers.WhisperFeatureExtractor(feature_size=32)
    template = CHAT.replace("AUDIO", "' <|audio_bos|> <|AUDIO|> <|audio_eos|> '")
    processor = transformers.Qwen2AudioProcessor(features, words, chat_template=template)
    return save(folder, transformers.Qwen2AudioForConditionalGeneration(config), processor)


def audio_flamingo(folder: Path) -> Path:
    words = tokenizer("<sound>")
    config = transformers.AudioFlamingo3Config(
        audio_config=small_ears("audioflamingo3_encoder"),
        text_config=small_llm("qwen2", len(words)),
        audio_token_id=words.convert_tokens_to_ids("<sound>"),
    )
    features = transformers.WhisperFeatureExtractor(feature_size=32, return_attention_mask=True)
    processor = transformers.AudioFlamingo3Processor(
        features, words, chat_template=CHAT.replace("AUDIO", "' <sound> '"), audio_token="<sound>"
    )
    return save(folder, transformers.AudioFlamingo3ForConditionalGeneration(config), processor)


def granite_speech(folder: Path) -> Path:
    words = tokenizer("<|audio|>")
    config = transformers.GraniteSpeechConfig(
        encoder_config={
            "model_type": "granite_speech_encoder", "hidden_dim": 16, "input_dim": 160, "num_layers": 2, "num_heads": 2,
            "dim_head": 8, "output_dim": 8, "context_size": 50, "max_pos_emb": 64, "conv_kernel_size": 5,
        },
        projector_config={
            "model_type": "blip_2_qformer", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 32, "encoder_hidden_size": 16,
        },
        text_config=small_llm("granite", len(words)),
        audio_token_index=words.convert_tokens_to_ids("<|audio|>"),
        has_lora_adapter=False,
    )  # fmt: skip
    processor = transformers.GraniteSpeechProcessor(
        transformers.GraniteSpeechFeatureExtractor(), words, chat_template=CHAT.replace("AUDIO", "' <|audio|> '")
    )
    return save(folder, transformers.GraniteSpeechForConditionalGeneration(config), processor)


def whisper(folder: Path) -> Path:
    words = tokenizer("<|startoftranscript|>", words=[*WORDS, "clotho", ">", "caption:"])
    start = words.convert_tokens_to_ids("<|startoftranscript|>")
    config = transformers.WhisperConfig(
        vocab_size=len(words), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=80, max_target_positions=64,
        decoder_start_token_id=start, pad_token_id=0, bos_token_id=1, eos_token_id=2, suppress_tokens=None,
        begin_suppress_tokens=None,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    model.generation_config.decoder_start_token_id = start
    save(folder, model, transformers.WhisperFeatureExtractor())
    words.save_pretrained(folder)
    return folder


def speech_to_text(folder: Path) -> Path:
    """Return a model in Whisper's manner that is of another family, Moonshine's, which reads waveforms."""
    words = tokenizer("<|startoftranscript|>")
    config = transformers.MoonshineConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=32, encoder_num_hidden_layers=1,
        decoder_num_hidden_layers=1, encoder_num_attention_heads=2, decoder_num_attention_heads=2,
        decoder_start_token_id=1, pad_token_id=0, bos_token_id=1, eos_token_id=2, max_position_embeddings=64,
    )  # fmt: skip
    features = transformers.Wav2Vec2FeatureExtractor(
        sampling_rate=16000, do_normalize=False, return_attention_mask=True
    )
    save(folder, transformers.MoonshineForConditionalGeneration(config), features)
    words.save_pretrained(folder)
    return folder


CODE = """
import torch
from transformers import PretrainedConfig, PreTrainedModel

class EarConfig(PretrainedConfig):
    model_type = "an-ear"
    sample_rate = 8000

class Ear(PreTrainedModel):
    config_class = EarConfig

    def __init__(self, config):
        super().__init__(config)
        self.scale = torch.nn.Parameter(torch.ones(1))
        self.post_init()

    def forward(self, FORWARD):
        with open("ran", "w") as mark:
            mark.write("code")
        RETURN
"""
WAYS: Mapping[str, tuple[str, str]] = {
    "lengths": ("audio, audio_length", "return [[1, 8 + length % 7, 9, 2] for length in audio_length]"),
    "list": ("waves, sr", 'return {"cands": [f"{wave.shape[1] / rate:.2f} s" for wave, rate in zip(waves, sr)]}'),
}


def own_code(folder: Path, way: str) -> Path:
    """Return a repository that brings its own code, in one of the ways that are in use."""
    folder.mkdir(parents=True)
    forward, returned = WAYS[way]
    (folder / "ear.py").write_text(CODE.replace("FORWARD", forward).replace("RETURN", returned))
    (folder / "config.json").write_text(
        '{"model_type": "an-ear", "architectures": ["Ear"], "sample_rate": 8000, '
        '"auto_map": {"AutoConfig": "ear.EarConfig", "AutoModel": "ear.Ear"}}'
    )
    from safetensors.torch import save_file

    save_file({"scale": torch.ones(1)}, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer().save_pretrained(folder)
    return folder


def clap(folder: Path) -> Path:
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    vocabulary = {word: number for number, word in enumerate([*marks, *WORDS])}
    pieces = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    pieces.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>"}
    words = transformers.PreTrainedTokenizerFast(
        tokenizer_object=pieces, sep_token="</s>", mask_token="<mask>", model_max_length=64, **names
    )
    text = {
        "vocab_size": len(vocabulary), "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 32, "max_position_embeddings": 80, "pad_token_id": 1,
    }  # fmt: skip
    audio = {
        "hidden_size": 64, "patch_embeds_hidden_size": 8, "depths": [1] * 4, "num_attention_heads": [1] * 4,
        "num_mel_bins": 64, "spec_size": 256, "projection_hidden_size": 32,
    }  # fmt: skip
    torch.manual_seed(0)
    model = transformers.ClapModel(transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=16))
    features = transformers.ClapFeatureExtractor(feature_size=64, truncation="rand_trunc", padding="repeatpad")
    model.save_pretrained(folder)
    transformers.ClapProcessor(features, words).save_pretrained(folder)
    return folder


CHATS: Mapping[str, Callable[[Path], Path]] = {
    "qwen2_audio": qwen2_audio,
    "audio_flamingo": audio_flamingo,
    "granite_speech": granite_speech,
}
SPEECH: Mapping[str, Callable[[Path], Path]] = {"whisper": whisper, "speech_to_text": speech_to_text}
