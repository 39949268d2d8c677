"""From a real run to a published page: the first record pins its data, sounds and pictures are made."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.contracts import DatasetOptions
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.pages.build import write_pages
from aacbench.leaderboard.pages.explorer import media_name
from aacbench.leaderboard.pages.pictures import attention_svg, png, spectrogram
from aacbench.leaderboard.pages.site import write_site
from aacbench.leaderboard.store import boards
from aacbench.leaderboard.store.boards import Board, board_path, text_of
from aacbench.leaderboard.store.references import references, shipped_references
from aacbench.leaderboard.verification.verify import verify
from aacbench.runs.execute import RunRequest, run

from .conftest import put

TINY = {"preset": "tiny"}


def pixels(picture: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return the palette indices of a PNG file, read chunk by chunk."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, size = 8, b"", (0, 0)
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        content = picture[at + 8 : at + 8 + length]
        assert struct.unpack(">I", picture[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + content)
        if kind == b"IHDR":
            size = struct.unpack(">II", content[:8])
        data += content if kind == b"IDAT" else b""
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(size[1], size[0] + 1)
    assert not lines[:, 0].any()
    return lines[:, 1:]


def test_pictures_read_back() -> None:
    levels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert (pixels(png(levels)) == levels).all()
    rising = np.linspace(0, 1, 50)[:, None] + np.zeros((50, 8))  # frames get louder
    drawn = pixels(spectrogram(rising))
    assert drawn.shape == (8, 50)
    assert drawn[:, 0].max() == 0 and drawn[:, -1].min() == 255


def test_words_of_an_attention_picture_are_text() -> None:
    svg = attention_svg(["<script>", "&", "dog"], np.ones((3, 5)))
    assert "<script>" not in svg and "&lt;script&gt;" in svg and svg.count("<text") == 3


@pytest.mark.slow
def test_from_a_run_to_the_published_page(root: Path, board: Board, tmp_path: Path) -> None:
    registries = manager.load().registries
    (root / "boards/toy.json").unlink()
    own = board.model_copy(
        update={"id": "tiny", "dataset": "soundscapes", "version": "1.0", "settings": TINY, "pin": None,
                "ships_audio": True}
    )  # fmt: skip
    board_path(root, own).write_text(text_of(own))
    (root / "references/toy.jsonl").unlink()
    options = DatasetOptions(settings=TINY)
    _, folder = run(
        RunRequest("floor", "soundscapes", options=options, output=tmp_path / "runs", metrics=["cider_d"]), registries
    )
    write_pages(root)
    with pytest.raises(UserError, match="is not on the board"):
        write_site(root, tmp_path / "site", registries, [folder])
    put(root, folder)
    pinned = boards.load(root)["tiny"]
    assert pinned.pin is not None and pinned.pin.clips == 8
    known = shipped_references(root, pinned)
    assert known is not None and len(known) == 8 and known == references(root, pinned, registries)
    (checked,) = verify(root, lambda: [*registries.metrics], lambda one: references(root, one, registries), jobs=1)
    assert checked.problems == ()
    write_pages(root)
    assert write_site(root, tmp_path / "site", registries) == 16
    for clip in known:
        place = tmp_path / "site/media/tiny" / media_name(clip)
        assert soundfile.info(place.with_suffix(".ogg")).duration > 1
        assert pixels(place.with_suffix(".png").read_bytes()).size > 1000
    assert (tmp_path / "site/results/tiny/floor/default-seed0.json").is_file()
    published = (tmp_path / "site/index.html").read_text()
    assert media_name(next(iter(known))) in published  # and nowhere where there are no media
    assert media_name(next(iter(known))) not in (root / "index.html").read_text()
    assert '"events":[[["' in published
