"""A sweep's file: what it may say, what it becomes, and the one line for each thing that does not fit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.runs.settings import assignments
from aacbench.sweep.names import check_names
from aacbench.sweep.plan import Planned, plan, texts
from aacbench.sweep.settings import read_sweep


def write(folder: Path, text: str) -> Path:
    path = folder / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return path


def planned(folder: Path, text: str, registries: Registries) -> list[Planned]:
    path = write(folder, text)
    sweep = read_sweep(path)
    check_names(path, sweep, registries)
    return plan(path, sweep, registries)


GRID = '[[runs]]\nmethods = "rlssr"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "wants a [[runs]] with methods"),
        ("a = [", "is no TOML: "),
        ("runs = []", "runs: a sweep wants at least one [[runs]] with methods"),
        ("runs = 3", "[[runs]] 1: wants a table of keys; came 3"),
        ("[[runs]]\nseeds = 1", "[[runs]] 1 wants methods, such as methods = ['rlssr']"),
        (GRID + '[[runs]]\nmethod = "rlssr"', "[[runs]] 2: unknown key 'method'. Did you mean 'methods'"),
        ('out = "x"\n' + GRID, "sweep.toml: unknown key 'out'. Did you mean 'output'"),
        ("[resources]\ngpu = 1\n" + GRID, "unknown key 'gpu'. Did you mean 'gpus'"),
        ("[resources]\ngpus = 1.5\n" + GRID, "resources.gpus: a run gets whole GPUs, or a part of one; came 1.5"),
        ("[resources]\ncpus = 0\n" + GRID, "resources.cpus: input should be greater than or equal to 1; came 0"),
        ("[resources]\ncpus = true\n" + GRID, "resources.cpus: input should be a valid integer; came True"),
        (GRID + "seeds = [1, -1]", "[[runs]] 1, seeds: input should be greater than or equal to 0; came -1"),
        (GRID + "seeds = []", "[[runs]] 1, seeds: "),
        (GRID + f"seeds = {2**63}", "seeds: input should be less than 9223372036854775808"),
        (GRID + "settings = 3", "[[runs]] 1, settings: wants a table of keys; came 3"),
        ("output = 3\n" + GRID, "sweep.toml, output: "),
    ],
)
def test_what_a_file_may_not_say(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError) as error:
        read_sweep(path)
    assert str(path) in str(error.value)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('methods = "rlsr"', "[[runs]] 1, methods: unknown method 'rlsr'. Did you mean 'rlssr'"),
        ('methods = "rlssr"\nvariants = "bas"', "[[runs]] 1, variants: unknown variant of rlssr 'bas'. Did you mean"),
        ('methods = "rlssr"\npreset = "fast"', "[[runs]] 1, preset: unknown preset of rlssr 'fast'"),
        ('methods = "floor"\ndatasets = "soundscape"', "datasets: unknown dataset 'soundscape'. Did you mean"),
        ('methods = "floor"\ndataset_settings.sede = 1', "dataset_settings: unknown setting of soundscapes 'sede'"),
        ('methods = "floor"\ndataset_version = "v1"', "dataset_version: unknown version of soundscapes 'v1'"),
        ('methods = "floor"\nmetrics = "ciderd"', "metrics: unknown metric 'ciderd'"),
        ('methods = "seq2seq"\nencoders = "crn5"', "encoders: unknown encoder 'crn5'. Did you mean 'crnn5'"),
        ('methods = "seq2seq"\npretraining = "tags"', "pretraining: unknown pretraining 'tags'"),
        ('methods = "seq2seq"\nvariants = "cnn10"', "[[runs]] 1: a variant of seq2seq is encoder+decoder"),
        ('methods = "rlssr"\nencoders = "cnn10"', "[[runs]] 1: the method rlssr takes no --encoder"),
        ('methods = "rlssr"\nsettings.search.beem_size = 2', "unknown setting 'search.beem_size'. Did you mean"),
        ('methods = "rlssr"\nsettings.search.beam_size = 0', "search.beam_size cannot be 0"),
        ('methods = "ensemble"\nmembers = ["runs/a", "runs/b"]', "no record at runs/a/record.json"),
        ('methods = "floor"\ndatasets = "clotho"\ndata_dir = "nowhere"', "[[runs]] 1, datasets: "),
    ],
)
def test_names_and_settings_that_do_not_fit(tmp_path: Path, installed: Registries, text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        planned(tmp_path, f"[[runs]]\n{text}\n", installed)
    assert str(error.value).startswith(str(tmp_path / "sweep.toml"))
    assert message in str(error.value)


def test_a_grid_is_every_combination_with_seeds_fastest(tmp_path: Path, installed: Registries) -> None:
    text = (
        'output = "out"\n[[runs]]\nmethods = "rlssr"\nvariants = "all"\nseeds = [3, 4]\npreset = "smoke"\n'
        'metrics = ["bleu", "cider_d"]\n[runs.settings]\nsearch.beam_size = 2\n'
        '[[runs]]\nmethods = ["floor", "nearest"]\n[runs.dataset_settings]\nseed = 7\n'
    )
    runs = planned(tmp_path, text, installed)
    variants = [variant.name for variant in installed.methods["rlssr"].variants]
    grid = [f"soundscapes/rlssr/{variant}/seed{seed}-smoke" for variant in variants for seed in (3, 4)]
    assert [run.name for run in runs[:-2]] == grid
    assert all(run.settings is not None and run.settings["search"]["beam_size"] == 2 for run in runs[:-2])
    assert runs[1].folder == Path("out") / grid[1]
    said = ["--method=rlssr", "--dataset=soundscapes", f"--variant={variants[0]}", "--preset=smoke", "--seed=4"]
    said += ["--metrics=bleu,cider_d", "--output=out", "--device=auto", "--set=search.beam_size=2"]
    assert runs[1].command() == ("run", *said)
    assert runs[-1].name.startswith("soundscapes-")  # the dataset's settings tell it apart
    assert runs[-1].command(3)[-2:] == ("--processes=3", "--dataset-set=seed=7")


def test_parts_make_combinations(tmp_path: Path, installed: Registries) -> None:
    text = '[[runs]]\nmethods = "seq2seq"\nencoders = ["cnn10", "crnn5"]\ndecoders = "gru-attention"\n'
    runs = planned(tmp_path, text + 'pretraining = ["none", "audio-tagging"]\n', installed)
    names = [name + more for name in ("cnn10", "crnn5") for more in ("+gru-attention", "+gru-attention+audio-tagging")]
    assert [run.variant for run in runs] == names
    assert "--set=pretraining=null" in runs[0].command()


def test_what_is_asked_for_twice_is_one_run_or_a_mistake(tmp_path: Path, installed: Registries) -> None:
    twice = '[[runs]]\nmethods = "rlssr"\nseeds = [0, 1]\n[[runs]]\nmethods = "rlssr"\nvariants = ["base+pann+l1"]\n'
    first = installed.methods["rlssr"].variants[0].name
    assert len(planned(tmp_path, twice.replace("base+pann+l1", first), installed)) == 2
    other = f'{GRID}[[runs]]\nmethods = "rlssr"\nsettings.search.beam_size = 2\n'
    with pytest.raises(
        UserError, match=r"\[\[runs\]\] 2: asks for soundscapes/rlssr/.*/seed0 with other settings than"
    ):
        planned(tmp_path, other, installed)
    assert len(planned(tmp_path, other + 'output = "wider"\n', installed)) == 2


def test_an_ensemble_waits_for_members_of_the_same_sweep(tmp_path: Path, installed: Registries) -> None:
    members = ["runs/soundscapes/rlssr/base/seed0", "./runs/soundscapes/rlssr/base/seed1"]
    text = f'[[runs]]\nmethods = "ensemble"\nmembers = {members}\n[[runs]]\nmethods = "rlssr"\nvariants = "base"\n'
    *runs, ensemble = planned(tmp_path, text + "seeds = [0, 1]\n", installed)
    assert ensemble.after == tuple(run.folder for run in runs)
    assert (ensemble.folder, ensemble.request.method) == (None, "ensemble")
    assert f"--set=members={json.dumps(members)}" in ensemble.command()


KEYS = st.from_regex("[a-z_]{1,8}", fullmatch=True)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(KEYS, PLAIN, min_size=1, max_size=3)


@given(st.dictionaries(KEYS, VALUES, max_size=3))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example({"a": "none", "b": {"c": "true", "d": "1"}})
def test_settings_survive_the_command_line(nested: dict[str, object]) -> None:
    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        return None if value == "none" else value

    assert assignments(texts(nested)) == plain(nested)


def test_a_file_is_checked_without_torch(tmp_path: Path) -> None:
    path = write(tmp_path, GRID + 'variants = "all"\nseeds = [0, 1]\n[[runs]]\nmethods = "nearest"\n')
    code = (
        "import sys; from aacbench.cli import cli\n"
        "cli(['sweep', *sys.argv[1:], '--dry-run'], standalone_mode=False)\n"
        "sys.exit(len({'torch', 'transformers', 'ray', 'accelerate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "soundscapes/nearest/default/seed0" in done.stdout
    assert f"{len(done.stdout.splitlines()) - 2} runs: " in done.stdout


def test_more_runs_than_anybody_starts(tmp_path: Path, registries: Registries) -> None:
    text = GRID.replace("rlssr", "floor") + f"seeds = {[*range(10_001)]}"
    with pytest.raises(UserError, match=r"\[\[runs\]\] 1: more than 10,000 runs; write several sweeps"):
        planned(tmp_path, text, registries)
