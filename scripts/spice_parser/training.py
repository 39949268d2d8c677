"""The training loop: a fixed processor time, a learning rate falling to zero at its end, averaged weights, resumable.

A finished run goes on, too, when given more minutes: the learning rate then falls anew to the later end.

Dropout is full for the first part and then fades out, so that the network generalises first and then learns
the reference captions as they are. Held-out sentences, if any, join the training set for the last part.
"""

from __future__ import annotations

import copy
import json
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from spice_parser.corpus import Block, Corpus, Sentence, arrange
from spice_parser.export import take_over
from spice_parser.network import NO_DROPOUT, Dropout, ParserNetwork, Sizes

Blocks = dict[int, Block]

ADAM_BETAS = (0.9, 0.95)
GRADIENT_NORM = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Settings of a run; fractions are of its whole time."""

    minutes: float = 90.0
    batch_tokens: int = 1250
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    warmup: float = 0.01
    dropout_until: float = 0.4  # full dropout up to here, then falling
    dropout_end: float = 0.0  # share of it left at the end
    join_at: float = 0.39  # held-out sentences join here
    hard_loss: float = 1.5  # a sentence's loss from which on it is always drawn
    easy_chance: float = 0.15  # chance of a sentence without any loss
    average: float = 0.998  # of the averaged weights, per step
    seed: int = 1


class Batch(NamedTuple):
    """Some sentences of one length, where they stand in the pool (if they do), and what their losses weigh (B,)."""

    block: Block
    length: int
    rows: Tensor | None
    weights: Tensor


class Pool:
    """Training sentences by length, with the loss each had when last seen.

    Sentences long since learnt are drawn less often and weigh more instead, so the expected gradient is that
    of the whole set.
    """

    def __init__(self, blocks: Blocks, losses: dict[int, Tensor]) -> None:
        self.blocks = blocks
        self.losses = {length: torch.full((len(b.types),), torch.inf) for length, b in blocks.items()}
        if {k: len(v) for k, v in losses.items()} == {k: len(v) for k, v in self.losses.items()}:
            self.losses = losses  # of the same sentences, before an interruption

    def epoch(self, tokens: int, plan: Plan, further: Blocks) -> Iterator[Batch]:
        """Random batches of about that many tokens in random order; further sentences are all drawn."""
        pieces: list[Batch] = []
        for length, block in further.items():
            order = torch.randperm(len(block.types))
            for part in order.tensor_split(max(1, round(len(order) * length / tokens))):
                if len(part):
                    made = block.take(part)
                    pieces.append(Batch(made, length, None, torch.ones(len(part))))
        for length, losses in self.losses.items():
            chance = (losses / plan.hard_loss).clamp(plan.easy_chance, 1.0)
            rows = torch.nonzero(torch.rand(len(losses)) < chance).squeeze(1)
            rows = rows[torch.randperm(len(rows))]
            for part in rows.tensor_split(max(1, round(len(rows) * length / tokens))):
                if len(part):
                    pieces.append(Batch(self.blocks[length], length, part, 1.0 / chance[part]))
        for place in torch.randperm(len(pieces)).tolist():
            piece = pieces[place]
            yield piece if piece.rows is None else piece._replace(block=piece.block.take(piece.rows))

    def remember(self, batch: Batch, losses: Tensor) -> None:
        """Note the losses (B,) of a batch's sentences, where they stand in the pool."""
        if batch.rows is not None:
            self.losses[batch.length][batch.rows] = losses


def look_up(corpus: Corpus, block: Block, dropout: Dropout) -> tuple[Tensor, Tensor, Tensor]:
    """Word, affix and pair ids of a block, some words and pairs replaced by the unknown."""
    words, pairs = corpus.type_words[block.types], block.pairs
    if dropout.word > 0.0:
        counts = corpus.type_counts[block.types]
        lost = torch.rand(words.shape) < dropout.word / (dropout.word + counts)
        gap = torch.rand(pairs.shape) < dropout.pair
        gap[:, :-1] |= lost
        gap[:, 1:] |= lost
        words, pairs = words.masked_fill(lost, 0), pairs.masked_fill(gap, 0)
    return words, corpus.type_affixes[block.types], pairs


def loss_of(network: ParserNetwork, corpus: Corpus, block: Block, dropout: Dropout) -> Tensor:
    """Cross-entropies of head, relation and tag, summed over the tokens of each sentence: (B,)."""
    scores = network(*look_up(corpus, block, dropout), dropout)
    relations = network.relations(scores, block.heads)
    parts = ((scores.arcs, block.heads), (relations, block.relations), (scores.tags, block.tags))
    losses = [functional.cross_entropy(s.flatten(0, 1), g.flatten(), reduction="none") for s, g in parts]
    return torch.stack(losses).view(len(parts), *block.types.shape).sum((0, 2))


@torch.no_grad()
def evaluate(network: ParserNetwork, corpus: Corpus, blocks: Blocks) -> dict[str, float]:
    """Share of tokens with the right tag, head (UAS), head and relation (LAS), and of wholly right sentences.

    Heads are the best-scored ones, whether they form a tree or not.
    """
    right = torch.zeros(4)
    tokens = sentences = 0
    for block in blocks.values():
        for rows in torch.arange(len(block.types)).tensor_split(1 + len(block.types) // 512):
            part = block.take(rows)
            scores = network(*look_up(corpus, part, NO_DROPOUT))
            heads = scores.arcs.argmax(2)
            relations = network.relations(scores, heads).argmax(2)
            tag = scores.tags.argmax(2) == part.tags
            arc = heads == part.heads
            labelled = arc & (relations == part.relations)
            whole = (labelled & tag).all(1)
            right += torch.tensor([x.sum().item() for x in (tag, arc, labelled, whole)])
            tokens, sentences = tokens + part.types.numel(), sentences + len(part.types)
    names = ("tag", "uas", "las", "whole")
    return {
        name: round(float(value) / (sentences if name == "whole" else tokens), 5)
        for name, value in zip(names, right, strict=True)
    }


def merge(first: Blocks, second: Blocks, copies: int) -> Blocks:
    """The first blocks with `copies` of the second."""
    merged = dict(first)
    for length, block in second.items():
        parts = [first[length]] * (length in first) + [block] * copies
        columns = (torch.cat([getattr(part, name) for part in parts]) for name in Block.__slots__)
        merged[length] = Block(*columns)
    return merged


class Trainer:
    """One run: the network, its average, the optimiser and the time spent, kept in `output/state.pt`."""

    def __init__(self, sizes: Sizes, plan: Plan, output: Path) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.output = plan, output
        self.network = ParserNetwork(sizes)
        self.averaged = copy.deepcopy(self.network).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=0.0,
            betas=ADAM_BETAS,
            weight_decay=plan.weight_decay,
            fused=True,
        )
        self.seconds, self.epoch, self.step = 0.0, 0, 0
        self.losses: dict[int, Tensor] = {}
        self._rate = 0.0  # learning rate as a share of its top

    @property
    def fraction(self) -> float:
        """Share of the planned time that is spent."""
        return min(1.0, self.seconds / (60.0 * self.plan.minutes))

    def save(self) -> None:
        """Write everything needed to go on, atomically."""
        state = {
            "sizes": asdict(self.network.sizes),
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "progress": (self.seconds, self.epoch, self.step),
            "losses": self.losses,
        }
        partial = self.output / "state.pt.partial"
        torch.save(state, partial)
        partial.replace(self.output / "state.pt")

    def resume(self) -> bool:
        """Go on from `output/state.pt`, if there is one."""
        path = self.output / "state.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.seconds, self.epoch, self.step = state["progress"]
        self.losses = state.get("losses", {})
        return True

    def start(self, folder: Path) -> None:
        """Begin with the weights of an export of the same vocabulary."""
        for network in (self.network, self.averaged):
            take_over(network, folder)

    def _dropout(self) -> Dropout:
        faded = max(0.0, self.fraction - self.plan.dropout_until) / (1.0 - self.plan.dropout_until)
        return Dropout().scaled(1.0 - (1.0 - self.plan.dropout_end) * faded)

    def _update(self, corpus: Corpus, pool: Pool, batch: Batch) -> float:
        self._rate = min(1.0, self.fraction / self.plan.warmup) * (1.0 - self.fraction)
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.learning_rate * self._rate
        losses = loss_of(self.network, corpus, batch.block, self._dropout())
        pool.remember(batch, losses.detach())
        loss = (losses * batch.weights).sum()
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss / self.plan.batch_tokens)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM)
        self.optimiser.step()
        self.step += 1
        keep = min(self.plan.average, self.step / (self.step + 10.0))
        torch._foreach_lerp_(list(self.averaged.parameters()), list(self.network.parameters()), 1.0 - keep)
        return loss.item()

    def train(
        self, corpus: Corpus, phases: tuple[Blocks, Blocks], held_out: Blocks, further: Iterable[Sentence] = ()
    ) -> None:
        """Run to the end of the planned time on the sentences of the first phase, then of the second.

        `further` is iterated once an epoch, and may give other sentences each time, of words the corpus has.
        A line of `log.jsonl` and a state are written every epoch, a state also when interrupted.
        """
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            while self.fraction < 1.0:
                late = self.fraction >= self.plan.join_at
                pool = Pool(phases[late], self.losses)
                self.losses = pool.losses
                made = arrange(further, corpus.types, corpus.type_words.numpy(), corpus.vocabulary)
                line = self._epoch(corpus, pool, made)
                if held_out:
                    line["joined" if late else "held_out"] = evaluate(self.averaged, corpus, held_out)
                with (self.output / "log.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps(line) + "\n")
                print(json.dumps(line), flush=True)
                self.save()
        except KeyboardInterrupt:
            self.save()
            raise SystemExit("stopped and saved; the same command goes on from here") from None

    def _epoch(self, corpus: Corpus, pool: Pool, further: Blocks) -> dict[str, object]:
        """One pass over the pool, ended early when the time is up; what there is to log of it."""
        started, before = time.process_time(), self.seconds
        total, weight, tokens = 0.0, 0.0, 0
        for batch in pool.epoch(self.plan.batch_tokens, self.plan, further):
            total += self._update(corpus, pool, batch)
            tokens += batch.block.types.numel()
            weight += batch.weights.sum().item() * batch.length
            self.seconds = before + time.process_time() - started
            if self.fraction >= 1.0:
                break
        self.epoch += 1
        return {
            "epoch": self.epoch,
            "minutes": round(self.seconds / 60.0, 2),
            "loss": round(total / weight, 5),
            "tokens": tokens,
            "tokens_per_second": round(tokens / (self.seconds - before)),
        }
