"""The quantised layers of a TensorFlow Lite file as float arrays: what convolutions and matrix products read.

A value is scale x (stored - zero point), with a scale for each output channel; biases are 32-bit integers with scales
of their own. Read with the package `tflite`, which knows the format's tables; nothing is executed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacbench.errors import UserError, one_line
from aacbench.files.safe_read import read_bytes
from aacbench.runtime import libraries

FloatArray = NDArray[np.float32]
MARK = b"TFL3"


@dataclass(frozen=True, slots=True)
class Layer:
    """A kernel and its bias (out,). Kernels are (out, H, W, in), (1, H, W, out) if `depthwise`, or (out, in)."""

    kernel: FloatArray
    bias: FloatArray
    depthwise: bool


def read_layers(path: Path) -> list[Layer]:
    """Return the layers with 8-bit kernels in the order in which they are computed.

    Raises:
        UserError: the package tflite or the file is missing, or the file is damaged or of another kind.
    """
    tflite: Any = libraries.load("tflite", str(path), "Model", install="'aacbench[pretrained]'")
    if not path.is_file():
        raise UserError(f"no weights at {path}; run `aacbench fetch yamnet-tflite`, or check the path")
    content = read_bytes(path)
    if content[4:8] != MARK:
        raise UserError(f"{path} is no TensorFlow Lite file")
    try:
        model = tflite.Model.GetRootAsModel(content, 0)
        return _layers(tflite, model, model.Subgraphs(0))
    except Exception as error:  # a damaged table makes the reader stumble anywhere
        raise UserError(f"{path} is no readable TensorFlow Lite file ({one_line(error)})") from error


def _layers(tflite: Any, model: Any, graph: Any) -> list[Layer]:
    operators = tflite.BuiltinOperator
    wanted = (operators.CONV_2D, operators.DEPTHWISE_CONV_2D, operators.FULLY_CONNECTED)
    layers = []
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())  # files of before 2021 have the latter alone
        if kind not in wanted or graph.Tensors(operator.Inputs(1)).Type() != tflite.TensorType.INT8:
            continue
        kernel, bias = (_values(model, graph.Tensors(operator.Inputs(number)), kind_of) for number, kind_of in KINDS)
        layers.append(Layer(kernel, bias, kind == operators.DEPTHWISE_CONV_2D))
    return layers


KINDS: tuple[tuple[int, type[np.signedinteger[Any]]], ...] = ((1, np.int8), (2, np.int32))
"""Which inputs of a layer's operator are its kernel and its bias, and the numbers that they are stored as."""


def _values(model: Any, tensor: Any, kind: type[np.signedinteger[Any]]) -> FloatArray:
    shape, how = tensor.ShapeAsNumpy(), tensor.Quantization()
    stored = np.frombuffer(model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes(), kind).reshape(shape)
    scales, zeros = how.ScaleAsNumpy().astype(np.float64), how.ZeroPointAsNumpy().astype(np.float64)
    along = [1] * stored.ndim
    along[how.QuantizedDimension()] = len(scales)
    values: FloatArray = ((stored - zeros.reshape(along)) * scales.reshape(along)).astype(np.float32)
    return values
