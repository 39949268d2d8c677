"""A model of the hub from its folder: which kind it is, in which type its weights are, and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from aacbench.errors import UserError, one_line
from aacbench.files.download.hub import quiet_progress
from aacbench.files.safe_read import load_json
from aacbench.runtime import libraries
from aacbench_hub.captioning.captioner import Answerer
from aacbench_hub.captioning.chat import ChatAnswerer
from aacbench_hub.captioning.own_code import OwnCodeAnswerer
from aacbench_hub.captioning.settings import HubSettings, Kind
from aacbench_hub.captioning.speech import SpeechAnswerer


def load_answerer(folder: Path, settings: HubSettings, device: str) -> Answerer:
    """Return the loaded model.

    Raises:
        UserError: it is of no kind that is known here, wants code of its own that is not trusted, or cannot be loaded.
    """
    require_no_code(folder, settings)
    transformers = libraries.load("transformers", "the method hub", "AutoProcessor", "AutoModel", "AutoConfig")
    quiet_progress()
    transformers.utils.logging.set_verbosity_error()  # generation's settings are said twice by every call
    kind = settings.kind if settings.kind != "auto" else _kind(folder)
    loaders = {"chat": _chat, "speech": _speech, "own": _own}
    try:
        return loaders[kind](transformers, folder, settings, device)
    except UserError:
        raise
    except Exception as error:  # transformers raises many kinds, for want of files or of what it knows
        raise UserError(f"cannot load the captioner {settings.model!r} as {kind} ({one_line(error)})") from error


def require_no_code(folder: Path, settings: HubSettings) -> None:
    """Refuse a repository whose own code would be run.

    Raises:
        UserError: it is, and nobody said that it may.
    """
    if not settings.trust_remote_code and (settings.kind == "own" or _wants_own_code(folder)):
        raise UserError(
            f"{settings.model} runs code of its own; read it, then add --trust-remote-code --set revision=COMMIT"
        )


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = load_json(folder / "config.json")
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no model of transformers ({one_line(error)})") from error
    return config if isinstance(config, dict) else {}


def _wants_own_code(folder: Path) -> bool:
    """Whether transformers has no class of its own for the model."""
    known = libraries.load("transformers.models.auto.configuration_auto", "the method hub")
    config = _config(folder)
    return "auto_map" in config and config.get("model_type") not in known.CONFIG_MAPPING_NAMES


def _kind(folder: Path) -> Kind:
    """Return the kind that a model's files say it is of."""
    if _wants_own_code(folder):
        return "own"
    known = libraries.load("transformers.models.auto.modeling_auto", "the method hub")
    model_type = _config(folder).get("model_type")
    speech = model_type in known.MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES
    both = model_type in known.MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES
    return "speech" if speech and not both else "chat"


def _from_folder(transformers: Any, folder: Path, settings: HubSettings, device: str, fallback: str) -> Any:
    """Return the model by the class that its files name, or else by one of the automatic classes."""
    named = (_config(folder).get("architectures") or [""])[0]
    try:
        maker = getattr(transformers, named) if named else getattr(transformers, fallback)
    except AttributeError:
        maker = getattr(transformers, fallback)
    if not hasattr(maker, "generate") and not hasattr(maker, "from_config"):
        maker = getattr(transformers, fallback)
    return _placed(
        maker.from_pretrained(str(folder), local_files_only=True, **_how(transformers, settings)), settings, device
    )


def _how(transformers: Any, settings: HubSettings) -> dict[str, Any]:
    """Return how weights are loaded, as `from_pretrained` takes it."""
    how: dict[str, Any] = {"dtype": settings.dtype if settings.dtype == "auto" else getattr(torch, settings.dtype)}
    if settings.device_map is not None:
        libraries.load("accelerate", "device_map", install="'aacbench[distributed]'")
        how["device_map"] = settings.device_map
    if settings.bits is not None:
        libraries.load("bitsandbytes", f"bits={settings.bits}")
        four = {"load_in_4bit": True, "bnb_4bit_compute_dtype": torch.bfloat16}
        how["quantization_config"] = transformers.BitsAndBytesConfig(
            **(four if settings.bits == 4 else {"load_in_8bit": True})
        )
    return how


def _placed(model: Any, settings: HubSettings, device: str) -> Any:
    spread = settings.device_map is not None or settings.bits is not None
    return (model if spread else model.to(device)).eval()


def _processor(transformers: Any, folder: Path) -> Any:
    return transformers.AutoProcessor.from_pretrained(str(folder), local_files_only=True)


def _chat(transformers: Any, folder: Path, settings: HubSettings, device: str) -> Answerer:
    model = _from_folder(transformers, folder, settings, device, "AutoModelForMultimodalLM")
    return ChatAnswerer(model, _processor(transformers, folder), settings)


def _speech(transformers: Any, folder: Path, settings: HubSettings, device: str) -> Answerer:
    model = _from_folder(transformers, folder, settings, device, "AutoModelForSpeechSeq2Seq")
    return SpeechAnswerer(model, _processor(transformers, folder), settings)


def _own(transformers: Any, folder: Path, settings: HubSettings, device: str) -> Answerer:
    trusted = {"trust_remote_code": True, "local_files_only": True}
    model = transformers.AutoModel.from_pretrained(str(folder), **trusted, **_how(transformers, settings))
    files = [*folder.glob("tokenizer*")]
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **trusted) if files else None
    return OwnCodeAnswerer(_placed(model, settings, device), tokenizer, settings)
