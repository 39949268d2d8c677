"""Models of the hub: from the cache without the network, refused in two seconds where they cannot be had."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.files.download import hub
from aacbench.files.download.hub import cached_folder, model_folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub's cache with one model, `who/what`, of the commit c0ffee."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "AACBENCH_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
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
