"""Train the caption parser behind the native SPICE engine, on the CPU, in a processor time given beforehand.

    python scripts/train_spice_parser.py --parses captions.ud.jsonl.gz --minutes 90 --output runs/spice_parser

writes `state.pt` and a line of `log.jsonl` every epoch, and at the end the files the package ships. The
same command again goes on where an interrupted run stopped; `--export-only` writes the files from the newest
state. Run it from the repository root, or with aacbench installed.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import torch
from spice_parser.augment import Exchange
from spice_parser.corpus import build_corpus, build_vocabulary, caption_keys, choose, read
from spice_parser.export import export
from spice_parser.network import Sizes
from spice_parser.training import Blocks, Plan, Trainer, evaluate, merge


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parses", type=Path, required=True, help="parsed captions, gzipped JSON lines")
    parser.add_argument("--output", type=Path, required=True, help="folder of the run")
    parser.add_argument("--minutes", type=float, default=90.0, help="processor time to train, evaluation not counted")
    parser.add_argument("--held-out", type=float, default=0.02, help="share kept out until Plan.join_at")
    parser.add_argument(
        "--emphasise",
        type=Path,
        nargs="*",
        default=[],
        help="CSV tables of captions that scores are computed against: seen more often from Plan.join_at on",
    )
    parser.add_argument("--exchange", action="store_true", help="add sentences with exchanged words and phrases")
    parser.add_argument("--start", type=Path, help="folder of an export whose weights the run starts from")
    parser.add_argument("--learning-rate", type=float, default=Plan().learning_rate, help="its top")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--export-only", action="store_true", help="train nothing, export the newest state")
    return parser.parse_args()


def split(blocks: Blocks, share: float, seed: int) -> tuple[Blocks, Blocks]:
    """Blocks without and of a random share of the sentences, the same for the same seed."""
    rng = random.Random(seed)
    kept, held = {}, {}
    for length, block in blocks.items():
        order = rng.sample(range(len(block.types)), len(block.types))
        size = round(share * len(order))
        kept[length] = block.take(torch.tensor(sorted(order[size:])))
        if size:
            held[length] = block.take(torch.tensor(sorted(order[:size])))
    return kept, held


def main() -> None:
    """Read, train, export."""
    options = arguments()
    options.output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    sentences = list(read(options.parses))
    vocabulary = build_vocabulary(sentences, word_count=1, affix_types=2, pair_count=3)
    corpus = build_corpus(sentences, vocabulary)
    train, held_out = split(corpus.blocks, options.held_out, options.seed)
    scored = choose(corpus.blocks, sentences, caption_keys(options.emphasise))
    late = merge(merge(train, held_out, copies=2), scored, copies=3)
    sizes = Sizes(
        words=len(vocabulary.words),
        affixes=len(vocabulary.affixes),
        pairs=len(vocabulary.pairs) + 1,
        tags=len(vocabulary.tags),
        relations=len(vocabulary.relations),
    )
    plan = Plan(minutes=options.minutes, learning_rate=options.learning_rate, seed=options.seed)
    trainer = Trainer(sizes, plan, options.output)
    resumed = trainer.resume()
    if options.start and not resumed:
        trainer.start(options.start)
    count = sum(value.numel() for value in trainer.network.parameters())
    print(f"{len(sentences)} sentences, {count} parameters, resumed: {resumed}", flush=True)
    if not options.export_only:
        print("sentences emphasised:", sum(len(block.types) for block in scored.values()), flush=True)
        further = Exchange(sentences, options.seed) if options.exchange else ()
        trainer.train(corpus, (train, late), held_out, further)
        print("all sentences:", evaluate(trainer.averaged, corpus, corpus.blocks), flush=True)
    export(trainer.averaged, vocabulary, sentences, options.output)


if __name__ == "__main__":
    main()
