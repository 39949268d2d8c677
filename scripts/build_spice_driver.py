"""Compile aacbench/metrics/spice/java/SpiceDriver.java for Java 8 and newer, against pycocoevalcap's jars.

Needs a JDK of 9 to 19 (its javac still compiles for Java 8). Run after a change of the source:
python scripts/build_spice_driver.py
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "aacbench" / "metrics" / "spice" / "java"


def compile_driver(target: Path) -> None:
    """Write SpiceDriver.class into the folder `target`."""
    spec = importlib.util.find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pycocoevalcap is not installed")
    spice = Path(spec.submodule_search_locations[0], "spice")
    path = os.pathsep.join((str(spice / "spice-1.0.jar"), str(spice / "lib" / "*")))
    options = ["--release", "8", "-g:none", "-Xlint:-options", "-cp", path, "-d", str(target)]
    subprocess.run(["javac", *options, str(FOLDER / "SpiceDriver.java")], check=True)


if __name__ == "__main__":
    compile_driver(FOLDER)
