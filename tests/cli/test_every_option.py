"""Every option of every command holds: changing it changes what is printed, a file, or the error.

Commands of the leaderboard are tested beside it (tests/leaderboard/test_options.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import aacbench
from aacbench.cli import cli
from aacbench.host import manager
from aacbench.inference.tagger import tagging_weights
from aacbench.models.published import classes_path, weights_path

TESTS = Path(__file__).parents[1]
SCORE = "score p.csv -r r.csv -m rouge_l"
COMPARE = "compare p.csv q.csv -r r.csv -m rouge_l,bleu_1 --resamples 200"
TABLE = "table p.csv q.csv -r r.csv -m rouge_l"
META = "metaeval pairs.json -m rouge_l --resamples 100"
RUN = "run seq2seq --dry-run"
SWEEP = "sweep sweep.toml --dry-run"
CHECK = "data check csv-captions --data-dir own"
PACK = "data pack csv-captions --data-dir own --to shards"
DRAW = "plot attention heard --output drawn.svg"
PLOT = f"{DRAW} a.wav"
CASES: dict[str, dict[str, tuple[str, str]]] = {
    "run": {
        "--method": ("run --method floor --dry-run", "run --method human --dry-run"),
        "--config": (RUN, f"{RUN} --config run.toml"),
        "--dataset": (RUN, f"{RUN} -d clotho"),
        "--variant": ("run rlssr --dry-run", "run rlssr --dry-run --variant base"),
        "--encoder": (RUN, f"{RUN} --encoder crnn5"),
        "--decoder": (RUN, f"{RUN} --decoder gru-attention"),
        "--pretraining": (RUN, f"{RUN} --pretraining none"),
        "--pretrained": (RUN, f"{RUN} --pretrained panns-cnn10"),
        "--members": (RUN, f"{RUN} --members runs"),
        "--trust-remote-code": (RUN, f"{RUN} --trust-remote-code"),
        "--preset": (RUN, f"{RUN} --preset smoke"),
        "--seed": (RUN, f"{RUN} --seed 3"),
        "--set": (RUN, f"{RUN} --set search.beam_size=7"),
        "--data-dir": ("run floor -d clotho --dry-run", "run floor -d clotho --dry-run --data-dir elsewhere"),
        "--dataset-version": (RUN, f"{RUN} --dataset-version 9"),
        "--dataset-set": (RUN, f"{RUN} --dataset-set seed=4"),
        "--split": (RUN, f"{RUN} --split validation"),
        "--metrics": (RUN, f"{RUN} -m bleu"),
        "--metric-set": (RUN, f"{RUN} --metric-set bleu.order=2"),
        "--output": (RUN, f"{RUN} -o elsewhere"),
        "--resume": ("run floor --preset smoke -m rouge_l --dry-run", "run floor --preset smoke --dry-run --fresh"),
        "--device": (RUN, f"{RUN} --device cpu"),
        "--track": (RUN, f"{RUN} --track tensorboard"),
        "--track-set": (f"{RUN} --track wandb", f"{RUN} --track wandb --track-set wandb.project=x"),
        "--processes": (RUN, f"{RUN} --processes 2"),
        "--cache-limit": (RUN, f"{RUN} --cache-limit much"),
        "--energy": (RUN, f"{RUN} --energy"),
        "--dry-run": ("run floor -d clotho --dry-run", "run floor -d clotho"),
        "--format": (RUN, f"{RUN} --format html"),
    },
    "sweep": {
        "--jobs": (SWEEP, f"{SWEEP} --jobs 0"),
        "--ray": ("sweep away.toml --dry-run", "sweep away.toml --dry-run --ray local"),
        "--slurm": ("sweep away.toml --dry-run", "sweep away.toml --dry-run --slurm --ray local"),
        "--track": (SWEEP, f"{SWEEP} --track nonsense"),
        "--cache-limit": (SWEEP, f"{SWEEP} --cache-limit much"),
        "--dry-run": ("sweep away.toml --dry-run --ray local", "sweep away.toml"),
        "--replace": ("sweep other.toml --dry-run", "sweep other.toml --dry-run --replace"),
        "--format": (SWEEP, f"{SWEEP} --format json"),
    },
    "score": {
        "--references": (SCORE, "score p.csv -r q.csv -m rouge_l"),
        "--metrics": (SCORE, "score p.csv -r r.csv -m bleu"),
        "--engine": (SCORE, f"{SCORE} --engine neither"),
        "--json": (SCORE, f"{SCORE} --json"),
        "--items": (SCORE, f"{SCORE} --items items.csv"),
        "--ci": (SCORE, f"{SCORE} --ci"),
        "--resamples": (f"{SCORE} --ci", f"{SCORE} --ci --resamples 5"),
        "--seed": (f"{SCORE} --ci --resamples 101 --json", f"{SCORE} --ci --resamples 101 --seed 1 --json"),
        "--partial": ("score part.csv -r r.csv -m rouge_l", "score part.csv -r r.csv -m rouge_l --partial"),
        "--columns": (SCORE, f"{SCORE} --columns candidate=file_name"),
        "--audio": (SCORE, f"{SCORE} --audio nowhere"),
        "--cache-limit": (SCORE, f"{SCORE} --cache-limit much"),
        "--postprocess": (SCORE, f"{SCORE} --postprocess first-sentence"),
        "--one-target": (SCORE, f"{SCORE} --one-target"),
        "--set": (SCORE, f"{SCORE} --set rouge_l.beta=3"),
        "--signatures": ("score p.csv -r r.csv -m bleu", "score p.csv -r r.csv -m bleu --signatures"),
        "--explain": ("score p.csv -r r.csv -m rouge_l", "score p.csv -r r.csv --explain a.wav"),
        "--format": (SCORE, f"{SCORE} --format github"),
        "--output": (SCORE, f"{SCORE} -o table.txt"),
    },
    "compare": {
        "--references": (COMPARE, "compare p.csv q.csv -m rouge_l,bleu_1 --resamples 200"),
        "--metrics": (COMPARE, "compare p.csv q.csv -r r.csv -m rouge_l --resamples 200"),
        "--engine": (COMPARE, f"{COMPARE} --engine neither"),
        "--resamples": (COMPARE, "compare p.csv q.csv -r r.csv -m rouge_l,bleu_1 --resamples 500"),
        "--seed": (f"{COMPARE} --json", f"{COMPARE} --json --seed 9"),
        "--by": (f"{COMPARE} --by rouge_l", f"{COMPARE} --by bleu_1"),
        "--clips": (COMPARE, f"{COMPARE} --clips 1"),
        "--json": (COMPARE, f"{COMPARE} --json"),
        "--format": (COMPARE, f"{COMPARE} --format tsv"),
        "--output": (COMPARE, f"{COMPARE} -o table.txt"),
    },
    "table": {
        "--references": (TABLE, "table p.csv q.csv -m rouge_l"),
        "--metrics": (TABLE, "table p.csv q.csv -r r.csv -m bleu"),
        "--percent": (TABLE, f"{TABLE} --percent"),
        "--digits": (TABLE, f"{TABLE} --digits 5"),
        "--best": (TABLE, f"{TABLE} --best none"),
        "--ci": (TABLE, f"{TABLE} --ci"),
        "--resamples": (f"{TABLE} --ci --digits 9", f"{TABLE} --ci --digits 9 --resamples 101"),
        "--stars": (TABLE, f"{TABLE} --stars"),
        "--costs": (TABLE, f"{TABLE} --costs"),
        "--format": (TABLE, f"{TABLE} --format latex_booktabs"),
        "--output": (TABLE, f"{TABLE} -o table.tex"),
    },
    "metaeval": {
        "--metrics": (META, "metaeval pairs.json -m bleu_1 --resamples 100"),
        "--engine": (META, f"{META} --engine neither"),
        "--set": (META, f"{META} --set rouge_l.beta=none"),
        "--resamples": (META, "metaeval pairs.json -m rouge_l --resamples 99"),
        "--seed": (f"{META} --json", f"{META} --json --seed 9"),
        "--json": (META, f"{META} --json"),
        "--format": (META, f"{META} --format tsv"),
        "--output": (META, f"{META} -o table.txt"),
    },
    "caption": {
        "--run": ("caption p.csv --run floor", "caption p.csv --run nowhere"),
        "--device": ("caption a.wav --run floor", "caption a.wav --run floor --device abacus"),
        "--cache-limit": ("caption a.wav --run floor", "caption a.wav --run floor --cache-limit much"),
    },
    "predict": {
        "--run": ("predict p.csv --run floor", "predict p.csv --run nowhere"),
        "--output": ("predict a.wav --run floor", "predict a.wav --run floor -o said.csv"),
        "--device": ("predict a.wav --run floor", "predict a.wav --run floor --device abacus"),
        "--cache-limit": ("predict a.wav --run floor", "predict a.wav --run floor --cache-limit much"),
    },
    "export": {
        "--to": ("export floor --to out", "export floor --to p.csv"),
        "--push": ("export floor --to out", "export floor --to out --push me/floor"),
        "--private": ("export floor --to out", "export floor --to out --private"),
    },
    "topics": {
        "--references": ("topics p.csv", "topics p.csv -r r.csv"),
        "--dataset": ("topics p.csv", "topics p.csv -d clotho"),
        "--split": ("topics -d soundscapes", "topics -d soundscapes --split nonsense"),
        "--data-dir": ("topics -d clotho", "topics -d clotho --data-dir elsewhere"),
        "--dataset-version": ("topics -d clotho", "topics -d clotho --dataset-version v1"),
        "--top": ("topics r.csv", "topics r.csv --top 1"),
        "--json": ("topics p.csv", "topics p.csv --json"),
        "--format": ("topics p.csv", "topics p.csv --format tsv"),
        "--output": ("topics p.csv", "topics p.csv -o topics.txt"),
    },
    "list": {
        "--format": ("list metrics", "list metrics --format github"),
        "--output": ("list metrics", "list metrics -o list.txt"),
    },
    "show": {
        "--kind": ("show keywords", "show keywords --kind metric"),
        "--preset": ("show rlssr", "show rlssr --preset quick"),
        "--variant": ("show rlssr", "show rlssr --variant base"),
        "--format": ("show rouge_l", "show rouge_l --format json"),
        "--output": ("show rouge_l", "show rouge_l -o part.txt"),
    },
    "plugins": {
        "--format": ("plugins", "plugins --format json"),
        "--output": ("plugins", "plugins -o plugins.txt"),
    },
    "new-plugin": {
        "--kind": ("new-plugin mine", "new-plugin mine --kind metric"),
        "--output": ("new-plugin mine", "new-plugin mine --output below"),
    },
    "fetch": {
        "--version": ("fetch soundscapes", "fetch fense --version 3"),
        "--data-dir": ("fetch", "fetch clotho --data-dir p.csv"),
    },
    "data check": {
        "--data-dir": ("data check csv-captions", CHECK),
        "--dataset-version": (CHECK, f"{CHECK} --dataset-version 2"),
        "--dataset-set": (CHECK, f"{CHECK} --dataset-set evaluation=0.5"),
        "--json": (CHECK, f"{CHECK} --json"),
        "--format": (CHECK, f"{CHECK} --format github"),
        "--output": (CHECK, f"{CHECK} -o table.txt"),
    },
    "data pack": {
        "--data-dir": ("data pack csv-captions --to shards", PACK),
        "--dataset-version": (PACK, f"{PACK} --dataset-version 2"),
        "--dataset-set": (PACK, f"{PACK} --dataset-set evaluation=0.5"),
        "--to": (PACK, "data pack csv-captions --data-dir own --to elsewhere"),
        "--clips": (PACK, f"{PACK} --clips 1"),
    },
    "doctor": {
        "--quick": ("doctor", "doctor --quick"),
        "--format": ("doctor --quick", "doctor --quick --format json"),
        "--output": ("doctor --quick", "doctor --quick -o doctor.txt"),
    },
    "tag": {
        "--weights": ("tag a.wav", "tag a.wav --weights gpv-teacher1"),
        "--top": ("tag a.wav", "tag a.wav --top 2"),
        "--device": ("tag a.wav", "tag a.wav --device abacus"),
        "--cache-limit": ("tag a.wav", "tag a.wav --cache-limit much"),
    },
    "search": {
        "--run": ("search rain --run found", "search rain --run floor"),
        "--folder": ("search rain --run found", "search rain --run found --folder own"),
        "--top": ("search rain --run found", "search rain --run found --top 1"),
        "--device": ("search rain --run found", "search rain --run found --device abacus"),
        "--cache-limit": ("search rain --run found", "search rain --run found --cache-limit much"),
    },
    "localise": {
        "--json": ("localise heard", "localise heard --json"),
        "--limit": ("localise heard", "localise heard --limit 1"),
        "--data-dir": ("localise heard", "localise heard --data-dir own"),
        "--device": ("localise heard", "localise heard --device abacus"),
        "--cache-limit": ("localise heard", "localise heard --cache-limit much"),
        "--format": ("localise heard", "localise heard --format github"),
        "--output": ("localise heard", "localise heard -o table.txt"),
    },
    "plot attention": {
        "--output": (PLOT, "plot attention heard a.wav --output other.png"),
        "--waveform": (PLOT, f"{PLOT} --waveform"),
        "--words": (PLOT, f"{PLOT} --words nonsense"),
        "--data-dir": (f"{DRAW} evaluation-0001.wav", f"{DRAW} evaluation-0001.wav --data-dir own"),
        "--device": (PLOT, f"{PLOT} --device abacus"),
        "--cache-limit": (PLOT, f"{PLOT} --cache-limit much"),
    },
    "completion": {},
}
SLOW = ("localise", "plot attention", "search")  # what needs a trained network
BESIDE = ("leaderboard", "dcase")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def options(command: click.Command) -> list[str]:
    """Return the long spellings of a command's options, without those that every command has."""
    own = [one for one in command.params if isinstance(one, click.Option) and one.name not in ("verbose", "quiet")]
    return [next(spelling for spelling in one.opts if spelling.startswith("--")) for one in own]


def test_every_option_is_gone_through() -> None:
    for path, command in commands(cli):
        if path[0] not in BESIDE:
            assert [*CASES[" ".join(path)]] == options(command), path


def test_options_beside_stand_in_a_test() -> None:
    """Each is changed in tests/leaderboard/test_options.py, or stands in the tests of its command."""
    tests = TESTS / "leaderboard"
    tried = re.findall(
        r'^ *\("([a-z ]+)", "(--[a-z-]+)"', (tests / "test_options.py").read_text(encoding="utf-8"), re.M
    )
    texts = [path.read_text(encoding="utf-8") for path in tests.rglob("test_*.py") if path.name != "test_options.py"]
    for path, command in commands(cli):
        own = [text for text in texts if f'"{path[0]}"' in text and f'"{path[-1]}"' in text]
        for option in options(command) if path[0] in BESIDE else ():
            said = any(option in text or repr(option.removeprefix("--")) in text for text in own)
            assert (path[-1], option) in tried or said, (path, option)


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the floor, and one of its clips."""
    folder = tmp_path_factory.mktemp("floor")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AACBENCH_HOME", str(folder / "home"))
        return aacbench.run("floor", preset="smoke", metrics="rouge_l", output=folder / "runs", device="cpu").folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Finished runs of networks: one that attends to what it hears, one that finds it."""
    folder = tmp_path_factory.mktemp("trained")
    clips = {"preset": "tiny", "development": 8, "validation": 2, "evaluation": 3}
    short: dict[str, Any] = {"preset": "smoke", "dataset_settings": clips, "output": folder / "runs", "device": "cpu"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AACBENCH_HOME", str(folder / "home"))
        heard = aacbench.run("at-cnn", variant="cnn10+scratch", metrics="rouge_l", **short)
        found = aacbench.run("sjtu2022-retrieval", **short)
    return {"heard": heard.folder, "found": found.folder}


@pytest.fixture
def called(tmp_path: Path, floor: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a place for files, with a cache of its own that has the floor's clips."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    shutil.copytree(floor.parents[4] / "home/datasets", tmp_path / "home/datasets", copy_function=os.link)
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    return str(tmp_path)


@pytest.fixture
def yamnet(called: str, test_data: Path) -> None:
    """The weights of YAMNet where they would be fetched to."""
    spec = tagging_weights(manager.load().registries)["yamnet-tflite"][1]
    classes = classes_path(spec)
    assert classes is not None
    classes.parent.mkdir(parents=True)
    shutil.copyfile(test_data / "yamnet/yamnet.tflite", weights_path(spec))
    shutil.copyfile(test_data / "yamnet/yamnet_class_map.csv", classes)


def outcome(line: str, folder: Path, floor: Path, runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a command prints, how it ends, and the files that it leaves, in a folder of its own."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    captions = {"a": "a dog barks", "b": "rain falls on a roof", "c": "a man speaks"}
    (folder / "p.csv").write_text("file_name,caption_predicted\na.wav,a dog\nb.wav,rain falls\nc.wav,someone speaks\n")
    (folder / "q.csv").write_text(
        "file_name,caption_predicted\n" + "".join(f"{name}.wav,{text}\n" for name, text in captions.items())
    )
    (folder / "part.csv").write_text("file_name,caption_predicted\na.wav,a dog\n")
    (folder / "r.csv").write_text(
        "file_name,caption_1\n" + "".join(f"{name}.wav,{text} loudly in the rain\n" for name, text in captions.items())
    )
    said = ["a dog", "a dog barks", "rain", "a dog barks loudly in the rain", "a loud dog"]
    rated = [
        {"references": ["a dog barks loudly in the rain"], "caption": text, "rating": rating}
        for text, rating in zip(said, (2, 3, 1, 5, 4), strict=True)
    ]
    (folder / "pairs.json").write_text(json.dumps(rated))
    (folder / "run.toml").write_text("[search]\nbeam_size = 9\n")
    grid = "[[runs]]\nmethods = 'floor'\npreset = 'smoke'\n"
    (folder / "sweep.toml").write_text(grid)
    (folder / "away.toml").write_text(f"{grid}datasets = 'clotho'\n")
    (folder / "other.toml").write_text(f"output = 'other'\n{grid}")
    other = folder / "other" / floor.relative_to(floor.parents[3])
    other.mkdir(parents=True)
    (other / "run.json").write_text((floor / "run.json").read_text().replace('"smoke"', '"quick"'))
    (folder / "floor").symlink_to(floor)
    for name, run in runs.items():
        (folder / name).symlink_to(run)
    (folder / "runs").symlink_to(floor.parents[3])
    wav = next((floor.parents[4] / "home").rglob("evaluation-0001.wav"))
    (folder / "a.wav").write_bytes(wav.read_bytes())
    own = folder / "own"
    own.mkdir()
    for name in ("one", "two", "three", "four"):
        (own / f"{name}.wav").write_bytes(wav.read_bytes())
    rows = "".join(f"{path.name},a {path.stem} dog\n" for path in sorted(own.iterdir()))
    (own / "captions.csv").write_text(f"file_name,caption\n{rows}")
    before = {path for path in folder.rglob("*")}
    done = CliRunner().invoke(cli, line.split())
    files = sorted(path for path in folder.rglob("*") if path not in before and path.is_file())
    left = [(path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
    return repr((done.stdout, done.stderr, done.exit_code, str(done.exception), left))


def tried(slow: bool) -> list[tuple[str, str]]:
    """Return commands and options: those that need a trained network, or the others."""
    return [(command, option) for command, cases in CASES.items() for option in cases if (command in SLOW) is slow]


@pytest.mark.parametrize(("command", "option"), tried(slow=False))
def test_an_option_changes_something(
    command: str,
    option: str,
    called: str,
    floor: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    if command == "tag":
        request.getfixturevalue("yamnet")
    changes(command, option, called, floor, {}, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "option"), tried(slow=True))
def test_an_option_of_networks_changes_something(
    command: str, option: str, called: str, floor: Path, trained: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes(command, option, called, floor, trained, monkeypatch)


def changes(
    command: str, option: str, called: str, floor: Path, runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assert that a command with the option does something else than without, and that it repeats itself without."""
    plain, changed = CASES[command][option]
    first, second, again = (
        outcome(line, Path(called) / name, floor, runs, monkeypatch).replace(f"{called}/{name}", "")
        for name, line in (("one", plain), ("two", changed), ("three", plain))
    )
    assert first == again, f"`aacbench {plain}` does not repeat itself"
    assert first != second, f"`aacbench {changed}` does what `aacbench {plain}` does"
