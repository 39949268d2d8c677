"""The page as it is published: with sounds and spectrograms of the boards whose audio may be shipped, and with the
attention of runs that are at hand. None of it is kept in the repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aacbench.contracts import DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.atomic import atomic_path, atomic_write
from aacbench.leaderboard.pages.explorer import Media, media_name, row_id
from aacbench.leaderboard.pages.page import page
from aacbench.leaderboard.pages.pictures import attention_svg, spectrogram
from aacbench.leaderboard.pages.views import assemble
from aacbench.leaderboard.ranking.rows import BoardRow
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.names import inside
from aacbench.runs.record import RunRecord
from aacbench.types import Clip, Event

if TYPE_CHECKING:
    from aacbench.inference.captioner import NetworkCaptioner

FRONT_END = "panns-16k"
ATTENTION_CLIPS = 40


def write_site(root: Path, output: Path, registries: Registries, runs: Sequence[Path] = ()) -> int:
    """Write the page, the CSV file and media to `output`; return the number of media files.

    `runs` are run folders whose attention over time is drawn, for the first clips of the board.

    Raises:
        UserError: a record is malformed, a run is not on the board, or shows no attention.
    """
    assembled = assemble(root)
    if assembled.problems:
        raise UserError("; ".join(assembled.problems[:3]))
    count = 0
    clips: dict[str, list[Clip]] = {}
    events: dict[str, dict[str, Sequence[Event]]] = {}
    for view in assembled.views:
        if view.board.ships_audio and view.rows:
            clips[view.board.id] = _clips(view.board, registries)
            count += _sounds(view.board, clips[view.board.id], output)
            if any(clip.events for clip in clips[view.board.id]):
                events[view.board.id] = {clip.id: clip.events for clip in clips[view.board.id]}
    attention: dict[str, list[str]] = {}
    for run in runs:
        board, row = _row_of(run, [row for view in assembled.views for row in view.rows])
        attention.setdefault(board.id, []).append(row_id(row))
        drawn = (clips.get(board.id) or _clips(board, registries))[:ATTENTION_CLIPS]
        count += _attention(run, board, row, drawn, registries, output)
    media = Media(frozenset(clips), attention, events)
    atomic_write(output / "index.html", page(assembled.views, assembled.reported, media))
    _records(root, output)
    atomic_write(output / "leaderboard.csv", (root / "leaderboard.csv").read_bytes())
    return count


def _records(root: Path, output: Path) -> None:
    """Copy the records and their rows, which the page links to."""
    for path in sorted((root / "results").glob("*/*/*.json*")):
        atomic_write(inside(output, *path.relative_to(root).parts), path.read_bytes())


def _clips(board: Board, registries: Registries) -> list[Clip]:
    return registries.dataset(board.dataset, DatasetOptions(None, board.version, board.settings)).clips("evaluation")


def _sounds(board: Board, clips: Sequence[Clip], output: Path) -> int:
    """Write each clip as Ogg Vorbis with its spectrogram; what is there already stays."""
    import soundfile

    from aacbench.audio import front_end  # noqa: PLC0415
    from aacbench.audio.cache import FeatureCache  # noqa: PLC0415
    from aacbench.audio.io import info, read  # noqa: PLC0415

    folder = inside(output, "media", board.id)
    features = FeatureCache(front_end(FRONT_END))
    features.prepare(clips)
    for clip in clips:
        name = media_name(clip.id)
        sound, picture = folder / f"{name}.ogg", folder / f"{name}.png"
        if not sound.is_file():
            with atomic_path(sound) as temporary:
                rate = info(clip.audio).sample_rate
                soundfile.write(temporary, read(clip.audio), rate, format="OGG", subtype="VORBIS")
        if not picture.is_file():
            atomic_write(picture, spectrogram(features.load(clip).numpy()))
    return 2 * len(clips)


def _row_of(run: Path, rows: Sequence[BoardRow]) -> tuple[Board, BoardRow]:
    record = RunRecord.load(run / "record.json")
    for row in rows:
        if row.board.holds(record) and row.key == (record.method, record.variant, record.preset):
            return row.board, row
    raise UserError(f"{run} is not on the board; add it first: aacbench leaderboard add {run}")


def _attention(
    run: Path, board: Board, row: BoardRow, clips: Sequence[Clip], registries: Registries, output: Path
) -> int:
    from aacbench.inference.attention import caption_attention  # noqa: PLC0415
    from aacbench.inference.captioner import NetworkCaptioner  # noqa: PLC0415
    from aacbench.runs.execute import open_run  # noqa: PLC0415

    captioner = open_run(run, registries, "cpu")
    if not isinstance(captioner, NetworkCaptioner):
        raise UserError(f"{run} has no network whose attention could be drawn")
    network: NetworkCaptioner = captioner
    folder = inside(output, "media", board.id, row_id(row))
    for clip, seen in zip(clips, caption_attention(network, clips), strict=True):
        atomic_write(folder / f"{media_name(clip.id)}.svg", attention_svg(seen.words, seen.weights))
    return len(clips)
