"""The rows of the paper's Tables 1 and 2, and the two similarity metrics that section 3.3 also tried."""

from __future__ import annotations

from aacbench.contracts import Variant


def _variant(
    name: str, summary: str, row: str, table: str, *, pann: bool, trm: bool = True, loss: str | None
) -> Variant:
    settings = {"pretrained": pann, "encoder_layers": 2 if trm else 0, "similarity": loss}
    return Variant(name, summary, settings, table, row)


VARIANTS: tuple[Variant, ...] = (
    _variant("base+pann+l1", "the paper's best", "Base + PANN + L1 loss", "2", pann=True, loss="l1"),
    _variant("base+pann+l2", "L2 in place of L1", "Base + PANN + L2 loss", "2", pann=True, loss="l2"),
    _variant("base+pann", "without RLSSR", "Base + PANN", "1, 2", pann=True, loss=None),
    _variant("base+l1", "from scratch, L1", "Base + L1 loss", "2", pann=False, loss="l1"),
    _variant("base+l2", "from scratch, L2", "Base + L2 loss", "2", pann=False, loss="l2"),
    _variant("base", "from scratch, without RLSSR", "Base", "1, 2", pann=False, loss=None),
    _variant("base-enc", "no transformer encoder", "Base - transformer enc", "1", pann=False, trm=False, loss=None),
    _variant(
        "base-enc+pann",
        "no transformer encoder, pretrained",
        "Base - transformer enc + PANN",
        "1",
        pann=True,
        trm=False,
        loss=None,
    ),
    _variant("base+pann+cosine", "cosine similarity (tried, not reported)", "", "", pann=True, loss="cosine"),
    _variant("base+pann+huber", "Huber loss (tried, not reported)", "", "", pann=True, loss="huber"),
)
