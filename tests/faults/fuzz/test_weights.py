"""Weight files and checkpoints: damaged ones, lying headers, and pickles that would run code."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from aacbench.errors import AacbenchError, UserError
from aacbench.metrics.fluency import read_checkpoint
from aacbench.models.checkpoint import load_strictly, read_tensors
from aacbench.training import checkpoint
from tests.faults.fuzz.harness import fuzz, outcome
from tests.faults.fuzz.mutations import byte_changes, documents
from tests.faults.tally import Outcome, Tally

pytestmark = pytest.mark.faults


def network() -> nn.Module:
    """Return a network of a few numbers."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


@cache
def ours() -> bytes:
    """Return a checkpoint with an optimiser's state, as training keeps it."""
    import tempfile

    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    tensors = {**checkpoint.model_tensors(model), **checkpoint.optimizer_tensors(model, optimizer)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "last.safetensors")
        checkpoint.save(path, tensors, {"step": 3, "best": 0.5})
        return path.read_bytes()


@cache
def theirs(legacy: bool) -> bytes:
    """Return published weights as torch keeps them, in its own zip or in the form before."""
    file = io.BytesIO()
    torch.save({"model": network().state_dict(), "epoch": 3}, file, _use_new_zipfile_serialization=not legacy)
    return file.getvalue()


@st.composite
def safetensors_files(draw: st.DrawFn) -> bytes:
    """Return a checkpoint of which the header, its length or the bytes were changed."""
    whole = ours()
    length = int.from_bytes(whole[:8], "little")
    header, body = json.loads(whole[8 : 8 + length]), whole[8 + length :]
    match draw(st.integers(0, 3)):
        case 0:
            return draw(byte_changes(whole))
        case 1:
            size = draw(st.sampled_from((0, 1, length - 1, length + 1, 2**31, 2**40, 2**63, 2**64 - 1)))
            return size.to_bytes(8, "little") + whole[8:]
        case 2:
            name = draw(st.sampled_from(sorted(header)))
            field = draw(st.sampled_from(("dtype", "shape", "data_offsets")))
            odd: tuple[Any, ...]
            odd = ("F64", "BOOL", "F8_E4M3", "X", [], [0], [2**62, 2**62], [-1], [0, 2**63], [4, 0], None, "4", [1, 12])
            header[name] = {**header[name], field: draw(st.sampled_from(odd))}
        case _:
            header = draw(documents(header))
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def _finite_or_not(tensors: dict[str, Tensor]) -> None:
    assert all(isinstance(name, str) and isinstance(value, Tensor) for name, value in tensors.items())


def test_checkpoints(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"

    def resumed() -> None:
        tensors, state = checkpoint.load(path)
        _finite_or_not(tensors)
        model = network()
        checkpoint.load_model(model, tensors)
        checkpoint.load_optimizer(model, torch.optim.Adam(model.parameters()), tensors)
        assert isinstance(state, dict)

    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        return outcome(resumed)

    counted = fuzz(tally, "checkpoint", 400, safetensors_files(), judge)
    assert counted["message"] > counted["harmless"], "the check sum knows an altered file"


@st.composite
def torch_files(draw: st.DrawFn) -> bytes:
    """Return published weights with changed bytes, or with changed members, or compressed."""
    legacy = draw(st.booleans())
    whole = theirs(legacy)
    if legacy or draw(st.booleans()):
        return draw(byte_changes(whole))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(file, "w") as new:
        chosen = draw(st.sampled_from(old.namelist()))
        for member in old.infolist():
            content = old.read(member)
            if member.filename == chosen:
                change = draw(st.integers(0, 3))
                if change == 0:
                    continue
                content = b"\0" * 10_000_000 if change == 1 else draw(byte_changes(content))
                member.compress_type = zipfile.ZIP_DEFLATED if change == 1 else zipfile.ZIP_STORED
            new.writestr(member, content)
    return file.getvalue()


def test_published_weights(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "published.pth"

    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        return outcome(lambda: load_strictly(network(), read_tensors(path, "model"), path), path)

    fuzz(tally, "published weights", 400, torch_files(), judge)


class Runs:
    """Unpickling this makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.marker),)


def _hostile(marker: Path) -> list[bytes]:
    """Return torch files and bare pickles in which `Runs` lies at many places."""
    found: list[bytes] = []
    trap = Runs(marker)
    for held in (trap, {"model": trap}, {"model": {"0.weight": trap}}, [trap], {trap.__reduce__()[0]: 1}):
        for legacy in (True, False):
            file = io.BytesIO()
            torch.save(held, file, _use_new_zipfile_serialization=not legacy)
            found.append(file.getvalue())
        found += [pickle.dumps(held, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    return found


def test_no_pickle_runs_code(tally: Tally, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    files = _hostile(marker)
    readers: list[Callable[[Path], Any]] = [read_tensors, lambda path: read_tensors(path, "model"), read_checkpoint]
    for number, content in enumerate(files):
        for suffix in ("pth", "pt", "ckpt", "safetensors"):
            path = tmp_path / f"{number}.{suffix}"
            path.write_bytes(content)
            for read in readers:
                with pytest.raises(UserError):
                    read(path)
            with pytest.raises(AacbenchError):
                checkpoint.load(path)
            tally("fuzz: pickle that runs code", "message", len(readers) + 1)
    assert not marker.exists()
    with pytest.raises(OSError):  # noqa: PT011  # the trap does work
        pickle.loads(pickle.dumps([Runs(marker), Runs(marker)]))
    assert marker.exists()


def test_tensors_larger_than_their_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.pth"
    torch.save({"0.weight": torch.zeros(1).expand(10**5, 10**5)}, path)
    assert path.stat().st_size < 10_000
    with pytest.raises(UserError, match="no mapping from names to tensors"):
        read_tensors(path)


def test_h5_of_tensorflow(tally: Tally, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    from aacbench.models.encoders.yamnet import WHERE, Yamnet, load_tensorflow

    path = tmp_path / "yamnet.h5"
    encoder = Yamnet(width=0.01)
    shapes = {name: value.shape for name, value in encoder.state_dict().items()}

    def judge(drawn: dict[str, Any]) -> Outcome:
        with h5py.File(path, "w") as file:
            for ours, place in WHERE.items():
                shape = tuple(reversed(shapes[ours]))
                if ours.endswith("depthwise_conv.conv.weight"):
                    shape = (3, 3, shapes[ours][0], 1)
                how = drawn.get(place, {})
                if how == "absent":
                    continue
                file.create_dataset(place, **{"shape": shape, "dtype": "f4", **how})
        return outcome(lambda: load_tensorflow(encoder, path), path)

    lies = st.sampled_from(("absent", {"shape": (2**20, 2**20)}, {"shape": ()}, {"shape": (0,)}, {"dtype": "S4"},
                            {"dtype": "i8"}, {"shape": (2, 2, 2, 2, 2)}, {"dtype": h5py.string_dtype()}))  # fmt: skip
    names = st.sampled_from(sorted(WHERE.values()))
    fuzz(tally, "yamnet.h5", 40, st.dictionaries(names, lies, max_size=2), judge)

    whole = path.read_bytes()

    def judge_bytes(content: bytes) -> Outcome:
        path.write_bytes(content)
        return outcome(lambda: load_tensorflow(encoder, path), path)

    fuzz(
        tally,
        "yamnet.h5, its first bytes",
        60,
        byte_changes(whole[:96]).map(lambda head: head + whole[96:]),
        judge_bytes,
    )
