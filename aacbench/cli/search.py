"""`aacbench search`."""

from __future__ import annotations

from pathlib import Path

import click

from aacbench.cli.options import cache_limit_option
from aacbench.cli.paths import UserPath


@click.command()
@click.argument("text")
@click.option("--run", "run_folder", required=True, type=UserPath(), help="Folder of a retrieval run.")
@click.option("--folder", type=UserPath(), help="Search the audio below it; else the run's clips.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1), help="How many files to show.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@cache_limit_option
def search(text: str, run_folder: Path, folder: Path | None, top: int, device: str) -> None:
    """Find audio by TEXT with the system that RUN trained; one line a file: similarity and path, the best first.

    Embeddings are kept in the cache: only audio that was never searched with this run is heard. Files that cannot be
    read are named at the end; the others are ranked.
    """
    from aacbench.host import manager
    from aacbench.runs.record import RunRecord
    from aacbench.runs.reopen import open_retriever, stored_run
    from aacbench.runs.tasks.search import audio_below, evaluated
    from aacbench.runs.tasks.search import search as search_files

    registries = manager.load().registries
    stored_run(run_folder, registries, "retrieval")  # before a folder of audio is read
    stages = [stage.key for stage in RunRecord.load(run_folder / "record.json").stages]
    files, broken = (evaluated(run_folder), []) if folder is None else audio_below(folder)
    retriever = open_retriever(run_folder, registries, device)
    whole = len(files) + len(broken)
    hits, more = search_files(retriever, stages, text, files, top)
    broken = [*broken, *more]
    for hit in hits:
        click.echo(f"{hit.similarity:.4f}\t{hit.path}")
    if broken:
        click.echo(f"left out {len(broken)} of {whole} files, which cannot be read:", err=True)
    for complaint in broken:
        click.echo(f"  {complaint}", err=True)
