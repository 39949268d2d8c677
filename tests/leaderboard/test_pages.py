"""Pages as text: nothing in a record is markup, bytes do not depend on order or locale, reported numbers are apart."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacbench.contracts import outline
from aacbench.host import manager
from aacbench.leaderboard.pages.build import build
from aacbench.leaderboard.pages.csv_table import csv_table
from aacbench.leaderboard.pages.page import script_json
from aacbench.leaderboard.pages.panels import panel
from aacbench.leaderboard.pages.row_view import row_view
from aacbench.leaderboard.pages.views import assemble
from aacbench.leaderboard.ranking.reported import ReportedRow, reproduction
from aacbench.leaderboard.store import boards
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.free_text import markdown as escape
from aacbench.runs.resolve import find_variant, method_settings

from .conftest import REAL, ROOT, MakeRun, captions, put


def preset_settings(method: str, variant: str) -> dict[str, Any]:
    spec = manager.load().registries.methods[method]
    settings = method_settings(outline(spec), spec, "quick", find_variant(spec, variant), {})
    return dict(settings.model_dump(mode="json"))


def filled(root: Path, make_run: MakeRun) -> Path:
    for wrong in (2, 9):
        for seed in (0, 1, 2):
            variant = "cnn10+scratch" if wrong == 2 else "crnn5+scratch"
            change = {"settings": preset_settings("at-cnn", variant)}
            run = make_run(captions(wrong + seed), variant=variant, seed=seed, method="at-cnn", change=change)
            put(root, run)
    return root


def test_the_same_bytes_in_another_process_locale_and_place(root: Path, make_run: MakeRun, tmp_path: Path) -> None:
    filled(root, make_run)
    code = (
        "import sys, hashlib; from pathlib import Path; from aacbench.leaderboard.pages.build import build;"
        "print(hashlib.sha256(b''.join(build(Path(sys.argv[1])).files.values())).hexdigest());"
        "assert not {'torch', 'transformers', 'matplotlib'} & set(sys.modules)"
    )
    other = tmp_path / "elsewhere"
    os.rename(root, other)
    prints = []
    for environment in (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"},
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, str(other)], capture_output=True, text=True, check=True, cwd=tmp_path,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        prints.append(done.stdout)
    assert prints[0] == prints[1]


def test_rows_have_spread_interval_mark_and_the_papers_number(root: Path, make_run: MakeRun) -> None:
    view = assemble(filled(root, make_run)).views[0]
    first, second = view.rows
    assert [row.rank for row in view.rows] == [1, 2]
    cell = first.cells["cider_d"]
    values = [entry.record.scores["cider_d"].value for entry in first.entries]
    assert cell.mean == pytest.approx(sum(values) / 3)
    assert cell.spread == pytest.approx(np.std(values, ddof=1))
    assert cell.low is not None and cell.high is not None and cell.low < cell.mean < cell.high
    assert second.above is not None and second.above.difference == pytest.approx(
        (first.score("cider_d") or 0) - (second.score("cider_d") or 0), abs=1e-5
    )
    assert second.mark in ("*", "**", "***") and first.mark == ""
    files = build(root).files
    sheet = [*csv.DictReader(io.StringIO(files["leaderboard.csv"].decode()))]
    assert [row["source"] for row in sheet[:2]] == ["system", "system"]
    assert sheet[2]["source"].startswith("reported by ")
    assert "CIDEr-D .213, +" in files["README.md"].decode()


def test_costs_stand_on_the_page_and_in_the_table(root: Path, make_run: MakeRun) -> None:
    run = make_run(captions(3))
    stored = json.loads((run / "record.json").read_text())
    stored["stages"][0]["costs"] = {"peak_ram_bytes": 3 * 2**30, "peak_gpu_bytes": None}
    stored["costs"] = {"audio_seconds": 100.0, "real_time_factor": 0.015}
    (run / "record.json").write_text(json.dumps(stored))
    put(root, run)
    row = assemble(root).views[0].rows[0]
    assert row.peak_memory == (3 * 2**30, None) and row.real_time_factor == 0.015
    shown = dict(panel(row_view(row, []), [], [])["facts"])
    assert shown["most memory"] == "3.0 GiB of RAM" and shown["decoding takes"] == "0.015 s a second of audio"
    (line,) = [one for one in csv.DictReader(io.StringIO(csv_table(assemble(root).views))) if one["source"] == "system"]
    assert line["peak_ram_bytes"] == str(3 * 2**30) and line["peak_gpu_bytes"] == ""
    assert line["real_time_factor"] == "0.015000"


def test_a_metric_that_one_seed_lacks_is_shown_for_none(root: Path, make_run: MakeRun) -> None:
    filled(root, make_run)
    path = root / "results/toy/at-cnn/cnn10+scratch-seed1.json"
    stored = json.loads(path.read_text())
    del stored["scores"]["cider_d"]
    path.write_text(json.dumps(stored))
    rows = {row.key[1]: row for row in assemble(root).views[0].rows}
    assert rows["cnn10+scratch"].score("cider_d") is None
    assert rows["cnn10+scratch"].rank is None
    assert rows["cnn10+scratch"].score("rouge_l") is not None
    assert rows["crnn5+scratch"].rank == 1


def test_a_score_of_another_signature_does_not_count(root: Path, make_run: MakeRun) -> None:
    filled(root, make_run)
    path = root / "results/toy/at-cnn/cnn10+scratch-seed0.json"
    stored = json.loads(path.read_text())
    stored["scores"]["cider_d"]["signature"]["engine"] = "reference"
    path.write_text(json.dumps(stored))
    rows = {row.key[1]: row for row in assemble(root).views[0].rows}
    assert rows["cnn10+scratch"].score("cider_d") is None


class Scripts(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.scripts.append(dict(attrs))
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_captions_cannot_add_scripts_or_handlers(root: Path, make_run: MakeRun) -> None:
    hostile = '</script><script src=//evil></script>" onload=alert(1) <!-- <script>'
    put(root, make_run(captions(18, hostile)))
    files = build(root).files
    found = Scripts()
    found.feed(files["index.html"].decode())
    assert [script.get("type") for script in found.scripts] == ["application/json", "application/json", None]
    assert found.handlers == []
    assert "evil" not in files["README.md"].decode()


def test_the_committed_page_asks_for_nothing_from_elsewhere() -> None:
    text = (REAL / "index.html").read_text()
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", text) == []
    assert "@import" not in text and "url(" not in text


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028", "&amp;", '"', "\ud800"])
def test_script_data_reads_back_and_holds_no_markup(text: str) -> None:
    written = str(script_json([text]))
    assert json.loads(written) == [text]
    assert not set(written) & {"<", ">", "&", "\u2028"}


def test_markdown_is_escaped() -> None:
    assert escape("a|b `c` [d](e) <f>\n# g") == "a\\|b \\`c\\` \\[d\\]\\(e\\) &lt;f&gt; \\# g"


def test_reproduction_needs_the_same_data(board: Board) -> None:
    row = ReportedRow("p", "", "1", "Clotho v1", "evaluation", "s", "v", "XE", "m", "one", "", {"cider_d": 0.4})
    near = ReportedRow("p", "", "1", "AudioCaps", "test", "s", "v", "XE", "m", "one", "", {"cider_d": 0.6})
    found = reproduction(board, "m", "one", {"cider_d": 0.41}, [near, row])
    assert found is not None and found.difference == pytest.approx(0.01) and found.within
    far = reproduction(board, "m", "one", {"cider_d": 0.5}, [row])
    assert far is not None and far.within is False
    assert reproduction(board, "m", "one", {"cider_d": 0.6}, [near]) is None
    assert reproduction(board, "m", "two", {}, [row]) is None


def test_the_real_board_is_well_formed() -> None:
    assert build(REAL).problems == ()
    assert {"soundscapes", "clotho-v1", "clotho-v2.1", "audiocaps"} <= set(boards.load(REAL))


def test_the_weights_of_an_ensemble_are_those_of_its_members() -> None:
    with (REAL / "leaderboard.csv").open(encoding="utf-8") as file:
        rows = {(row["method"], row["variant"]): row["parameters"] for row in csv.DictReader(file)}
    one, two = (int(rows["sjtu2022", name]) for name in ("trm2+scst", "2trm2+scst"))
    assert two == 2 * one
