"""From audio files to log-mel features: settings, extraction, the disk cache, batches and augmentation.

Importing this package loads no torch; `logmel`, `cache`, `batch` and `augment` do when they are imported or
used.
"""

from aacbench.audio.front_ends import FRONT_ENDS, feature_settings, front_end
from aacbench.audio.settings import FeatureSettings
from aacbench.runtime.renamed import renamed_names

__all__ = ["FRONT_ENDS", "FeatureSettings", "feature_settings", "front_end"]

__getattr__ = renamed_names(
    __name__,
    {
        name: f"aacbench.audio.io:{name}"
        for name in ("AudioInfo", "LONGEST", "LOUDEST", "Waveform", "info", "read", "resample")
    },
)
