"""A tokenizer whose tokens are the words of given captions, for text encoders that begin with random weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def word_tokenizer(captions: Iterable[str]) -> Any:
    """Return a tokenizer whose tokens are the captions' words as BERT cuts them, by falling count, ties by spelling."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: PLC0415

    normalizer, cut = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    counts = Counter(
        word for caption in captions for word, _ in cut.pre_tokenize_str(normalizer.normalize_str(caption))
    )
    listed = [*SPECIAL, *sorted(counts, key=lambda word: (-counts[word], word))]
    ids = {word: index for index, word in enumerate(listed)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, cut
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    return tokenizer
