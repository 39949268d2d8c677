"""Train the embedded fluency checker: human captions against the same with an error put in.

    python scripts/train_fluency_checker.py --train CSV... --test CSV... --output DIR

CSV tables are those of Clotho and AudioCaps; the captions of their columns `caption*` are read. Writes
`weights.safetensors`, what the package ships, and `report.json`: how well errors in the test captions are found.
Wants scikit-learn, which comes with sentence-transformers. Minutes on one core.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from fluency.errors import KINDS, with_errors
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from aacbench.metrics.embedded_fluency.checker import WEIGHTS
from aacbench.metrics.embedded_fluency.features import columns
from aacbench.text.parser import load_parser
from aacbench.text.parser.parse import Parse
from aacbench.text.ptb import tokenize_captions

WIDTH = 1 << 15
THRESHOLDS = (0.5, 0.7, 0.8, 0.9)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--train", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path, nargs="+", required=True)
    parser.add_argument("--captions", type=int, default=36_000, help="how many of the training captions")
    parser.add_argument("--test-captions", type=int, default=5_000)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def captions_of(tables: Iterable[Path], count: int, rng: random.Random) -> list[str]:
    """As many captions from each table, `count` in all, or all of a table that has fewer."""
    tables = [*tables]
    chosen: list[str] = []
    for place, path in enumerate(tables):
        with path.open(encoding="utf-8", newline="") as table:
            texts = [row[key] for row in csv.DictReader(table) for key in row if key.startswith("caption") and row[key]]
        share = (count - len(chosen)) // (len(tables) - place)
        chosen += rng.sample(texts, min(share, len(texts)))
    return chosen


def parsed(captions: Sequence[str]) -> list[Parse]:
    """Parses of captions that have words."""
    parses = load_parser().parse([tokens.split() for tokens in tokenize_captions([*captions])])
    return [parse for parse in parses if parse.words]


def table_of(parses: Sequence[Parse]) -> csr_matrix:
    """Which features each caption has: (captions, WIDTH)."""
    rows = [columns(parse, WIDTH) for parse in parses]
    ends = np.cumsum([0, *map(len, rows)])
    return csr_matrix((np.ones(ends[-1], np.float32), np.concatenate(rows), ends), shape=(len(rows), WIDTH))


def examples(captions: Sequence[str], rng: random.Random) -> tuple[csr_matrix, list[str]]:
    """Captions as they are, then with an error, and the kind of each: "" is none."""
    clean = parsed(captions)
    made = with_errors(clean, rng)
    broken = load_parser().parse([words for _, words in made])
    return table_of([*clean, *broken]), ["" for _ in clean] + [kind for kind, _ in made]


def measured(probabilities: npt.NDArray[np.float64], kinds: Sequence[str]) -> dict[str, dict[str, float]]:
    """By threshold: F1, precision, recall (of each kind, too), and the share of human captions that are flagged."""
    wrong = np.array([kind != "" for kind in kinds])
    results = {}
    for threshold in THRESHOLDS:
        flagged = probabilities > threshold
        hits = int((flagged & wrong).sum())
        precision, recall = hits / max(1, int(flagged.sum())), hits / int(wrong.sum())
        own = {kind: float(flagged[np.array([one == kind for one in kinds])].mean()) for kind in KINDS}
        results[str(threshold)] = {
            "f1": 2 * precision * recall / (precision + recall),
            "accuracy": float((flagged == wrong).mean()),
            "precision": precision,
            "recall": recall,
            "human captions flagged": float(flagged[~wrong].mean()),
            **own,
        }
    return results


def main() -> None:
    """Make examples, fit, export, measure."""
    options = arguments()
    options.output.mkdir(parents=True, exist_ok=True)
    rng = random.Random(options.seed)
    table, kinds = examples(captions_of(options.train, options.captions, rng), rng)
    model = LogisticRegression(C=0.3, solver="liblinear", random_state=options.seed)
    model.fit(table, [kind != "" for kind in kinds])
    weights = model.coef_[0].astype(np.float16)
    bias = model.intercept_.astype(np.float32)
    save_file({"weights": weights, "bias": bias}, options.output / WEIGHTS)
    test, kinds = examples(captions_of(options.test, options.test_captions, rng), rng)
    logits = test @ weights.astype(np.float32) + bias[0]
    report = {
        "training examples": table.shape[0],
        "test examples": test.shape[0],
        "features a caption": round(table.nnz / table.shape[0]),
        "thresholds": measured(1.0 / (1.0 + np.exp(-logits.astype(np.float64))), kinds),
    }
    text = json.dumps(report, indent=1)
    (options.output / "report.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
