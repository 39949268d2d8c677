"""The dataset `wavcaps`: the JSON files of the four sources, audio the user's own, as files or in tar shards.

FreeSound's part holds clips of Clotho and of the DCASE evaluation sets, AudioSet's part clips of AudioCaps. So the
version `safe`, the default, leaves out what the published blacklists name; where none is there, both parts. The version
`all` takes everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared.captioned import OPTIONS, CaptionedClips, Entry, Publication, open_published
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.wavcaps.files import ANY, FOLDERS_OF_OTHERS, SOURCES, blacklisted, clips_of, recording
from aacbench.errors import unknown_name
from aacbench.files.audio_files import files_below

VERSIONS = ("safe", "all")
UNSAFE = ("as", "fsd")  # without the blacklist nobody can tell which of their clips are other datasets' test clips
LAYOUT = "<id>, Y<youtube id> of AudioSet, as .flac, .wav ..."


def open_dataset(options: DatasetOptions) -> CaptionedClips:
    """Return WavCaps as asked for; settings are `sources` (as,fsd,bbc,sb), and those of all such datasets.

    Raises:
        UserError: unknown version, setting or source, or no JSON files where they were looked for.
    """
    version = options.version or VERSIONS[0]
    if version not in VERSIONS:
        raise unknown_name("version of wavcaps", version, VERSIONS)
    settings = Settings("wavcaps", options.settings, (*OPTIONS, "sources"))
    asked = [name.strip() for name in (settings.text("sources") or ",".join(SOURCES)).split(",")]
    for name in asked:
        if name not in SOURCES:
            raise unknown_name("source of wavcaps", name, SOURCES)
    notes: list[str] = []
    files = tuple(f"{below}{name}_final.json" for name in SOURCES for below in ("", "json_files/*/", "*/"))
    others = [name for name in VERSIONS if name != version]
    known = Publication("wavcaps", "WavCaps", version, ("wavcaps", "WavCaps"), files, LAYOUT, others)
    return open_published(known, options, settings, lambda root: _entries(root, asked, version, notes), notes)


def _entries(root: Path, asked: list[str], version: str, notes: list[str]) -> Iterator[Entry]:
    listed = {path.name: path for path in files_below(root) if path.name.endswith(".json")}
    black = [path for name, path in listed.items() if name.startswith("blacklist")]
    banned = blacklisted(black) if version == "safe" else {}
    safe = version == "all" or bool(black)
    if not safe:
        left_out = ", ".join(SOURCES[name] for name in asked if name in UNSAFE)
        notes.append(f"no blacklist is there, so all of {left_out} is left out: it holds other datasets' test clips")
    count = 0
    for name in asked:
        path = listed.get(f"{name}_final.json")
        if path is None or not (safe or name not in UNSAFE):
            continue
        bad = banned.get(name, set()) | banned.get(ANY, set())
        for stem, caption in clips_of(path):
            if stem in bad:
                count += 1
            else:
                yield Entry(
                    f"{name}/{stem}", (caption,), recording(name, stem), _stems, elsewhere=FOLDERS_OF_OTHERS[name]
                )
    if count:
        notes.append(f"{count:,} clips of the evaluation sets of other datasets are left out, as the blacklist says")


def _stems(name: str) -> list[str]:
    return [name.partition("/")[2]]
