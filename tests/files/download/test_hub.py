"""Models of the hub: from the cache without the network, refused in two seconds where they cannot be had."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.files.download import hub
from aacbench.files.download.hub import cached_folder, model_folder
from aacbench.files.download.revisions import KNOWN, pinned_commit, signed


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub's cache with one model, `who/what`, of the commit c0ffee."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "AACBENCH_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "aacbench"))
    model = tmp_path / "hub" / "models--who--what"
    (model / "snapshots" / "c0ffee").mkdir(parents=True)
    (model / "snapshots" / "c0ffee" / "config.json").write_text("{}")
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("c0ffee")
    return tmp_path


def test_what_is_cached_needs_no_network(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "local_only", lambda: pytest.fail("the network was asked"))
    assert model_folder("who/what", "model").name == "c0ffee"
    assert model_folder("who/what", "model", "c0ffee").name == "c0ffee"
    assert cached_folder("who/what", "other") is None and cached_folder("../x") is None
    assert model_folder(str(cache), "model") == cache


def test_a_hub_that_cannot_be_reached_is_one_line_at_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setattr("aacbench.files.download.network.known_unreachable", lambda url: "no address")
    begin = time.perf_counter()
    with pytest.raises(
        UserError, match=r"cannot load the model 'who/else' .* \(no address\), or set m\.model to a folder"
    ):
        model_folder("who/else", "model", setting="m.model")
    assert time.perf_counter() - begin < 2


def test_offline_asks_nobody(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "0")
    with pytest.raises(UserError, match=r"it is not in the Hugging Face cache.*AACBENCH_OFFLINE is set"):
        model_folder("who/else", "model")


def test_a_folder_that_is_not_there(cache: Path) -> None:
    with pytest.raises(UserError, match="there is no such folder"):
        model_folder(str(cache / "absent" / "deep"), "model")


def _commit(cache: Path, name: str, commit: str) -> Path:
    """Put a commit of a model into the cache, as the one that the main branch is at."""
    model = cache / "hub" / f"models--{name.replace('/', '--')}"
    (model / "snapshots" / commit).mkdir(parents=True)
    (model / "snapshots" / commit / "config.json").write_text("{}")
    (model / "refs").mkdir(exist_ok=True)
    (model / "refs" / "main").write_text(commit)
    return model / "snapshots" / commit


def test_the_first_commit_stays_when_the_branch_moves(cache: Path) -> None:
    first = _commit(cache, "who/moves", "1" * 40)
    assert model_folder("who/moves", "model") == first and pinned_commit("who/moves") == "1" * 40
    second = _commit(cache, "who/moves", "2" * 40)
    assert model_folder("who/moves", "model") == first
    assert model_folder("who/moves", "model", "2" * 40) == second
    assert signed("who/moves", None) == {"revision": "1" * 40} and signed("who/moves", "x") == {"revision": "x"}


@pytest.mark.parametrize("name", ["roberta-large", "FacebookAI/roberta-large", "bert-base-uncased"])
def test_a_known_model_is_of_its_pinned_commit_alone(cache: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AACBENCH_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(variable, "1")
    pinned = pinned_commit(name)
    assert pinned is not None and pinned in KNOWN.values() and signed(name, None) == {}
    _commit(cache, name, "3" * 40)
    assert cached_folder(name) is None
    with pytest.raises(UserError, match=f"commit {pinned[:12]} of it is not in the Hugging Face cache"):
        model_folder(name, "model")
    assert model_folder(name, "model", "3" * 40).name == "3" * 40
    there = _commit(cache, name, pinned)
    assert model_folder(name, "model") == there


def test_what_is_fetched_is_said_to_be_not_verified(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hub, "local_only", lambda: False)
    asked: list[str | None] = []

    def fetched(name: str, revision: str | None, **_: object) -> str:
        asked.append(revision)
        return str(_commit(cache, name, revision or "4" * 40))

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetched)
    model_folder("who/new", "model")
    model_folder("laion/clap-htsat-unfused", "model")
    said = capsys.readouterr().err
    assert "who/new: commit 444444444444; not verified" in said and said.count("not verified") == 2
    assert asked == [None, KNOWN["laion/clap-htsat-unfused"]] and pinned_commit("who/new") == "4" * 40
