"""The official Penn Treebank tokenizer, stanford-corenlp-3.4.1 on a Java machine: slow, exact, the yardstick.

Used by `--engine reference` and by the tests. One Java process tokenises all captions of a call.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from aacbench.errors import AacbenchError, UserError
from aacbench.runtime.java import LOCALE, java_command, java_environment, java_reason
from aacbench.text.ptb.captions import REMOVED, as_line

JAR_NAME = "stanford-corenlp-3.4.1.jar"


def official_jar() -> Path:
    """Return the tokenizer's jar, which the pycocoevalcap package carries.

    Raises:
        UserError: pycocoevalcap is not installed, or without its jar.
    """
    spec = find_spec("pycocoevalcap")
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or []:
        jar = Path(folder) / "tokenizer" / JAR_NAME
        if jar.is_file():
            return jar
    raise UserError(f"the reference tokenizer needs {JAR_NAME}: pip install pycocoevalcap==1.2")


def tokenize_captions(captions: Iterable[str]) -> list[str]:
    """Return the scoring tokens of each caption, joined by blanks, by the official jar (see `reference_tokenize`)."""
    return reference_tokenize(list(captions), official_jar())


def reference_tokenize(captions: Sequence[str], jar: Path, java: str | None = None) -> list[str]:
    """Return the scoring tokens of each caption, joined by blanks, as the official wrapper computes them.

    One difference keeps captions and lines together: every kind of line end inside a caption becomes a blank, not
    line feeds alone; and captions at the end that give no token are empty, where the wrapper leaves them out.

    Raises:
        UserError: there is no jar or no Java.
        AacbenchError: Java failed, or answered with another number of lines.
    """
    lines = [as_line(caption) for caption in captions]
    if not lines:
        return []
    answer = _run(lines, jar, java).split("\n")
    answer += [""] * (len(lines) - len(answer))  # the tokenizer leaves out empty lines at the end
    if len(answer) > len(lines):
        raise AacbenchError(f"the reference tokenizer gave {len(answer)} lines for {len(lines)} captions")
    return [" ".join(token for token in line.rstrip().split(" ") if token not in REMOVED) for line in answer]


def _run(lines: Sequence[str], jar: Path, java: str | None) -> str:
    """Return what the tokenizer's command line prints for a file of lines."""
    if not jar.is_file():
        raise UserError(f"the reference tokenizer needs {JAR_NAME}, but there is no file {jar}")
    with tempfile.TemporaryDirectory(prefix="aacbench-ptb-") as folder:
        captions = Path(folder) / "captions.txt"
        captions.write_bytes("\n".join(lines).encode("utf-8", "replace"))
        program = java or java_command() or "java"
        command = [program, *LOCALE, "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer"]
        try:
            options = ["-preserveLines", "-lowerCase", str(captions)]
            run = subprocess.run([*command, *options], capture_output=True, env=java_environment())
        except OSError as error:
            raise UserError(
                f"the reference tokenizer needs Java, but {program!r} cannot be run ({error.strerror}): "
                "install a Java runtime or use the native engine"
            ) from None
    if run.returncode != 0:
        reason = java_reason(run.stderr.decode(errors="replace"))
        raise AacbenchError(f"the reference tokenizer failed: {reason or 'no message'}")
    return run.stdout.decode("utf-8")
