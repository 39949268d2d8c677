"""From audio files to log-mel features: settings, extraction, the disk cache, batches and augmentation.

Importing this package loads no torch; `logmel`, `cache`, `batch` and `augment` do when they are imported or
used.
"""

from aacbench.audio.front_ends import FRONT_ENDS, feature_settings, front_end
from aacbench.audio.settings import FeatureSettings

__all__ = ["FRONT_ENDS", "FeatureSettings", "feature_settings", "front_end"]
