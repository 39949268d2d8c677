"""The Java that the reference engine runs on, and how its work is shared out over this machine.

Sizes are bytes.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

from aacbench.runtime.java import LOCALE
from aacbench.runtime.java import find_java as find_runtime

OPENED = ("java.lang", "java.math", "java.util", "java.util.concurrent", "java.net", "java.text")
"""Packages that the jar's cache serialiser reaches into; closed to it since Java 9's modules."""

GIB = 2**30
HEAP_WANTED, HEAP_MOST = 3 * GIB, 8 * GIB
MEMORY_SHARE = 0.6
ITEMS_A_PROCESS = 150  # fewer are not worth loading the models for
HINT = "the native engine (--engine native) needs no Java"


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime: its command and its major version (8 for "1.8")."""

    command: str
    major: int

    def options(self, heap: int) -> list[str]:
        """Return the options for a heap of `heap` bytes, with the doors that this version shuts set open."""
        opened = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED] if self.major >= 9 else []
        return [f"-Xmx{heap // 2**20}m", *LOCALE, *opened]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the work is shared out: Java processes, the heap of each in bytes, parser threads in each."""

    processes: int
    heap: int
    threads: int


def find_java() -> Java:
    """Return the Java of JAVA_HOME, else of the PATH.

    Raises:
        UserError: there is none, it does not run, or it is older than version 8.
    """
    runtime = find_runtime("SPICE's reference engine", HINT)
    return Java(runtime.command, runtime.major)


def memory() -> int:
    """Return the bytes of memory that this machine, or the container, has."""
    try:
        installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows
        return 8 * GIB
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="utf-8").strip()
    except OSError:
        return installed
    return min(installed, int(limit)) if limit.isdigit() else installed


def make_plan(items: int, cores: int, memory: int, processes: int | None = None) -> Plan:
    """Share the machine out: a process per core while each gets its heap and has items enough."""
    usable = int(memory * MEMORY_SHARE)
    wanted = processes or min(cores, usable // HEAP_WANTED, math.ceil(items / ITEMS_A_PROCESS))
    count = max(1, min(wanted, items))
    return Plan(count, min(HEAP_MOST, usable // count), max(1, cores // count))
