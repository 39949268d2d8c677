"""An audio language model behind a server in trouble: records, refusals, kills, keys, what is asked for once."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import soundfile
from aacbench_endpoint.captioner import EndpointCaptioner, wav
from aacbench_endpoint.settings import EndpointSettings

from aacbench.contracts import DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import AacbenchError, UserError
from aacbench.files.journal import parse_checked
from aacbench.host import manager
from aacbench.models.chat import ChatServer, retry_after
from aacbench.runs.execute import RunRequest, open_run, run
from aacbench.runs.record import RunRecord
from aacbench.testing import check_method, check_method_run
from aacbench.types import Clip
from tests.conftest import zygote
from tests.forked import Zygote

__all__ = ["zygote"]
SECRET = "sk-s3cr3t-key"


class Model:
    """What answers by the audio: `trouble(number of the request)` names what goes wrong with it, `say(hash)` speaks."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.answered: Counter[str] = Counter()
        self.keys: set[str | None] = set()
        self.trouble: Callable[[int], str] = lambda number: ""
        self.say: Callable[[str], dict[str, Any]] = lambda heard: {"content": f"Sound {heard[:6]}."}
        self.before: Callable[[str], None] = lambda heard: None
        self.seconds = 0.0
        self.url = ""
        self.lock = threading.Lock()


def heard_in(body: dict[str, Any]) -> tuple[str, bytes]:
    audio, _ = body["messages"][-1]["content"]
    data = base64.b64decode(audio["input_audio"]["data"])
    return hashlib.sha256(data).hexdigest(), data


def handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._send(404, "")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard, _ = heard_in(body)
            with model.lock:
                model.keys.add(self.headers.get("Authorization"))
                model.bodies.append(body)
                number = len(model.bodies)
                model.before(heard)
            trouble = model.trouble(number)
            time.sleep(model.seconds)
            if trouble == "slow":
                time.sleep(1.0)
            elif trouble == "json":
                return self._send(200, '{"choices": [{"mess')
            elif trouble == "no choice":
                return self._send(200, '{"choices": []}')
            elif trouble.startswith("429"):
                return self._send(429, "slow down", trouble.partition(" ")[2])
            elif trouble:
                return self._send(int(trouble), f"no, {self.headers.get('Authorization')}")
            message = dict(model.say(heard))
            choice = {"finish_reason": message.pop("finish_reason", "stop"), "message": message}
            usage = {"prompt_tokens": 100, "completion_tokens": 7}
            self._send(200, json.dumps({"choices": [choice], "usage": usage}))
            with model.lock:
                model.answered[heard] += 1

        def _send(self, status: int, text: str, retry: str = "") -> None:
            try:
                self.send_response(status)
                if retry:
                    self.send_header("Retry-After", retry)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())
            except OSError:  # the client was killed, or waits no longer
                return

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that were killed."""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    model = Model()
    server = Quiet(("127.0.0.1", 0), handler(model))
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield model
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def registries() -> Registries:
    return manager.load().registries


def request(server: Model, tmp_path: Path, test_data: Path, **changes: object) -> RunRequest:
    settings = {"base_url": server.url, "model": "Org/Tiny-Audio", "backoff": 0.01, "timeout": 5, **changes}
    options = DatasetOptions(data_dir=test_data / "clotho-mini")
    return RunRequest("endpoint", "clotho", changes=settings, options=options, output=tmp_path, metrics=["bleu"])


def by_hash(clips: list[Clip]) -> dict[str, str]:
    return {hashlib.sha256(wav(clip.audio, 16000, 60.0)).hexdigest(): clip.id for clip in clips}


def evaluation(test_data: Path, registries: Registries) -> list[Clip]:
    return registries.dataset("clotho", DatasetOptions(data_dir=test_data / "clotho-mini")).clips("evaluation")


def test_a_server_in_trouble_leaves_a_normal_record(
    model: Model, tmp_path: Path, test_data: Path, registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACBENCH_API_KEY", SECRET)
    clips = evaluation(test_data, registries)
    names = by_hash(clips)
    assert len(names) == len(clips) == 20
    refused, empty, blocked = clips[3].id, clips[7].id, clips[11].id
    kinds = {2: "429 0", 4: "json", 9: "no choice", 11: "slow", 16: "429 " + formatdate(time.time() + 1, usegmt=True)}

    def say(heard: str) -> dict[str, Any]:
        name = names[heard]
        if name == refused:
            return {"content": None, "refusal": f"No, {SECRET}."}
        if name == empty:
            return {"content": " "}
        if name == blocked:
            return {"content": "half", "finish_reason": "content_filter"}
        return {"content": f'**Caption:** "A sound of {heard[:6]} with {SECRET}. It goes on."'}

    model.say = say
    model.trouble = lambda number: "503" if number % 7 == 0 else kinds.get(number, "")
    asked = request(model, tmp_path, test_data, timeout=0.5, postprocess="unprefix")
    record, folder = run(asked, registries)
    assert folder.parent.name == record.variant == "org-tiny-audio"
    assert record.unanswered == {"refused by the model": [refused, blocked], "empty answer": [empty]}
    assert f"1 clip without a caption, scored as empty, empty answer: '{empty}'" in record.data.notes
    assert record.costs is not None
    assert (record.costs.prompt_tokens, record.costs.answer_tokens) == (2000, 140)
    assert record.network is None  # nobody knows
    assert record.scores["bleu_1"].signature["postprocess"] == "unprefix"
    captions = dict(line.split(",", 1) for line in (folder / "predictions.csv").read_text().splitlines()[1:])
    assert captions[empty] == captions[refused] == captions[blocked] == ""
    heard = next(key for key, name in names.items() if name == clips[0].id)
    assert captions[clips[0].id] == f"A sound of {heard[:6]} with [key]. It goes on."
    entries = [parse_checked(line) for line in (folder / "decoding.jsonl").read_bytes().splitlines()[1:]]
    raw = [text for entry in entries if entry for text in entry["captions"]]
    assert raw[0] == f'**Caption:** "A sound of {heard[:6]} with [key]. It goes on."'
    assert model.keys == {f"Bearer {SECRET}"}
    assert set(model.answered.values()) <= {1, 2} and sum(model.answered.values()) <= 22  # slow ones came in vain
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(left) > 5 and not [path for path in left if SECRET.encode() in path.read_bytes()]
    before = len(model.bodies)
    again, _ = run(asked, registries)
    assert again == record and len(model.bodies) == before
    other, _ = run(request(model, tmp_path, test_data, timeout=0.5, postprocess="none"), registries)
    assert len(model.bodies) == before and "postprocess" not in other.scores["bleu_1"].signature
    said = open_run(folder, registries, "cpu").caption(clips[:1])
    assert said == raw[:1] and len(model.bodies) == before


def test_audio_is_wav_at_the_rate_asked_for(
    model: Model, tmp_path: Path, test_data: Path, registries: Registries
) -> None:
    asked = request(model, tmp_path, test_data, sample_rate=8000, max_seconds=6, system="You hear.", temperature=0.5)
    record, _ = run(asked, registries)
    clips = evaluation(test_data, registries)
    for body in model.bodies:
        audio = soundfile.info(io.BytesIO(heard_in(body)[1]))
        assert (audio.format, audio.subtype, audio.samplerate, audio.channels) == ("WAV", "PCM_16", 8000, 1)
        assert audio.duration <= 6
    body = model.bodies[0]
    assert body["messages"][0] == {"role": "system", "content": "You hear."}
    assert (body["model"], body["temperature"], body["seed"], body["max_tokens"]) == ("Org/Tiny-Audio", 0.5, 0, 200)
    long = sum(soundfile.info(str(clip.audio)).duration > 6 for clip in clips)
    assert long and any(note.startswith(f"{long} clips of which the first 6 s were sent") for note in record.data.notes)


def test_what_the_server_takes_from_nobody_is_said_at_once(
    model: Model, tmp_path: Path, test_data: Path, registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACBENCH_API_KEY", SECRET)
    model.trouble = lambda number: "401"
    with pytest.raises(UserError, match=r"the model at http://127.* refuses: 401 no, Bearer \[key\]"):
        run(request(model, tmp_path, test_data, at_once=1), registries)
    assert len(model.bodies) < 5
    model.trouble = lambda number: "400"
    with pytest.raises(UserError, match="refuses: 400"):
        run(request(model, tmp_path, test_data, at_once=1), registries)
    assert len(model.bodies) < 10
    model.trouble = lambda number: "503"
    with pytest.raises(AacbenchError, match=r"failed 2 times in a row \(status 503\); answers so far are kept"):
        run(request(model, tmp_path, test_data, at_once=1, attempts=2), registries)


def test_one_clip_that_the_server_refuses_costs_no_other(
    model: Model, tmp_path: Path, test_data: Path, registries: Registries
) -> None:
    clips = evaluation(test_data, registries)
    bad = {key for key, name in by_hash(clips).items() if name in (clips[5].id, clips[9].id)}
    model.trouble = lambda number: "413" if heard_in(model.bodies[number - 1])[0] in bad else ""
    record, _ = run(request(model, tmp_path, test_data, at_once=1), registries)
    assert record.unanswered == {"refused by the server (413)": [clips[5].id, clips[9].id]}
    model.answered.clear()
    model.trouble = lambda number: "500" if heard_in(model.bodies[number - 1])[0] in bad else ""
    with pytest.raises(AacbenchError, match="on_failure=empty"):
        run(request(model, tmp_path / "b", test_data, at_once=1, attempts=2), registries)
    asked = request(model, tmp_path / "b", test_data, at_once=1, attempts=2, on_failure="empty")
    record, _ = run(asked, registries)
    assert record.unanswered == {"no answer": [clips[5].id, clips[9].id]}
    assert len(model.answered) == 18 == sum(model.answered.values())  # what was answered before it stopped stayed


def test_names_and_addresses(model: Model, tmp_path: Path, test_data: Path, registries: Registries) -> None:
    for changes, said in [
        ({"model": ""}, "wants a server and a model"),
        ({"base_url": "http://me:secret@127.0.0.1/v1"}, "may hold no password"),
        ({"base_url": "http://127.0.0.1/v1?key=x"}, "may hold no password"),
        ({"base_url": "ftp://127.0.0.1"}, "wants an address"),
        ({"base_url": "http://127.0.0.1:9/v1"}, r"no model answers at http://127\.0\.0\.1:9"),
        ({"postprocess": "trim"}, "the setting postprocess cannot be 'trim'"),
    ]:
        with pytest.raises(UserError, match=said):
            run(request(model, tmp_path, test_data, **changes), registries)
    assert not model.bodies


def test_a_damaged_answer_is_asked_for_again(model: Model, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", [0.1] * 1600, 16000)
    soundfile.write(tmp_path / "b.wav", [0.2] * 1600, 16000)
    clips = [Clip(name, tmp_path / name) for name in ("a.wav", "b.wav", "a.wav")]
    path = tmp_path / "answers.jsonl"
    settings = EndpointSettings(base_url=model.url, model="m", at_once=1)

    def captioner() -> EndpointCaptioner:
        return EndpointCaptioner(ChatServer(model.url, "the model"), settings, path, 0)

    first = captioner().caption(clips)
    assert first[0] == first[2] != first[1] and len(model.bodies) == 2  # the same audio is asked for once
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert captioner().caption(clips) == first and len(model.bodies) == 3
    assert captioner().caption(clips) == first and len(model.bodies) == 3
    lines = [parse_checked(line) for line in path.read_bytes().splitlines()]
    assert [entry and entry["clip"] for entry in lines] == ["a.wav", None, "b.wav"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("3", 3.0), ("-1", 0.0), ("", None), ("soon", None), (formatdate(0, usegmt=True), 0.0)]
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after(text) == seconds


def test_the_method_keeps_its_contract() -> None:
    check_method("endpoint")


@pytest.mark.slow
def test_a_run_keeps_the_contract(model: Model, tmp_path: Path) -> None:
    check_method_run("endpoint", tmp_path, base_url=model.url, model="tiny")


@pytest.mark.faults
@pytest.mark.slow
def test_thirty_kills_ask_for_no_answer_twice(
    model: Model, tmp_path: Path, test_data: Path, registries: Registries, zygote: Zygote
) -> None:
    names = by_hash(evaluation(test_data, registries))
    twice: list[str] = []

    def before(heard: str) -> None:
        """Note what is asked for although its answer is on disk."""
        for path in tmp_path.rglob("answers.jsonl"):
            kept = [parse_checked(line) for line in path.read_bytes().splitlines()]
            if names[heard] in {entry["clip"] for entry in kept if entry}:
                twice.append(names[heard])

    model.before, model.seconds = before, 0.3
    model.trouble = lambda number: "503" if number % 7 == 0 else "json" if number % 11 == 0 else ""
    settings = (f"base_url={model.url}", "model=tiny", "at_once=2", "backoff=0.01")
    command = ["run", "endpoint", "-d", "clotho", "--data-dir", test_data / "clotho-mini", "--metrics", "bleu"]
    command += [f"--set={setting}" for setting in settings]
    begin = time.monotonic()
    zygote.run(*command, cwd=tmp_path, home=tmp_path / "home", after={"wall": 120.0})
    whole = time.monotonic() - begin
    (folder,) = tmp_path.rglob("endpoint/tiny/seed0")
    wanted = (folder / "predictions.csv").read_bytes()
    asked = len(model.bodies)
    for path in folder.iterdir():
        path.unlink()
    kills, draw = 0, random.Random(0)
    while kills < 30:
        after = {"wall": whole * draw.uniform(0.1, 0.7)}
        done = zygote.run(*command, cwd=tmp_path, home=tmp_path / "home", after=after)
        kills += done.killed
        assert done.killed or done.code == 0, done.output
        if not done.killed:
            assert (folder / "predictions.csv").read_bytes() == wanted
            for path in folder.iterdir():
                path.unlink()
    zygote.finished(*command, cwd=tmp_path, home=tmp_path / "home")
    assert twice == []
    assert len(model.bodies) > asked
    assert (folder / "predictions.csv").read_bytes() == wanted
    record = RunRecord.load(folder / "record.json")
    assert record.costs is not None and record.costs.prompt_tokens == 2000
