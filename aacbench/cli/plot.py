"""`aacbench plot`: pictures of what a run did."""

from __future__ import annotations

from pathlib import Path

import click

from aacbench.cli.options import cache_limit_option
from aacbench.cli.paths import OutputFile, UserPath


@click.group()
def plot() -> None:
    """Draw what a run did."""


@plot.command()
@click.argument("run", type=UserPath())
@click.argument("clip")
@click.option("--output", type=OutputFile(), help="A .png or .svg; by default a .png in the run's folder.")
@click.option("--waveform", is_flag=True, help="Draw the waveform on top.")
@click.option("--words", help="One strip each of these words of the caption, separated by commas.")
@click.option("--data-dir", type=UserPath(), help="Where the run's dataset lies.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@cache_limit_option
def attention(
    run: Path,
    clip: str,
    output: Path | None,
    waveform: bool,
    words: str | None,
    data_dir: Path | None,
    device: str,
) -> None:
    """Draw what each word of CLIP's caption attended to, by the system that RUN trained.

    CLIP is a clip of the run's dataset, or the path of an audio file.
    """
    from aacbench.analysis.plots.attention import check_picture, draw_attention
    from aacbench.analysis.plots.source import dataset_of, find_clip, network_of
    from aacbench.host import manager
    from aacbench.inference.attention import caption_attention
    from aacbench.types import Clip

    picture = output or run / f"attention-{Path(clip).stem}.png"
    check_picture(picture)
    registries = manager.load().registries
    captioner = network_of(run, registries, device)
    path = Path(clip)
    chosen = Clip(path.name, path) if path.is_file() else find_clip(dataset_of(run, registries, data_dir), clip)
    (drawn,) = caption_attention(captioner, [chosen])
    listed = [word.strip() for word in words.split(",")] if words else None
    draw_attention(chosen, drawn, picture, waveform, listed, captioner.model.features)
    click.echo(f"{drawn.caption}\n{picture}")
