"""How combinations are named: `encoder+decoder+origin`, where the origin of the encoder's weights may be missing."""

from __future__ import annotations

from pathlib import Path

from aacbench.contracts import Variant
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.names import path_safe
from aacbench.methods.seq2seq.settings import PRESETS, Seq2SeqSettings

JOIN = "+"


class MethodConfig:
    """What is known of the method without its networks."""

    settings = Seq2SeqSettings
    presets = PRESETS

    def combination(self, settings: Seq2SeqSettings, registries: Registries) -> str:
        """Return `encoder+decoder+origin`; the origin is weights or pretraining and is left out where there is none."""
        parts = [registries.encoders[settings.encoder].name, registries.decoders[settings.decoder].name]
        if settings.weights is not None:
            parts.append(path_safe(Path(settings.weights).stem))
        elif settings.pretraining is not None:
            parts.append(registries.pretraining[settings.pretraining].name)
        return JOIN.join(parts)

    def named(self, combination: str, registries: Registries) -> Variant:
        """Return the settings of a combination such as `crnn5+gru-attention+audio-tagging`."""
        encoder, *rest = combination.split(JOIN)
        if len(rest) not in (1, 2):
            raise UserError(
                f"a variant of seq2seq is encoder+decoder or encoder+decoder+pretraining, such as "
                f"crnn5+gru-attention+audio-tagging; got {combination!r}"
            )
        origin = rest[1] if len(rest) == 2 else None
        published = {weights.name for weights in registries.encoders[encoder].published}
        settings = {"encoder": encoder, "decoder": rest[0], "pretraining": origin}
        if origin in published:
            settings |= {"pretraining": None, "weights": origin}
        return Variant(combination, "", settings)
