"""Judges against a local server: scores, refusals, broken JSON, busy servers, answers asked for once, tokens, keys."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from aacbench.errors import AacbenchError, UserError
from aacbench.host.builtin.metrics import SPECS
from aacbench.metrics.clair_a import ClairA
from aacbench.metrics.judge import Judge
from aacbench.metrics.judging import EPSILON, Judged, score_of
from aacbench.scoring import score_items, select
from tests.metrics.conftest import tokens_as_given

CANDIDATES = ["good dog", "bad rain", "refuse", "broken json", "words only", "good dog again"]
REFERENCES = [["a dog"], ["rain"], ["x"], ["y"], ["z"], ["cat"]]
ANSWERS = {
    "good dog again": '{"score": 80, "reason": "equal"}',
    "good dog": '```json\n{"score": 80, "reason": "a \\"dog\\""}\n```',
    "bad rain": '{"score": 5}',
    "refuse": "I cannot help with that.",
    "broken json": '{"score": 40, "reason": "never',
    "words only": "Score: 60",
}


class Handler(BaseHTTPRequestHandler):
    """Answers by the candidate in the prompt; the first requests fail as they are told to."""

    asked: ClassVar[list[dict[str, Any]]] = []
    keys: ClassVar[list[str | None]] = []
    troubles: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.keys.append(self.headers.get("Authorization"))
        if self.troubles:
            return self._fail(self.troubles.pop())
        self.asked.append(body)
        prompt = body["messages"][0]["content"]
        text = next(answer for candidate, answer in ANSWERS.items() if candidate in prompt)
        content = {
            "choices": [{"message": {"content": text}}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 7},
        }
        self._send(200, json.dumps(content))

    def _fail(self, trouble: str) -> None:
        self._send(200, '{"choices"') if trouble == "json" else self._send(int(trouble), "busy")

    def _send(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    for kept in (Handler.asked, Handler.keys, Handler.troubles):
        kept.clear()
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}/v1"
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.mark.parametrize("metric", [Judge, ClairA])
def test_scores_refusals_and_broken_json(metric: type[Judged], server: str) -> None:
    judge = metric(server, "tiny", tie_break="none", backoff=0.0)
    judge.check_ready()
    (score,) = judge(tokens_as_given(CANDIDATES, REFERENCES), {})
    wanted = [0.8, 0.05, 0.0, 0.4, 0.6, 0.8]
    assert [value * (1 + EPSILON) for value in score.items or ()] == pytest.approx(wanted)
    assert judge.remarks() == [
        f"{judge.name}: 600 tokens asked, 42 answered",
        f"{judge.name}: 1 answer without a score, taken as 0: '2'",
    ]
    assert {body["temperature"] for body in Handler.asked} == {0} and score.signature["temperature"] == 0
    assert len(score.signature["prompt"]) == 12 and score.signature["model"] == "tiny"


def test_answers_are_asked_for_once(server: str) -> None:
    items = tokens_as_given(CANDIDATES, REFERENCES)
    first = Judge(server, "tiny")(items, {})
    again = Judge(server, "tiny")
    assert again(items, {})[0].items == first[0].items and len(Handler.asked) == len(CANDIDATES)
    assert again.remarks()[0] == "judge: 0 tokens asked, 0 answered"
    Judge(server, "other")(items, {})
    assert len(Handler.asked) == 2 * len(CANDIDATES)


def test_a_busy_server_is_asked_again(server: str) -> None:
    Handler.troubles += ["503", "429", "json", "500"]
    (score,) = Judge(server, "tiny", backoff=0.0, at_once=1)(tokens_as_given(CANDIDATES[:1], REFERENCES[:1]), {})
    assert score.corpus > 0.79


def test_a_broken_server_is_one_line_and_keeps_what_was_answered(server: str) -> None:
    Judge(server, "tiny")(tokens_as_given(CANDIDATES[:1], REFERENCES[:1]), {})
    Handler.troubles += ["503"] * 3
    with pytest.raises(AacbenchError, match=r"failed 3 times in a row \(status 503\); answers so far are kept"):
        Judge(server, "tiny", backoff=0.0, attempts=3)(tokens_as_given(["bad rain"], [["rain"]]), {})
    Handler.troubles.clear()
    Handler.troubles += ["401"]
    with pytest.raises(UserError, match="refuses: 401 busy"):
        Judge(server, "tiny")(tokens_as_given(["bad rain"], [["rain"]]), {})


def test_ties_are_broken_by_words(server: str) -> None:
    items = tokens_as_given([CANDIDATES[0], CANDIDATES[5]], [REFERENCES[0], REFERENCES[5]])
    rows = Judge(server, "tiny")(items, {})[0].items or ()
    assert rows[0] > rows[1] > 0.79 and rows[0] - rows[1] < EPSILON


def test_the_prompt_is_data(server: str, tmp_path: Path) -> None:
    (tmp_path / "prompt.txt").write_text('Rate {candidate} given {references}: {"score": ...}')
    Judge(server, "tiny", prompt=str(tmp_path / "prompt.txt"))(
        tokens_as_given(["good dog"], [["{candidate}", "b"]]), {}
    )
    prompt = Handler.asked[0]["messages"][0]["content"]
    assert prompt == 'Rate good dog given - {candidate}\n- b: {"score": ...}'
    with pytest.raises(UserError, match=r"has to hold \{candidate\}"):
        Judge(server, "tiny", prompt="Rate it.").check_ready()


def test_the_key_is_sent_and_written_nowhere(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_API_KEY", "s3cr3t-key")
    specs = select(["judge"], SPECS).specs
    settings = {"judge": {"base_url": server, "model": "tiny"}}
    report = score_items(["a"], ["good dog"], [["a dog"]], specs, settings=settings)
    assert Handler.keys[-1] == "Bearer s3cr3t-key"
    assert "s3cr3t-key" not in json.dumps(report.to_json())
    assert all(b"s3cr3t-key" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "judge: 100 tokens asked, 7 answered" in report.warnings


def test_what_is_missing_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"--set judge\.base_url"):
        Judge().check_ready()
    with pytest.raises(UserError, match=r"no judge answers at http://127\.0\.0\.1:9"):
        Judge("http://127.0.0.1:9/v1", "tiny").check_ready()
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    with pytest.raises(UserError, match="AACBENCH_OFFLINE is set"):
        Judge("https://example.org/v1", "tiny").check_ready()


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"score": 100}', 1.0),
        ("score=7", 0.07),
        ("'score': '12.5'", 0.125),
        ('{"score": 101}', None),
        ("", None),
        ('{"score": true}', None),
        ("{" * 2000, None),
    ],
)
def test_reading_scores(text: str, score: float | None) -> None:
    assert score_of(text) == score
