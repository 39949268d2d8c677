"""The encoder YAMNet: the network, and the forms in which its weights are published."""

from aacbench.models.encoders.yamnet.files import WHERE, load_tensorflow, load_tflite, load_torch
from aacbench.models.encoders.yamnet.network import SEPARABLE, Yamnet, same_padding

__all__ = ["SEPARABLE", "WHERE", "Yamnet", "load_tensorflow", "load_tflite", "load_torch", "same_padding"]
