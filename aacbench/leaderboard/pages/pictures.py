"""Small pictures for the page: matrices as PNG files in one hue, attention as SVG with a line a word."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

LOW, HIGH = (24, 27, 33), (255, 214, 140)
MIDDLE = (36, 122, 116)


def png(levels: NDArray[np.uint8]) -> bytes:
    """Return levels (rows, columns), 0 to 255, as a PNG picture, the first row on top."""
    rows, columns = levels.shape
    packed = np.zeros((rows, columns + 1), np.uint8)  # each line begins with its filter, none
    packed[:, 1:] = levels
    header = struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), _chunk(b"PLTE", _palette()), _chunk(b"IDAT", zlib.compress(packed.tobytes(), 9))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def spectrogram(logmel: NDArray[np.floating]) -> bytes:
    """Return a log-mel spectrogram (frames, bins) as PNG, low bins below.

    Values are natural logarithms or decibels; only their order within 2 to 99.8 % matters.
    """
    low, high = np.quantile(logmel, [0.02, 0.998])
    scaled = np.clip((logmel - low) / max(float(high - low), 1e-9), 0, 1)
    return png(np.rint(scaled.T[::-1] * 255).astype(np.uint8))


def attention_svg(words: Sequence[str], weights: NDArray[np.floating]) -> str:
    """Return attention (words, frames) as SVG: a line a word, its strongest frame brightest."""
    line, left, width = 22, 110, 900
    height = line * len(words)
    peaks = np.maximum(weights.max(1, keepdims=True), 1e-9)
    data = base64.b64encode(png(np.rint(weights / peaks * 255).astype(np.uint8))).decode()
    texts = "".join(
        f'<text x="{left - 8}" y="{line * index + 15}" text-anchor="end">{escape(word)}</text>'
        for index, word in enumerate(words)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        "<style>text{font:13px system-ui,sans-serif;fill:#444}"
        "@media(prefers-color-scheme:dark){text{fill:#ccc}}</style>"
        f'<image href="data:image/png;base64,{data}" x="{left}" y="0" width="{width - left}" height="{height}" '
        f'preserveAspectRatio="none" style="image-rendering:pixelated"/>{texts}</svg>\n'
    )


def _palette() -> bytes:
    steps = np.linspace(0, 1, 256)[:, None]
    low, middle, high = (np.array(colour, np.float64) for colour in (LOW, MIDDLE, HIGH))
    lower, upper = low + (middle - low) * steps * 2, middle + (high - middle) * (steps * 2 - 1)
    return np.rint(np.where(steps < 0.5, lower, upper)).astype(np.uint8).tobytes()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
