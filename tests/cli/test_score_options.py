"""`aacbench score`: an option holds, or says that it does not; no output takes the place of an input."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from aacbench.cli import cli
from aacbench.errors import UserError

Score = Callable[..., Result]
LISTS = """caption,file_name_1,file_name_2,file_name_3,file_name_4,file_name_5
a dog,a.wav,b.wav,c.wav,d.wav,e.wav
a cat,a.wav,b.wav,c.wav,d.wav,e.wav
a cow,d.wav,e.wav,c.wav,a.wav,b.wav
"""
RELEVANT = "file_name,caption_1\na.wav,a dog\nb.wav,a cat\nc.wav,a cow\nd.wav,a car\n"


@pytest.fixture
def score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Score:
    """Call `aacbench score` beside captions, ranked lists and their references."""
    monkeypatch.chdir(tmp_path)
    Path("p.csv").write_text("file_name,caption_predicted\na.wav,a dog barks\nb.wav,rain falls\n")
    Path("r.csv").write_text("file_name,caption_1\na.wav,a dog barks\nb.wav,rain falls down\n")
    Path("lists.csv").write_text(LISTS)
    Path("relevant.csv").write_text(RELEVANT.replace("d.wav,a car\n", ""))
    return lambda *arguments: CliRunner().invoke(cli, ["score", *map(str, arguments)])


def test_metrics_are_added_up_in_any_case(score: Score) -> None:
    done = score("p.csv", "-r", "r.csv", "-m", "BLEU_1", "-m", "Rouge-L,bleu_1", "--json")
    assert [*json.loads(done.stdout)["scores"]] == ["bleu_1", "rouge_l"]
    with pytest.raises(UserError, match="Did you mean 'cider_d'"):
        raise score("p.csv", "-r", "r.csv", "-m", "CIDEr").exception or AssertionError


def test_one_metric_shows_its_whole_signature(score: Score) -> None:
    (line,) = score("p.csv", "-r", "r.csv", "-m", "rouge_l").stdout.splitlines()[1:]
    assert "rouge_l|v:1|beta:1.2|tok:ptb-3.4.1|engine:native|" in line


def test_words_are_counted_without_decimals(score: Score) -> None:
    done = score("p.csv", "-r", "r.csv", "-m", "length,vocabulary", "--format", "tsv")
    shown = {line.split("\t")[0]: line.split("\t")[1] for line in done.stdout.splitlines()}
    assert shown["length"] == "2.5" and shown["vocabulary"] == "5"


def test_ranked_lists_have_items_intervals_metrics_and_signatures(score: Score) -> None:
    arguments = ["lists.csv", "-r", "relevant.csv", "-m", "recall_at_1", "-m", "RECALL_AT_5", "--items", "items.csv"]
    done = score(*arguments, "--ci", "--resamples", "200", "--signatures", "--json", "out.json")
    assert done.exit_code == 0, done.output
    content = json.loads(Path("out.json").read_text())
    assert content["scores"] == {"recall_at_1": pytest.approx(1 / 3), "recall_at_5": 1.0}
    interval = content["intervals"]["recall_at_1"]
    assert interval["low"] == 0.0 and interval["high"] == 1.0 and interval["resamples"] == 200
    with Path("items.csv").open() as file:
        assert [(row["caption"], row["recall_at_1"]) for row in csv.DictReader(file)] == [
            ("a dog", "1.0"),
            ("a cat", "0.0"),
            ("a cow", "0.0"),
        ]
    assert "recall_at_1|v:1" in done.stdout and "95 % interval" in done.stdout
    assert "its width is zero, for all 3 clips score the same" in content["notes"][0]


def test_ranked_lists_in_part(score: Score) -> None:
    Path("relevant.csv").write_text(RELEVANT)
    with pytest.raises(UserError, match=r"1 of 4 captions of .* have no row"):
        raise score("lists.csv", "-r", "relevant.csv").exception or AssertionError
    done = score("lists.csv", "-r", "relevant.csv", "--partial", "--json")
    assert json.loads(done.stdout)["items"] == 3
    assert "1 caption without a row in lists.csv left out: 'a car'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lists.csv", "-r", "relevant.csv", "--engine", "native"], "--engine: not for ranked lists"),
        (["lists.csv", "-r", "relevant.csv", "--columns", "name=a"], "--columns: not for ranked lists"),
        (["p.csv", "-r", "r.csv", "--resamples", "200"], "--resamples: only with --ci"),
        (["p.csv", "-r", "r.csv", "--seed", "2"], "--seed: only with --ci"),
        (["p.csv", "-r", "r.csv", "--explain", "a.wav", "--ci"], "--ci: not with --explain"),
        (["p.csv", "-r", "r.csv", "--json", "--format", "html"], "--format: --json prints already"),
        (["p.csv", "-r", "r.csv", "--one-target"], "--one-target: only for ranked lists"),
        (["lists.csv"], "Missing option '--references'"),
    ],
)
def test_an_option_that_cannot_hold_is_refused(arguments: list[str], message: str, score: Score) -> None:
    arguments = ["score", *arguments]
    with pytest.raises(click.UsageError, match=message):
        cli.main(arguments, standalone_mode=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lists.csv", "-r", "relevant.csv", "--set", "a.b=1"], "--set a.b=1: the metric 'a' is not computed"),
        (["p.csv"], "p.csv has no references; wanted columns caption_1"),
    ],
)
def test_what_is_not_there_is_named(arguments: list[str], message: str, score: Score) -> None:
    with pytest.raises(UserError, match=message):
        raise score(*arguments).exception or AssertionError


@pytest.mark.parametrize("resamples", ["0", "99", "-5"])
def test_an_interval_wants_resamples(resamples: str, score: Score) -> None:
    with pytest.raises(UserError, match=f"at least 100 resamples; got {resamples}"):
        raise score("p.csv", "-r", "r.csv", "-m", "bleu", "--ci", "--resamples", resamples).exception or AssertionError


def test_the_interval_of_one_clip_says_that_it_is_none(score: Score) -> None:
    for name in ("p.csv", "r.csv"):
        Path(name).write_text("\n".join(Path(name).read_text().splitlines()[:2]) + "\n")
    done = score("p.csv", "-r", "r.csv", "-m", "rouge_l", "--ci")
    assert "no interval has been measured for rouge_l: its width is zero, for one clip can only be drawn" in done.stdout


def test_an_explanation_as_json(score: Score) -> None:
    content = json.loads(score("p.csv", "-r", "r.csv", "--explain", "b.wav", "--json").stdout)
    assert content["file_name"] == "b.wav" and content["candidate"]["caption"] == "rain falls"
    assert {"words": ["rain"], "matched": True} in content["candidate"]["tuples"]
    assert 0 < content["spice"] <= 1


@pytest.mark.parametrize("option", ["--items", "--json", "--output"])
@pytest.mark.parametrize("path", ["p.csv", "./r.csv", "link.csv", "other/../p.csv"])
def test_no_output_takes_the_place_of_an_input(option: str, path: str, score: Score) -> None:
    Path("link.csv").symlink_to("p.csv")
    Path("other").mkdir()
    before = [Path(name).read_bytes() for name in ("p.csv", "r.csv")]
    with pytest.raises(UserError, match=f"{option} .*, which is read; name another file"):
        raise score("p.csv", "-r", "r.csv", "-m", "bleu", option, path).exception or AssertionError
    assert [Path(name).read_bytes() for name in ("p.csv", "r.csv")] == before


def test_no_output_takes_the_place_of_another(score: Score) -> None:
    with pytest.raises(UserError, match="is the file of --items, which is written, too"):
        raise score("p.csv", "-r", "r.csv", "--items", "x", "--json", "./x").exception or AssertionError
