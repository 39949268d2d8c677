"""`aacbench localise`: does a word for a sound attend to the time when that sound is heard?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aacbench.analysis.localisation import Localisation


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every word.")
@click.option("--limit", type=click.IntRange(min=1), help="Look at the first N evaluation clips only.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the run's dataset lies.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
def localise(run: Path, as_json: bool, limit: int | None, data_dir: Path | None, device: str) -> None:
    """Score where RUN's attention lies when its captions name a sound: the share inside the sound's event.

    The run's dataset must know when its events are heard, as soundscapes does. Chance is what even attention scores.
    """
    from aacbench.analysis.localisation import localise as score
    from aacbench.analysis.plots.source import dataset_of, network_of
    from aacbench.contracts import EventVocabulary
    from aacbench.errors import UserError
    from aacbench.host import manager
    from aacbench.inference.attention import caption_attention

    registries = manager.load().registries
    captioner = network_of(run, registries, device)
    dataset = dataset_of(run, registries, data_dir)
    if not isinstance(dataset, EventVocabulary):
        raise UserError(f"{dataset.name} does not say when which sound is heard; choose a run on soundscapes")
    clips = dataset.clips("evaluation")[:limit]
    found = score(clips, caption_attention(captioner, clips), dataset.event_words())
    if as_json:
        words = [{name: getattr(word, name) for name in word.__slots__} for word in found.words]
        click.echo(json.dumps({**found.summary(), "scored": words}, indent=2))
    else:
        _show(found)


def _show(found: Localisation) -> None:
    from rich.console import Console
    from rich.table import Table

    summary = found.summary()
    classes: dict[str, Any] = summary.pop("classes")  # type: ignore[assignment]
    table = Table()
    for name in ("sound", "words", "inside", "chance"):
        table.add_column(name, justify="left" if name == "sound" else "right")
    for name, row in [*classes.items(), ("all", summary)]:
        shares = ("-" if row[key] is None else f"{row[key]:.3f}" for key in ("mass", "chance"))
        table.add_row(name, str(row["words"]), *shares)
    console = Console()
    console.print("share of attention inside the event")
    console.print(table)
    console.print(f"{summary['clips']} clips; {summary['unheard_words']} words name a sound that is not in their clip")
    if not summary["clips"]:
        console.print(
            "no caption has a word for a sound of its clip; a run trained for longer may say some", soft_wrap=True
        )
