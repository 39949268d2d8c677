"""The model card of an exported run: what it is, how to use it, its scores with their signatures, what it was made of.

The head is YAML as the Hugging Face hub reads it: tags, and the scores as a `model-index`.
"""

from __future__ import annotations

from collections.abc import Iterator

from aacbench.contracts import MethodSpec, MethodTask
from aacbench.contracts.registry import Registries
from aacbench.runs.record import RunRecord
from aacbench.runtime.tables import Column, Table, Value, render
from aacbench.scoring.numbers import bounds, written
from aacbench.scoring.signatures import short, split_short

TAGS: dict[MethodTask, str] = {"captioning": "audio-captioning", "retrieval": "audio-text-retrieval"}
USES: dict[MethodTask, str] = {
    "captioning": "aacbench caption FILE.wav --run FOLDER\naacbench predict AUDIO -o predictions.csv --run FOLDER",
    "retrieval": 'aacbench search "a dog barks in the rain" --folder AUDIO --run FOLDER',
}


def model_card(record: RunRecord, spec: MethodSpec, registries: Registries, has_encoder: bool = False) -> str:
    """Return the card in Markdown; `has_encoder` says that a pretrained encoder lies beside it."""
    return "\n\n".join(_parts(record, spec, registries, has_encoder)) + "\n"


def _parts(record: RunRecord, spec: MethodSpec, registries: Registries, has_encoder: bool) -> Iterator[str]:
    task: MethodTask = "retrieval" if record.task == "retrieval" else "captioning"
    data = record.data
    yield f"---\n{_head(record, task)}---"
    yield f"# {record.method} {record.variant} on {data.name} {data.version}"
    yield f"{_sentence(spec.summary)} Trained with aacbench, preset {record.preset}, seed {record.seed}."
    if spec.paper or spec.url:
        yield f"Paper: {' '.join(filter(None, (spec.paper, spec.url)))}"
    yield f"## Use\n\n`FOLDER` is where the files of this page lie.\n\n```bash\n{USES[task]}\n```"
    if has_encoder:
        yield "Another run starts from its pretrained encoder: `aacbench run METHOD --pretrained FOLDER`."
    yield f"## Scores\n\nOn {data.clips['evaluation']:,} clips of the split {data.split}."
    yield _scores(record, registries)
    yield f"## Data\n\n{_data(record, registries)}"
    yield f"## Training\n\n{_stages(record)}"
    yield f"## Software\n\n{_software(record)}"


def _head(record: RunRecord, task: MethodTask) -> str:
    import yaml

    signatures = {name: short(score.signature) for name, score in record.scores.items()}
    results = {
        "task": {"type": TAGS[task]},
        "dataset": {"name": f"{record.data.name} {record.data.version}", "type": record.data.name},
        "metrics": [
            {"type": name, "value": score.value, "name": name, "args": {"signature": signatures[name]}}
            for name, score in record.scores.items()
        ],
    }
    head = {
        "library_name": "aacbench",
        "tags": ["aacbench", TAGS[task], record.method],
        "model-index": [{"name": f"{record.method} {record.variant}", "results": [results]}],
    }
    return str(yaml.safe_dump(head, sort_keys=False, allow_unicode=True))


def _scores(record: RunRecord, registries: Registries) -> str:
    bounded = bounds(registries.metrics)
    shared, own = split_short({name: score.signature for name, score in record.scores.items()})
    rows: list[list[Value]] = [
        [name, written(score.value, bounded.get(name)), own[name]] for name, score in record.scores.items()
    ]
    columns = [Column("metric"), Column("score", right=True), Column("signature")]
    notes = [f"All signatures have `{shared}`, too."] if shared else []
    return "\n\n".join([render(Table(columns, rows), "github"), *notes])


def _data(record: RunRecord, registries: Registries) -> str:
    data = record.data
    columns = [Column("part"), Column("clips", right=True), Column("fingerprint")]
    rows: list[list[Value]] = [
        [part, count, data.fingerprints.get(part, "")[:16]] for part, count in data.clips.items()
    ]
    licence = registries.datasets[data.name].licence if data.name in registries.datasets else ""
    words = [_sentence(f"Licence of {data.name}: {licence}")] if licence else []
    return "\n\n".join([render(Table(columns, rows), "github"), *words, *(f"- {note}" for note in data.notes)])


def _stages(record: RunRecord) -> str:
    columns = [Column("stage"), Column("seconds", right=True), Column("key")]
    rows: list[list[Value]] = [[stage.name, round(stage.seconds), stage.key[:16]] for stage in record.stages]
    return render(Table(columns, rows), "github") if rows else "Nothing is trained."


def _software(record: RunRecord) -> str:
    used = [f"{name} {version}" for name, version in record.libraries.items()]
    plugins = [
        f"It wants the plugin {name}{f' (`pip install {code.distribution}`)' if code.distribution else ''}."
        for name, code in record.plugins.items()
        if code.distribution != "aacbench"
    ]
    commit = f" Commit of the code: {record.commit}." if record.commit else ""
    return "\n\n".join([f"Made with {', '.join(used)}.{commit}", *plugins])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
