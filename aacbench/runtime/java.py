"""The one way to Java: the runtime of JAVA_HOME, else of the PATH, with a language and an encoding of its own.

Java takes number formats and encodings from the machine's locale, so that METEOR's jar cannot read its own numbers
where commas are decimal. So every process here is started in American English and UTF-8, whatever the machine speaks.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError, cut

LOCALE = ("-Duser.language=en", "-Duser.country=US", "-Duser.variant=", "-Dfile.encoding=UTF-8")
LATE = "_JAVA_OPTIONS"  # Java reads these after its command line, so that they win over it
NOTICE = re.compile(r"(NOTE: )?Picked up \w*JAVA_(TOOL_)?OPTIONS", re.ASCII)  # said in passing, not a reason
SECONDS = 60  # to say its version


@dataclass(frozen=True, slots=True)
class JavaRuntime:
    """A Java that runs: its command, its major version (8 for "1.8") and the first line that it says of itself."""

    command: str
    major: int
    said: str


def java_command() -> str | None:
    """Return the path of `java` in JAVA_HOME, else on the PATH; None where there is none. Nothing is started."""
    home = os.environ.get("JAVA_HOME")
    own = shutil.which("java", path=str(Path(home).expanduser() / "bin")) if home else None
    return own or shutil.which("java")


def find_java(wanted_by: str, hint: str = "", oldest: int = 8) -> JavaRuntime:
    """Return the Java of this machine, asked for its version.

    Args:
        wanted_by: what needs it, the beginning of the message: "SPICE's reference engine".
        hint: what to do without Java, the message's end.
        oldest: the oldest major version that will do.

    Raises:
        UserError: there is none, it does not run, or it is too old.
    """
    end = f"; {hint}" if hint else ""
    command = java_command()
    if command is None:
        raise UserError(f"{wanted_by} needs Java, and there is none in JAVA_HOME or on the PATH{end}")
    try:
        answer = subprocess.run(
            [command, "-version"], capture_output=True, timeout=SECONDS, env=java_environment(), check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"{wanted_by} needs Java; {command} does not run ({cut(str(error))}){end}") from error
    said = (answer.stderr + b"\n" + answer.stdout).decode("utf-8", "replace")
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if answer.returncode or version is None:
        reason = java_reason(said) or f"it says nothing and ends with code {answer.returncode}"
        raise UserError(f"{wanted_by} needs Java; {command} does not run ({reason}){end}")
    if int(version[1]) < oldest:
        raise UserError(f"{wanted_by} needs Java {oldest} or newer; {command} is {version[1]}{end}")
    return JavaRuntime(command, int(version[1]), java_reason(said))


def java_environment() -> dict[str, str]:
    """Return the environment for a Java process: this one's, with `LOCALE` behind the options that Java reads last."""
    environment = dict(os.environ)
    if LATE in environment:
        environment[LATE] = " ".join([environment[LATE], *LOCALE])
    return environment


def java_reason(said: str) -> str:
    """Return the line of Java's standard error that says why; what it notes of its options in passing is none."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if not NOTICE.match(line)]
    return cut((telling or lines or [""])[0], 300)
