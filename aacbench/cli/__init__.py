"""The command line. Each command is a module of its own, imported when it is called, so that help is instant."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

import click

from aacbench.cli.frame import framed, refuse_repeated
from aacbench.errors import AacbenchError, disk_error, unknown_name
from aacbench.runtime.exit import LOST, fail, lost
from aacbench.runtime.renamed import show_renamed
from aacbench.version import __version__

COMMANDS = {
    "run": ("run", "Train, decode and score a method on a dataset."),
    "sweep": ("sweep", "Run what is missing of methods x variants x datasets x seeds, here or on a Ray cluster."),
    "score": ("score", "Score a predictions file against references."),
    "compare": ("compare", "Compare two runs or prediction files, with significance."),
    "table": ("table", "Write the table of a paper from runs or files of predictions."),
    "metaeval": ("metaeval", "Compare metrics with people's choices between captions."),
    "caption": ("caption", "Caption audio files with a finished run."),
    "predict": ("predict", "Caption files and folders of audio into a predictions file."),
    "export": ("export", "Write a finished run as a folder of its own, and send it to the hub."),
    "search": ("search", "Find audio by text with a finished retrieval run."),
    "plot": ("plot", "Draw what each word of a run's caption attended to."),
    "localise": ("localise", "Score whether words for sounds attend to their events."),
    "tag": ("tag", "Print the likeliest tags of audio files, from a published encoder."),
    "topics": ("topics", "Count local and global words of captions, and a system's recall of them."),
    "list": ("listing", "List methods, datasets, encoders, decoders, pretraining and metrics."),
    "show": ("show", "Show a part: its settings with their values, its paper, variants and requirements."),
    "plugins": ("listing", "List the installed plugins, broken ones with their reason."),
    "new-plugin": ("new_plugin", "Write a small, complete plugin package to start from."),
    "leaderboard": ("leaderboard", "Add runs to the leaderboard, verify and build it."),
    "dcase": ("dcase", "Pack systems for the DCASE challenge, and check such a package."),
    "fetch": ("fetch", "Download a dataset or published weights, verified by checksum."),
    "data": ("data", "Look at a dataset, or write it into tar shards."),
    "completion": ("completion", "Print what makes a shell complete commands, options and names."),
    "doctor": ("doctor", "Show Java, caches, weights, GPU and plugins at a glance."),
}


class LazyGroup(click.Group):
    """Imports a command's module when the command is called; help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command; None where the name is unknown."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"aacbench.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, {"list": "list_"}.get(cmd_name, cmd_name.replace("-", "_")))
        return framed(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, naming near matches of an unknown one; no option of it is given twice."""
        if args and args[0] not in COMMANDS:
            raise unknown_name("command", args[0], COMMANDS)
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            refuse_repeated(command, rest, ctx)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aacbench")
def cli() -> None:
    """Train, decode, score and rank automated audio captioning systems."""


def main() -> None:
    """Run the command line: exit code 2 for a user's mistake, 1 for a failure, one clear line for either."""
    show_renamed()
    guarded(lambda: cli.main(standalone_mode=False))


def guarded(work: Callable[[], object]) -> NoReturn:
    """Do `work`, the number it returns being the exit code, and end; what it raises ends it as `main` says."""
    try:
        code = work()
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        fail(_misused(error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        fail("stopped; the same command goes on from here", 130)
    except AacbenchError as error:
        fail(str(error), error.exit_code)
    except OSError as error:
        failure = disk_error(error)
        fail(str(failure), failure.exit_code)
    except Exception as error:
        if lost(error):
            fail("", LOST)
        fail(_unexpected(error), 1)
    sys.exit(code if isinstance(code, int) else 0)


def _misused(error: click.ClickException) -> str:
    """Return one line for options and arguments that do not fit, naming the help that lists them."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    said = " ".join(error.format_message().split()).rstrip(".")
    return f"{said}; see {context.command_path if context else 'aacbench'} --help"


def _unexpected(error: Exception) -> str:
    """Return one line for a failure nobody foresaw, and keep its traceback where it can be looked up."""
    import traceback

    from aacbench.files.cache_dir import cache

    said = f"unexpected {type(error).__name__}: {' '.join(str(error).split())[:300]}"
    try:
        path = cache("failures") / "last.txt"
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except (OSError, AacbenchError):  # the disk may be the reason for it all
        return said
    return f"{said} (traceback in {path})"
