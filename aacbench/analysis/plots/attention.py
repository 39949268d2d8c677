"""Attention as a picture: the clip, what each word of its caption attended to in time, and to which words.

From the top: the waveform (if wanted), the log-mel spectrogram, the events where they are known, attention over time
as one matrix or as one strip a chosen word (Fig. 3 of 002), and attention over words (Fig. 2 of 004). All but the
last share the time axis, in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aacbench.audio import FeatureSettings, front_end
from aacbench.audio.cache import FeatureCache
from aacbench.audio.io import info, read
from aacbench.errors import UserError, first_few
from aacbench.files.atomic import atomic_path
from aacbench.inference.attention import CaptionAttention, WordStream
from aacbench.types import Clip

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ID = r"\b[a-zA-Z][0-9a-f]{10}\b"
SUFFIXES = (".png", ".svg")
WIDTH = 9.0  # inches
COLUMNS = 1500  # points of a drawn waveform
INK, FAINT = "#1f3a5f", "#c8d3e0"


@dataclass(frozen=True)
class Panel:
    """One part of the picture: its height in inches, whether its axis is time, and what draws it."""

    height: float
    timed: bool
    draw: Callable[[Axes], None]


def draw_attention(
    clip: Clip,
    attention: CaptionAttention,
    path: Path,
    waveform: bool = False,
    words: Sequence[str] | None = None,
    features: object = None,
) -> Path:
    """Write the picture to `path` (.png or .svg) and return it. `words` asks for one strip each of these.

    `features` is the spectrogram's front-end, by default a common one.

    Raises:
        UserError: another suffix, a word that the caption does not have, or matplotlib is not installed.
    """
    check_picture(path)
    rows = None if words is None else _places(attention, words)
    panels = [_spectrogram(clip, features), *_events(clip)]
    if waveform:
        panels.insert(0, _waveform(clip))
    if rows is None:
        panels.append(_matrix(attention))
    else:
        panels += [_strip(attention, row) for row in rows]
    panels += [_words(attention, name, stream) for name, stream in attention.streams.items()]
    _write(panels, f"{clip.id}: {attention.caption}", float(attention.spans[-1, 1]), path)
    return path


def check_picture(path: Path) -> None:
    """Raise `UserError` where a picture cannot be written as `path` says, before any work is done for it."""
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"pictures are written as {' or '.join(SUFFIXES)}; got {path.name}")


def _places(attention: CaptionAttention, words: Sequence[str]) -> list[int]:
    """Return where the words stand in the caption, each one's first place."""
    missing = [word for word in words if word not in attention.words]
    if missing:
        raise UserError(f"the caption has no word {first_few(missing)}; it is: {attention.caption}")
    return [attention.words.index(word) for word in words]


def _waveform(clip: Clip) -> Panel:
    samples, seconds = read(clip.audio), info(clip.audio).seconds
    edges = np.linspace(0, len(samples), min(COLUMNS, len(samples)) + 1).astype(int)[:-1]
    low, high = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)

    def draw(axes: Axes) -> None:
        axes.fill_between(edges / len(samples) * seconds, low, high, color=INK, linewidth=0.3)
        axes.set_ylabel("waveform", rotation=0, ha="right", va="center")
        axes.set_yticks([])

    return Panel(0.8, True, draw)


def _spectrogram(clip: Clip, features: object) -> Panel:
    own = isinstance(features, FeatureSettings) and features.kind != "waveform"
    settings: FeatureSettings = features if own else front_end("panns-16k")  # type: ignore[assignment]
    values = FeatureCache(settings).load(clip).numpy().T  # (F, T)

    def draw(axes: Axes) -> None:
        extent = (0.0, values.shape[1] * settings.hop_seconds, 0.0, float(values.shape[0]))
        axes.imshow(values, origin="lower", aspect="auto", extent=extent, cmap="magma", interpolation="nearest")
        axes.set_ylabel("mel bins", rotation=0, ha="right", va="center")

    return Panel(1.5, True, draw)


def _events(clip: Clip) -> list[Panel]:
    labels = list(dict.fromkeys(event.label for event in clip.events))

    def draw(axes: Axes) -> None:
        for event in clip.events:
            row = labels.index(event.label)
            axes.broken_barh([(event.onset, event.offset - event.onset)], (row + 0.1, 0.8), color="#6a9f58")
        axes.set_ylim(len(labels), 0)
        axes.set_yticks([row + 0.5 for row in range(len(labels))], labels)

    return [Panel(0.22 * len(labels), True, draw)] if labels else []


def _edges(attention: CaptionAttention) -> NDArray[np.float64]:
    """Return the borders (T + 1,) between the middles of the frames, in seconds."""
    middle = attention.spans.mean(1)
    hop = float(middle[1] - middle[0]) if len(middle) > 1 else float(np.ptp(attention.spans[0]))
    return np.append(middle - hop / 2, middle[-1] + hop / 2)


def _matrix(attention: CaptionAttention) -> Panel:
    def draw(axes: Axes) -> None:
        count, frames = attention.weights.shape
        most = max(float(attention.weights.max()), min(1.0, 4 / frames))  # so that even attention looks pale
        axes.pcolormesh(_edges(attention), np.arange(count + 1), attention.weights, cmap="Blues", vmin=0.0, vmax=most)
        axes.set_ylim(count, 0)
        axes.set_yticks(np.arange(count) + 0.5, attention.words)

    return Panel(0.2 * len(attention.words) + 0.1, True, draw)


def _strip(attention: CaptionAttention, row: int) -> Panel:
    def draw(axes: Axes) -> None:
        axes.stairs(attention.weights[row], _edges(attention), fill=True, color=FAINT)
        axes.stairs(attention.weights[row], _edges(attention), color=INK)
        axes.set_ylim(0.0)
        axes.set_yticks([])
        axes.set_ylabel(attention.words[row], rotation=0, ha="right", va="center")

    return Panel(0.5, True, draw)


def _words(attention: CaptionAttention, name: str, stream: WordStream) -> Panel:
    """A row for each word of the caption, the attended words in their cells, darker where they weigh more."""
    most = max(1, *(len(words) for words in stream.words))
    weights = np.zeros((len(stream.words), most))
    for row, values in enumerate(stream.weights):
        weights[row, : len(values)] = values

    def draw(axes: Axes) -> None:
        axes.pcolormesh(np.arange(most + 1), np.arange(len(weights) + 1), weights, cmap="Oranges", vmin=0.0, vmax=1.0)
        axes.set_ylim(len(weights), 0)
        axes.set_yticks(np.arange(len(weights)) + 0.5, attention.words[: len(weights)])
        axes.set_xticks([])
        axes.set_title(f"attention to {name}", fontsize=8, loc="left")
        size = min(7.0, 60.0 / most)
        for row, said in enumerate(stream.words):
            for column, word in enumerate(said):
                dark = weights[row, column] > 0.6
                centre = (column + 0.5, row + 0.5)
                axes.text(*centre, word, ha="center", va="center", size=size, color="white" if dark else "black")

    return Panel(0.2 * len(weights) + 0.35, False, draw)


def _write(panels: Sequence[Panel], title: str, seconds: float, path: Path) -> None:
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError("pictures need matplotlib; install it with: pip install matplotlib") from error
    kind = path.suffix.lower()[1:]
    fixed: dict[str, Any] = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    with mpl.rc_context({"svg.hashsalt": "aacbench", "font.size": 8, "font.family": "DejaVu Sans"}):
        figure = Figure((WIDTH, sum(panel.height for panel in panels) + 0.9), layout="constrained")
        FigureCanvasAgg(figure)
        heights = [panel.height for panel in panels]
        grid = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
        last = max(index for index, panel in enumerate(panels) if panel.timed)
        for index, (axes, panel) in enumerate(zip(grid, panels, strict=True)):
            panel.draw(axes)
            if panel.timed:
                axes.set_xlim(0.0, seconds)
                axes.tick_params(labelbottom=index == last)
                if index == last:
                    axes.set_xlabel("seconds")
        figure.suptitle(title, fontsize=9)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format=kind, dpi=120, metadata=fixed)
            if kind == "svg":  # ids are hashes of what also depends on memory: number them in order
                text, numbers = temporary.read_text(encoding="utf-8"), dict[str, str]()
                named = re.sub(ID, lambda match: numbers.setdefault(match[0], f"id{len(numbers)}"), text)
                temporary.write_text(named, encoding="utf-8")
