"""`aacbench localise`: does a word for a sound attend to the time when that sound is heard?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aacbench.cli.options import cache_limit_option
from aacbench.cli.paths import UserPath
from aacbench.cli.tables import show, table_options, write_out
from aacbench.errors import counted
from aacbench.runtime.tables import Column, Format, Table

if TYPE_CHECKING:
    from aacbench.analysis.localisation import Localisation


@click.command()
@click.argument("run", type=UserPath())
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every word.")
@click.option("--limit", type=click.IntRange(min=1), help="Look at the first N evaluation clips only.")
@click.option("--data-dir", type=UserPath(), help="Where the run's dataset lies.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@cache_limit_option
@table_options
def localise(
    run: Path,
    as_json: bool,
    limit: int | None,
    data_dir: Path | None,
    device: str,
    form: Format,
    output: Path | None,
) -> None:
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
    scored = score(clips, caption_attention(captioner, clips), dataset.event_words())
    if as_json:
        words = [{name: getattr(word, name) for name in word.__slots__} for word in scored.words]
        write_out(json.dumps({**scored.summary(), "scored": words}, indent=2), output)
    else:
        show(_table(scored, len(clips)), form, output)


def _table(scored: Localisation, looked_at: int) -> Table:
    summary = scored.summary()
    classes: dict[str, Any] = summary.pop("classes")  # type: ignore[assignment]
    columns = [Column("sound"), Column("words", right=True), Column("inside", form=".3f"), Column("chance", form=".3f")]
    rows = [[name, row["words"], row["mass"], row["chance"]] for name, row in [*classes.items(), ("all", summary)]]
    unheard = counted(summary["unheard_words"], "word")
    notes = [f"{summary['clips']} of {counted(looked_at, 'clip')}; {unheard} for a sound that is not in the clip"]
    if not summary["clips"]:
        notes.append("no caption has a word for a sound of its clip; a run trained for longer may say some")
    return Table(columns, rows, "share of attention inside the event", notes)
