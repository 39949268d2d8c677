"""One process that renders clips: reads a job as JSON from standard input, prints the index of each clip it
wrote.

It ends by itself when the process that started it is gone, for then its standard output is closed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from aacbench.datasets.soundscapes.generate import write_clip
from aacbench.datasets.soundscapes.settings import SoundscapesSettings


def main() -> None:
    """Render the clips of one job."""
    settings, folder, split, indices = json.load(sys.stdin)
    for index in indices:
        write_clip(SoundscapesSettings(**settings), Path(folder), split, index)
        print(index, flush=True)


if __name__ == "__main__":
    main()
